package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// notebook remembers where each repository's notes stand, so that a landing need not ask. What it remembers proves
// nothing: the notes move by compare-and-swap. The zero value is ready.
type notebook struct {
	mu    sync.Mutex
	pages map[int64]page
}

// page is where one repository's notes stand, and the ledger's checkpoint in the newest one.
type page struct {
	pull.Notes
	checkpoint string
	along      []string // what this process attested in moving the notes to where they are
}

func (n *notebook) get(repo int64) (page, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p, ok := n.pages[repo]
	return p, ok
}

func (n *notebook) set(repo int64, p page) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.pages == nil {
		n.pages = map[int64]page{}
	}
	n.pages[repo] = p
}

func (n *notebook) forget(repo int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.pages, repo)
}

// page is where the notes stand, read from GitHub where this process does not know. The newest note's checkpoint is
// then held against our own ledger: one that is newer than it shows that the ledger was rolled back.
func (p *pass) page(ctx context.Context, repo pull.Repo) (page, error) {
	if known, ok := p.notes.get(repo.ID); ok {
		return known, nil
	}
	tip, err := p.GitHub.Notes(ctx, repo, attest.NotesRef)
	if err != nil {
		return page{}, err
	}
	found := page{Notes: tip}
	if sha := attested(tip.Message); sha != "" {
		text, ok, err := p.GitHub.Note(ctx, repo, tip.Commit, attest.NotePath(sha))
		if err != nil {
			return page{}, err
		}
		if ok {
			if found.checkpoint, err = p.testify(ctx, text); err != nil {
				return page{}, err
			}
		}
	}
	p.notes.set(repo.ID, found)
	return found, nil
}

// movedAlong is the newest notes that this process wrote, if they attest the landing; "" otherwise.
func (p *pass) movedAlong(repo int64, landed string) string {
	known, ok := p.notes.get(repo)
	if !ok || landed == "" || attested(known.Message) != landed && !slices.Contains(known.along, landed) {
		return ""
	}
	return known.Commit
}

// testify gives the checkpoint of a note. One that is not ours says nothing: whoever can push could have written it.
func (p *pass) testify(ctx context.Context, text []byte) (string, error) {
	checkpoint, err := checkpointOf(text, p.Keys)
	if err != nil {
		p.log.Warn("the newest note is no attestation of ours", "error", err.Error())
		return "", nil
	}
	switch err := p.Store.Witness(ctx, checkpoint); {
	case errors.Is(err, pull.ErrRolledBack):
		return "", err
	case err != nil:
		p.log.Warn("the newest note's checkpoint is not believed", "error", err.Error())
		return "", nil
	}
	return checkpoint, nil
}

func checkpointOf(text []byte, keys *signature.Ring) (string, error) {
	sealed, err := attest.Open(text, keys)
	if err != nil {
		return "", err
	}
	l, err := attest.Decode(sealed.Text)
	return l.Ledger.Proof.Checkpoint, err
}

// noteMessage is the message of a commit of notes; attested finds in it what it attests.
func noteMessage(l attest.Landing) string {
	return fmt.Sprintf("Attest %s\n\nPull request #%d, landed on %s by %s.", l.Merge, l.PullRequest, l.Branch, l.Method)
}

func attested(message string) string {
	first, _, _ := strings.Cut(message, "\n")
	sha, ok := strings.CutPrefix(first, "Attest ")
	if !ok || len(sha) < 40 || strings.Trim(sha, "0123456789abcdef") != "" {
		return ""
	}
	return sha
}

// seal lays the ledger's proof into a statement and signs it. It also gives the checkpoint that the proof leads to.
func (p *pass) seal(ctx context.Context, l attest.Landing, row int64, before string) (envelope, checkpoint string, err error) {
	if l.Ledger, err = p.inclusion(ctx, row, before); err != nil {
		return "", "", err
	}
	text, err := attest.Encode(l)
	if err != nil {
		return "", "", err
	}
	sealed, err := attest.Seal(text, p.Signer, p.Now())
	return string(sealed), l.Ledger.Proof.Checkpoint, err
}

func (p *pass) inclusion(ctx context.Context, row int64, before string) (attest.Inclusion, error) {
	e, proof, err := p.Store.Prove(ctx, row)
	if err != nil {
		return attest.Inclusion{}, err
	}
	recorded, err := attest.RowOf(e)
	if err != nil || before == "" {
		return attest.Inclusion{Row: recorded, Proof: proof}, err
	}
	in := attest.Inclusion{Row: recorded, Proof: proof}
	old, err := ledger.Parse(before)
	if err != nil {
		return in, err
	}
	now, err := ledger.Parse(proof.Checkpoint)
	if err != nil || old.Origin != now.Origin || old.Size < 1 || old.Size > now.Size {
		return in, err
	}
	hashes, err := p.Store.ProveConsistency(ctx, old.Size, now.Size)
	in.Since = &attest.Since{Checkpoint: before, Hashes: hashes}
	return in, err
}
