package verify

import (
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// proofs verify what attestations say of the ledger.
type proofs struct {
	keys  note.Verifier
	floor *ledger.Checkpoint // no newer checkpoint may be smaller
}

func newProofs(bot *signature.Ring) (proofs, error) {
	keys, err := ledger.VerifierOf(bot)
	return proofs{keys: keys}, err
}

// ledger asks whether the landing is in the ledger, and whether the ledger only grew.
func (v *run) ledger(c *Commit) {
	row, proof := c.landing.Ledger.Row, c.landing.Ledger.Proof
	leaf, err := row.Leaf()
	if err == nil {
		err = ledger.VerifyInclusion(leaf, proof, v.proofs.keys)
	}
	if err == nil && row.Pruned != "" {
		err = errors.New("of the row only a digest was proved, and not what was attested of it")
	}
	if err == nil && proof.Index != row.ID-1 {
		err = fmt.Errorf("the proof is of row %d, and row %d was attested", proof.Index+1, row.ID)
	}
	if err != nil {
		c.fault("ledger-unproved", "That the ledger holds this landing is not proved: "+err.Error()+".")
		return
	}
	if why := about(c); why != "" {
		c.fault("ledger-row-differs", "The ledger's row is about another landing: "+why+".")
	}
	now, err := ledger.Parse(proof.Checkpoint)
	if err != nil {
		c.fault("ledger-unproved", "The ledger's checkpoint cannot be read: "+err.Error()+".")
		return
	}
	v.grown(c, now)
	if err := v.growth.faults[c]; err != nil {
		c.fault("ledger-forked", "The ledger is not the one that it grew from: "+err.Error()+".")
	}
	old := v.past.checkpoint
	anew := old == nil || old.Origin != now.Origin
	if anew || now.Size >= old.Size {
		v.past.checkpoint, v.past.signedNote = &now, proof.Checkpoint
	}
	if anew || row.ID > v.past.row {
		v.past.row = row.ID
	}
}

// about compares the row with the landing; empty when they are of one.
func about(c *Commit) string {
	l := c.landing
	var i pull.Intent
	if err := json.Unmarshal(l.Ledger.Row.Body, &i); err != nil {
		return err.Error()
	}
	b := i.Binding
	switch {
	case l.Ledger.Row.Kind != "landing" && l.Ledger.Row.Kind != "landed":
		return "it is a row of the kind " + l.Ledger.Row.Kind
	case b.Repo != l.Repository.ID || b.Number != l.PullRequest || b.Branch != l.Branch:
		return fmt.Sprintf("pull request #%d into %s", b.Number, b.Branch)
	case b.Base != l.Base || b.Head != l.Head || b.Tree != l.Tree || b.Policy != l.Evidence.Request.Rulebook() || l.Policy.Blob != l.Evidence.Request.Policy.Blob:
		return fmt.Sprintf("base %.10s, head %.10s, tree %.10s, policy %.10s", b.Base, b.Head, b.Tree, b.Policy)
	case b.Batch != shown(l):
		return fmt.Sprintf("batch %.10s", b.Batch)
	case b.Moves() && b.Merge != l.Merge, l.Ledger.Row.Kind == "landed" && i.Landed != l.Merge:
		return fmt.Sprintf("merge %.10s", b.Merge)
	}
	return ""
}

// grown holds a checkpoint to those before it. What GitHub lands itself, several at once from its queue, may be written down in another
// order than it stands in history: then proofs of growth, in whatever order, show that it is one ledger.
func (v *run) grown(c *Commit, now ledger.Checkpoint) {
	row, last := c.landing.Ledger.Row.ID, v.past.row
	if old := v.past.checkpoint; old != nil {
		shrank := now.Size < old.Size && !v.leads(*old, now)
		backwards := row < last && (c.landing.Method == pull.MethodExact || !v.leads(now, *old) && !v.leads(*old, now))
		switch {
		case old.Origin != now.Origin:
			c.find(Remark, "ledger-begun-anew", fmt.Sprintf("The ledger is %s from here on, and was %s.", now.Origin, old.Origin), "Ask the operators why.")
			return
		case shrank, backwards, row == last:
			c.fault("ledger-shrank", fmt.Sprintf("The ledger had %d rows and this one was row %d, after it had %d: it was rolled back.", now.Size, row, old.Size))
		case now.Size == old.Size && now.Root != old.Root:
			c.fault("ledger-forked", fmt.Sprintf("Two ledgers of %d rows differ.", now.Size))
		}
	}
}

// sinceLast holds the newest checkpoint of the range to the one that was kept.
func (v *run) sinceLast() {
	old, now := v.proofs.floor, v.past.checkpoint
	if old == nil || now == nil || old.Origin != now.Origin {
		return
	}
	if now.Size < old.Size || now.Size == old.Size && now.Root != old.Root {
		v.findings = append(v.findings, Finding{"rolled-back", Fault,
			fmt.Sprintf("The ledger's newest checkpoint has %d rows; it had %d when last seen.", now.Size, old.Size), ""})
	}
}
