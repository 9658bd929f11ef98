package verify

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
)

// batch holds what an attestation says of the batch that it landed in to git's own history: people were shown the batch's head,
// and that vouches for exactly what lies between it and its base. Otherwise an answer about one batch could be given for
// commits of another.
func (v *run) batch(c *Commit) {
	b := c.landing.Batch
	if b == nil {
		return
	}
	if !v.batchSaysSo(c, b) || !v.batchLine(c, b) {
		return
	}
	for _, m := range b.Members {
		i := slices.IndexFunc(v.chain, func(o *Commit) bool { return o.SHA == m.Merge })
		if i < 0 {
			continue // below the range that is looked at
		}
		other := v.chain[i].landing
		if other == nil || other.PullRequest != m.PullRequest || other.Batch == nil || other.Batch.Head != b.Head || other.Batch.Base != b.Base ||
			!slices.Equal(other.Batch.Members, b.Members) {
			c.fault("batch-member-differs", fmt.Sprintf("It landed in one batch with %.10s (pull request #%d), whose own attestation does not say so.", m.Merge, m.PullRequest))
		}
	}
}

// batchSaysSo asks whether the attestation is of one mind about the batch.
func (v *run) batchSaysSo(c *Commit, b *attest.Batch) bool {
	l, n := c.landing, len(b.Members)
	place := b.Position - 1
	switch {
	case l.Method != pull.MethodExact || n == 0 || place < 0 || place >= n,
		b.Members[place] != (attest.BatchMember{PullRequest: l.PullRequest, Merge: c.SHA}), b.Members[n-1].Merge != b.Head:
		c.fault("batch-differs", fmt.Sprintf("By its attestation it is number %d of a batch of %d with the head %.10s, and it is not.", b.Position, n, b.Head))
		return false
	}
	return true
}

// batchLine asks whether the batch's head is in the history, and whether exactly the batch's members lie below it down to its base.
func (v *run) batchLine(c *Commit, b *attest.Batch) bool {
	if !slices.ContainsFunc(v.chain, func(o *Commit) bool { return o.SHA == b.Head }) {
		c.find(Fault, "batch-head-missing", fmt.Sprintf("The batch that it landed in has the head %.10s, which people were shown and which is not in this history.", b.Head),
			"Where the range ends within the batch, verify as far as its head.")
		return false
	}
	at := b.Head
	for _, m := range slices.Backward(b.Members) {
		raw, err := v.git.Commit(at)
		if err != nil {
			v.unreadable(c, "the batch that it landed in", err)
			return false
		}
		parents := parse(raw).parents
		if at != m.Merge || len(parents) == 0 {
			c.fault("batch-line-differs", fmt.Sprintf("Below the batch's head %.10s stands %.10s, and the batch that people were shown has %.10s there.", b.Head, at, m.Merge))
			return false
		}
		at = parents[0]
	}
	if at != b.Base {
		c.fault("batch-line-differs", fmt.Sprintf("The batch stands on %.10s, and its attestation says on %.10s.", at, b.Base))
		return false
	}
	return true
}

// shown is the batch's head by an attestation; "" where it landed alone.
func shown(l *attest.Landing) string {
	if l.Batch == nil {
		return ""
	}
	return l.Batch.Head
}
