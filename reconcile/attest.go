package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// noteTries bounds how often one landing makes its note anew because somebody else's came first.
const noteTries = 8

// moveAttested moves the branch to a commit that is known before it lands, and the notes to its attestation, both or
// neither: no attestation, no landing.
func (p *pass) moveAttested(ctx context.Context, d Decision, row int64) error {
	b := d.Binding
	move := pull.RefMove{Ref: "refs/heads/" + b.Branch, Before: b.Base, After: b.Merge}
	if p.Signer == nil || !d.judged() {
		return p.GitHub.MoveRefs(ctx, d.Request.Repo, move)
	}
	l := d.Describe(d.moved(), d.rawDigest())
	if err := d.provable(l); err != nil {
		return &pull.Failure{Class: pull.Permanent, Code: "attestation-incomplete", Err: err}
	}
	_, err := p.note(ctx, d.Request.Repo, l, row, move)
	return p.withoutNotes(ctx, d.Request.Repo, err, d, move)
}

// withoutNotes moves the branch alone where what GitHub refused may be about the notes.
func (p *pass) withoutNotes(ctx context.Context, repo pull.Repo, err error, d Decision, move pull.RefMove) error {
	var f *pull.Failure
	if errors.As(err, &f) && apart[f.Code] {
		p.log.Warn("moving_without_notes", "merge", move.After, "error", err.Error())
		return p.GitHub.MoveRefs(ctx, repo, move)
	}
	if err != nil && !errors.As(err, &f) {
		err = &pull.Failure{Class: pull.Transient, Code: "attestation", After: backoff(d.refusedBefore()), Err: err}
	}
	return err
}

// apart are the refusals that may be about the notes and not about the branch, in GitHub's words or for its age. The
// branch is then tried alone, by its own rules and from where it was seen; its attestation follows as a debt (attestWith).
var apart = map[string]bool{"protected": true, "no-permission": true, "github-too-old": true}

func backoff(tries int) time.Duration { return min(time.Second<<min(tries, 10), time.Minute) }

// moved is what the branch will show.
func (d Decision) moved() pull.Landed {
	b := d.Binding
	if b.Method == pull.MethodExact {
		return pull.Landed{SHA: b.Merge, Tree: b.Tree, Parents: []string{b.Base, b.Head}, Under: b.Base}
	}
	return pull.Landed{SHA: b.Merge, Tree: b.Tree, Under: b.Base, Line: d.line()}
}

// line is the first-parent history of the head down to the base, oldest first.
func (d Decision) line() []string {
	proposed := map[string]pull.Commit{}
	for _, c := range d.Request.Commits {
		proposed[c.SHA] = c
	}
	var line []string
	for c, ok := proposed[d.Binding.Head]; ok; {
		line = append(line, c.SHA)
		if len(c.Parents) == 0 || slices.Contains(line, c.Parents[0]) {
			break
		}
		c, ok = proposed[c.Parents[0]]
	}
	slices.Reverse(line)
	return line
}

// rawDigest is the SHA-256 of the bytes that will land; "" where GitHub does not give them.
func (d Decision) rawDigest() string {
	if d.Binding.Method == pull.MethodExact && d.Candidate != nil {
		return commitDigest(pull.Commit{SHA: d.Candidate.SHA, Payload: d.Candidate.Payload, Signature: d.Candidate.Signature})
	}
	for _, c := range d.Request.Commits {
		if c.SHA == d.Binding.Merge {
			return commitDigest(c)
		}
	}
	return ""
}

func commitDigest(c pull.Commit) string {
	raw, err := signature.Raw(c)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// provable judges the landing again from its own evidence, as whoever verifies will: what does not convince ourselves
// convinces nobody later, when it is too late.
func (d Decision) provable(l attest.Landing) error {
	again := Replay(l.Evidence, d.facts(), d.Ring, nil)
	for _, gate := range pull.Gates {
		if v := again.Verdict(gate); v.State != pull.Pass {
			return fmt.Errorf("judged again from the evidence alone, the %s gate does not open (%s): %s", gate, v.Lead().Code, v.Lead().Message)
		}
	}
	return nil
}

// note writes the attestation on top of the notes and moves their ref together with the other moves. Where only the
// notes have moved meanwhile it is made again. It returns the commit of notes that holds it.
func (p *pass) note(ctx context.Context, repo pull.Repo, l attest.Landing, row int64, moves ...pull.RefMove) (string, error) {
	return p.noteAll(ctx, repo, []noted{{l, row}}, moves...)
}

// noted is what a note says: a landing, and the ledger's row about it.
type noted struct {
	landing attest.Landing
	row     int64
}

// noteAll is note for several landings at once, each of whose attestations leads on from the one before.
func (p *pass) noteAll(ctx context.Context, repo pull.Repo, list []noted, moves ...pull.RefMove) (string, error) {
	for range noteTries {
		before, err := p.page(ctx, repo)
		if err != nil {
			return "", err
		}
		after := before
		after.along = nil
		for _, n := range list {
			if after, err = p.write(ctx, repo, n.landing, n.row, after); err != nil {
				return "", err
			}
			after.along = append(after.along, n.landing.Merge)
		}
		err = p.GitHub.MoveRefs(ctx, repo, append(slices.Clone(moves), pull.RefMove{Ref: attest.NotesRef, Before: orNone(before.Commit), After: after.Commit})...)
		if err == nil {
			p.notes.set(repo.ID, after)
			return after.Commit, nil
		}
		p.notes.forget(repo.ID)
		if pull.ClassOf(err) != pull.Transient {
			return "", err
		}
		now, readErr := p.GitHub.Notes(ctx, repo, attest.NotesRef)
		if readErr != nil || now.Commit == before.Commit {
			return "", err
		}
		p.log.Info("attesting again: the notes moved", "from", before.Commit, "to", now.Commit)
	}
	return "", &pull.Failure{Class: pull.Transient, Code: "notes-modified", After: time.Second, Err: errors.New("the notes moved each time they were written to")}
}

func orNone(commit string) string {
	if commit == "" {
		return pull.NoCommit
	}
	return commit
}

// write uploads a note and its commit, to which nothing points yet.
func (p *pass) write(ctx context.Context, repo pull.Repo, l attest.Landing, row int64, before page) (page, error) {
	envelope, checkpoint, err := p.seal(ctx, l, row, before.checkpoint)
	if err != nil {
		return page{}, fmt.Errorf("attesting %.10s: %w", l.Merge, err)
	}
	tree, err := p.GitHub.NoteTree(ctx, repo, before.Tree, attest.NotePath(l.Merge), envelope)
	if err != nil {
		return page{}, err
	}
	n, sha, err := p.signNote(pull.NoteCommit{Tree: tree, Parent: before.Commit, Message: noteMessage(l), By: p.bot(p.Now())})
	if err != nil {
		return page{}, err
	}
	named, err := p.GitHub.UploadNote(ctx, repo, n)
	if err != nil {
		return page{}, err
	}
	if named != sha {
		return page{}, fmt.Errorf("GitHub named the commit of notes %s, its bytes say %s", named, sha)
	}
	return page{pull.Notes{Commit: sha, Tree: tree, Message: n.Message}, checkpoint, before.along}, nil
}

// signNote signs a commit of notes and names it.
func (p *pass) signNote(n pull.NoteCommit) (pull.NoteCommit, string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", n.Tree)
	if n.Parent != "" {
		fmt.Fprintf(&b, "parent %s\n", n.Parent)
	}
	who := fmt.Sprintf("%s <%s> %d +0000", n.By.Name, n.By.Email, n.By.At.Unix())
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", who, who, n.Message)
	object, err := signature.ParseCommit([]byte(b.String()))
	if err != nil {
		return n, "", err
	}
	raw, sha, err := p.Signer.SignCommit(object, n.By.At)
	if err != nil {
		return n, "", err
	}
	signed, err := signature.ParseCommit(raw)
	if err != nil {
		return n, "", err
	}
	_, armor, _, err := signed.Signed()
	n.Signature = string(armor)
	return n, sha, err
}
