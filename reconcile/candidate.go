package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// approvers are the logins that a landing's message names.
func (d Decision) approvers() []string {
	var logins []string
	for _, a := range d.Needs.Approvers {
		logins = append(logins, a.Login)
	}
	return logins
}

// doubt is what GitHub has against the signature of the merge commit made for this landing, and has not been asked to look at again.
func (d Decision) doubt() string {
	if !d.fits() || d.doubtIsOld() {
		return ""
	}
	return d.Candidate.Doubt
}

func (d Decision) doubtIsOld() bool {
	return d.Candidate.Doubt != "" && !d.Candidate.DoubtAt.After(d.Rechecked)
}

// prepare makes M for an exact landing, once it is this pull request's turn, before anybody is asked: its bytes are
// in the books before GitHub gets them, and GitHub must give it the name that we computed. What is in the books and was
// not handed over, as far as they know, is handed over first; so is what GitHub is to look at again.
func (p *pass) prepare(ctx context.Context, d Decision) (Decision, error) {
	fits := d.fits()
	if d.Binding.Method != pull.MethodExact || !d.wantsTurn() || d.World.Turn == nil || !d.World.Turn.Holds || fits && d.Candidate.Uploaded && !d.doubtIsOld() {
		return d, nil
	}
	if fits {
		return p.upload(ctx, d, *d.Candidate)
	}
	c, err := p.sign(automerge.NewCandidate(d.Request, p.bot(d.Request.At), d.approvers(), d.glassLines()))
	if err != nil {
		return d, fmt.Errorf("signing the merge commit: %w", err)
	}
	d.World.Candidate = &c
	d = d.World.Decide()
	if err := p.save(ctx, d, StateOpen); err != nil {
		return d, err
	}
	return p.upload(ctx, d, c)
}

// upload hands M over. That it did is saved with whatever is decided next, and forgotten where that fails: then M goes
// up once more, which changes nothing.
func (p *pass) upload(ctx context.Context, d Decision, c pull.Candidate) (Decision, error) {
	c, err := p.give(ctx, d.Request.Repo, c)
	if err != nil {
		return d, err
	}
	p.log.Info("candidate", "merge", c.SHA, "base", c.Base, "head", c.Head, "doubt", c.Doubt)
	d.World.Candidate = &c
	if d = d.World.Decide(); !d.wantsTurn() {
		return p.takeTurn(ctx, d)
	}
	return d, nil
}

// give hands a merge commit over, which GitHub must give the name that we computed.
func (p *pass) give(ctx context.Context, repo pull.Repo, c pull.Candidate) (pull.Candidate, error) {
	sha, doubt, err := p.GitHub.Upload(ctx, repo, c)
	if err != nil {
		return c, err
	}
	if sha != c.SHA {
		return c, &pull.Failure{Class: pull.Permanent, Code: "candidate-mismatch",
			Err: fmt.Errorf("GitHub named the merge commit %s, its bytes say %s", sha, c.SHA)}
	}
	c.Uploaded, c.Doubt, c.DoubtAt = true, doubt, p.Now().UTC()
	return c, nil
}

// bot is who makes merge commits: the signing key's owner, so that key and commit agree.
func (p *pass) bot(now time.Time) pull.Signature {
	name, email := p.Signer.Identity()
	return pull.Signature{Name: name, Email: email, At: now.UTC().Truncate(time.Second)}
}

func (p *pass) sign(c pull.Candidate) (pull.Candidate, error) {
	object, err := signature.ParseCommit([]byte(c.Payload))
	if err != nil {
		return c, err
	}
	raw, sha, err := p.Signer.SignCommit(object, c.By.At)
	if err != nil {
		return c, err
	}
	signed, err := signature.ParseCommit(raw)
	if err != nil {
		return c, err
	}
	_, armor, ok, err := signed.Signed()
	if !ok || err != nil {
		return c, errors.Join(errors.New("the signature cannot be found again"), err)
	}
	c.SHA, c.Signature = sha, string(armor)
	return c, nil
}

// landExact sets our checks on M and moves the branch from B to M, if it is still at B, together with its attestation.
func (p *pass) landExact(ctx context.Context, d Decision, row int64) error {
	b := d.Binding
	if !d.fits() || d.Candidate.SHA != b.Merge {
		return &pull.Failure{Class: pull.Transient, Code: "head-moved", Err: errors.New("the merge commit no longer fits")}
	}
	if err := p.checkMerge(ctx, d); err != nil {
		return err
	}
	return p.moveAttested(ctx, d, row)
}

// checkMerge writes our check runs on the merge commit, where GitHub looks for them when the branch moves to it.
func (p *pass) checkMerge(ctx context.Context, d Decision) error {
	for _, report := range d.Reports {
		report.SHA, report.ID = d.Binding.Merge, 0
		if _, err := p.GitHub.Publish(ctx, d.Request.Repo, report); err != nil {
			return &pull.Failure{Class: pull.Transient, Code: "check-on-merge", After: pull.Delay(err),
				Err: fmt.Errorf("writing %s on the merge commit %.10s: %w", report.Name, report.SHA, err)}
		}
	}
	return nil
}

// exactOpen looks after an exact landing that GitHub's pull request does not show, or not as what we moved the branch to: the
// branch itself says whether it happened. When it did, and GitHub does not notice by itself, the pull request is closed with a
// word on where it landed; that is tried again after the landing is in the books (closeLate).
func (p *pass) exactOpen(ctx context.Context, w *World, intent pull.Intent) (landed bool, err error) {
	b := intent.Binding
	contained, err := p.GitHub.Contains(ctx, w.Request.Repo, b.Branch, b.Merge)
	if err != nil || !contained {
		return false, err
	}
	if w.Request.State == pull.Open && p.Now().Sub(intent.At) < doubtful {
		return false, nil // GitHub needs a moment to notice
	}
	if w.Request.State == pull.Open {
		if err := p.closeLanded(ctx, *w, b); err != nil {
			return true, err
		}
		w.Request.State = pull.Closed
	}
	return true, nil
}

// closeLate closes what landed while GitHub calls it open, where closing it failed before.
func (p *pass) closeLate(ctx context.Context) error {
	last := p.work.Last
	if last.State != StateLanded || last.Request.State != pull.Open {
		return nil
	}
	w, err := p.read(ctx)
	if err != nil {
		return err
	}
	if w.Request.State == pull.Open {
		b := pull.Binding{Number: last.Request.Number, Branch: last.Request.Base.Branch, Merge: last.LandedSHA}
		if err := p.closeLanded(ctx, w, b); err != nil {
			return fmt.Errorf("closing what landed: %w", err)
		}
		w.Request.State = pull.Closed
	}
	record := *last
	record.Request.State = w.Request.State
	p.work.Last = &record
	return p.Store.Save(ctx, record)
}

// closeLanded closes the pull request, and says before where it landed; once, even if a crash came in between.
func (p *pass) closeLanded(ctx context.Context, w World, b pull.Binding) error {
	text := fmt.Sprintf("This landed on %s as %s.", b.Branch, b.Merge)
	if !slices.ContainsFunc(w.Request.Comments, func(c pull.Comment) bool { return c.Author.Kind == pull.Bot && c.Body == text }) {
		if err := p.GitHub.Comment(ctx, w.Request.Repo, b.Number, text); err != nil {
			return err
		}
	}
	return p.GitHub.Close(ctx, w.Request.Repo, b.Number)
}
