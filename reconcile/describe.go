package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
)

// Describe writes what was decided as an attestation says it, all but the ledger's part. Whoever verifies writes it
// again from the replayed decision, and both must be the same.
func (d Decision) Describe(landed pull.Landed, commitSHA256 string) attest.Landing {
	r, b := d.Request, d.Binding
	l := attest.Landing{
		Repository: attest.Repository{ID: r.Repo.ID, Name: r.Repo.FullName()}, PullRequest: r.Number, Title: r.Title, Author: r.Author,
		Branch: b.Branch, Base: b.Base, Head: b.Head, Merge: landed.SHA, Tree: b.Tree, Method: d.method(landed), Line: landed.Line,
		CommitSHA256: commitSHA256, Policy: policyOf(r), Approvals: d.approvals(), Confirmations: d.confirmed(),
		Signatures: d.signatures(), Checks: d.greenChecks(), Change: changeOf(r.Files), Gates: d.gates(), BreakGlass: d.brokenGlass(), At: r.At,
	}
	l.Batch = batchOf(d)
	l.Evidence = d.evidence(l.Method)
	return l
}

// method is how it landed. Where a person pressed the button, the landed commit's shape tells.
func (d Decision) method(landed pull.Landed) string {
	switch queued := d.Binding.Method == pull.MethodQueue; {
	case queued && d.Request.Rules.QueueMethod != "":
		return d.Request.Rules.QueueMethod
	case d.Policy.Automerge != nil && !queued:
		return d.Binding.Method
	case len(landed.Parents) > 1:
		return pull.MethodMerge
	case len(landed.Line) > 1:
		return pull.MethodRebase
	}
	return pull.MethodSquash
}

func policyOf(r pull.Request) attest.Policy {
	return attest.Policy{File: fileOf(r.Policy), Remote: fileOf(r.Remote), Floor: fileOf(r.Floor)}
}

func fileOf(s pull.Source) attest.File {
	if !s.Present() {
		return attest.File{}
	}
	sum := sha256.Sum256([]byte(s.Text))
	return attest.File{Path: s.Path, Blob: s.Blob, SHA256: hex.EncodeToString(sum[:])}
}

// approvals are the reviews of those whose approval counted.
func (d Decision) approvals() []attest.Approval {
	list := []attest.Approval{}
	for _, who := range d.Needs.Approvers {
		a := attest.Approval{Account: who, Role: d.Request.Standing.Roles[who.ID].String()}
		for _, review := range d.Request.Reviews {
			if review.Author.ID == who.ID && review.State == pull.Approved {
				a.Review, a.Commit = review.ID, review.Commit
			}
		}
		list = append(list, a)
	}
	return list
}

func (d Decision) confirmed() []attest.Confirmation {
	list := []attest.Confirmation{}
	for _, c := range d.Confirmations {
		if c.Confirms(d.Binding) {
			list = append(list, attest.Confirmation{Person: c.Person, Account: c.Account, DuoUser: c.DuoUser, Role: c.Role, Txid: c.Txid, Factor: cmp.Or(c.Factor, pull.FactorPush),
				Shown: c.Binding, Asked: c.AskedAt, Allowed: c.EndedAt})
		}
	}
	return list
}

// signatures names owners from among those who had a part in it: nobody else is in the evidence.
func (d Decision) signatures() []attest.Signature {
	list := []attest.Signature{}
	owners := peopleOf(d.involved())
	for _, c := range d.recorded().Commits {
		s := attest.Signature{Commit: c.SHA}
		if c.Signed != nil {
			owner, _ := owners.ByFingerprint(c.Signed.Key)
			s.Key, s.Code, s.Owner = c.Signed.Key, c.Signed.Code, owner.Name
		}
		list = append(list, s)
	}
	return list
}

func (d Decision) greenChecks() []attest.Check {
	list := []attest.Check{}
	for _, c := range d.Request.Checks {
		if c.Green() && c.App != d.App {
			list = append(list, attest.Check{Name: c.Name, App: c.App, ID: c.ID})
		}
	}
	return list
}

func changeOf(files []pull.File) attest.Change {
	c := attest.Change{Count: len(files), Digest: pull.Digest(files), Paths: []string{}}
	for _, f := range files[:min(len(files), attest.PathsShown)] {
		c.Paths = append(c.Paths, f.Path)
	}
	return c
}

func (d Decision) gates() []attest.Gate {
	list := []attest.Gate{}
	for _, gate := range pull.Gates {
		v := d.Verdict(gate)
		list = append(list, attest.Gate{Name: gate, State: v.State, Code: v.Lead().Code})
	}
	return slices.Clip(list)
}
