package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/pull"
)

// attestLater is the attestation of what GitHub made and a branch shows already. It is saved with the landing and
// pushed afterwards. row 0 has a row written first: a landing by hand has none yet.
func (p *pass) attestLater(ctx context.Context, got pull.Landed, row int64) (*pull.Attestation, error) {
	if p.Signer == nil || p.work.Last == nil {
		return nil, nil
	}
	if p.work.Last.Attestation != nil {
		return p.work.Last.Attestation, nil
	}
	d := p.world(p.work.Last.Request).Decide()
	if !d.judged() {
		return nil, nil // no gate stands before it, so there is nothing to attest
	}
	if row == 0 {
		var err error
		if row, err = p.landingRow(ctx, d, got); err != nil {
			return nil, err
		}
	}
	statement, err := json.Marshal(d.Describe(got, digestSeen(got)))
	if err != nil {
		return nil, fmt.Errorf("writing the attestation of %.10s: %w", got.SHA, err)
	}
	return &pull.Attestation{Statement: statement, Commit: got.SHA, Row: row, At: p.Now()}, nil
}

// recentRows is how far back a pull request's own rows are searched.
const recentRows = 50

// landingRow writes into the ledger that a person landed what was agreed to, once.
func (p *pass) landingRow(ctx context.Context, d Decision, got pull.Landed) (int64, error) {
	b, digest := d.Binding, p.digestOf(ctx, d.Request.Repo, got)
	grounds, err := d.grounds(got, digest)
	if err != nil {
		return 0, err
	}
	for range 2 {
		rows, err := p.Store.Timeline(ctx, p.work.Key, recentRows)
		if err != nil {
			return 0, err
		}
		for _, e := range rows {
			if recorded, err := attest.RowOf(e); err == nil && e.Kind == "landed" && recorded.Landed() == got.SHA {
				return e.ID, nil
			}
		}
		err = p.Store.Append(ctx, pull.Entry{Kind: "landed", Repo: b.Repo, Pull: b.Number,
			Body: pull.Intent{Binding: b, State: pull.IntentDone, Landed: got.SHA, Detail: "landed by " + got.By.Login,
				CommitSHA256: digest, Evidence: grounds, At: p.Now()}})
		if err != nil {
			return 0, fmt.Errorf("writing that it was landed by hand: %w", err)
		}
	}
	return 0, fmt.Errorf("the ledger does not show the landing that was just written")
}

// attestLanded pushes a pending attestation. It can be repeated at any point: what an earlier attempt may have pushed
// is looked for first.
func (p *pass) attestLanded(ctx context.Context) (pull.Outcome, error) {
	if p.work.Last == nil || !p.work.Last.Attestation.Pending() || p.Signer == nil {
		return pull.Outcome{}, nil
	}
	a := *p.work.Last.Attestation
	if waits, err := p.below(ctx); waits || err != nil {
		return pull.Outcome{After: soon}, err
	}
	found := ""
	if a.Tries > 0 {
		var err error
		if found, err = p.pushedBefore(ctx, a); err != nil {
			return pull.Outcome{After: backoff(a.Tries)}, p.attestation(ctx, a, err)
		}
	}
	a.Tries++
	if err := p.attestation(ctx, a, nil); err != nil {
		return pull.Outcome{}, err
	}
	if found == "" {
		var err error
		if found, err = p.pushNote(ctx, a); err != nil {
			p.log.Warn("attestation pending", "sha", a.Commit, "tries", a.Tries, "error", err.Error())
			return pull.Outcome{After: max(backoff(a.Tries), pull.Delay(err))}, p.attestation(ctx, a, err)
		}
	}
	a.Notes, a.Statement, a.Detail = found, nil, ""
	p.log.Info("attested", "sha", a.Commit, "notes", found)
	return pull.Outcome{}, p.attestation(ctx, a, nil)
}

// patient is how often the attestation below may fail before those above it no longer wait.
const patient = 5

// below reports whether the landing that this one stands on is still to be attested. Several may land by one movement of the
// branch, and whoever verifies expects the ledger to grow from each commit to the next.
func (p *pass) below(ctx context.Context) (bool, error) {
	k, branch, under := p.work.Key, p.work.Last.Request.Base.Branch, p.work.Last.Request.Landed.Under
	open, err := p.Store.LandingsUnderWay(ctx, k.Repo, branch)
	if err != nil || slices.ContainsFunc(open, func(i pull.Intent) bool { return i.Binding.Named() && i.Binding.Merge == under }) {
		return err == nil, err
	}
	landed, known, err := p.Store.LandedAs(ctx, k.Repo, branch, under)
	if err != nil || !known {
		return false, err
	}
	record, _, err := p.Store.Record(ctx, pull.Key{Repo: k.Repo, Number: landed.Number})
	return record.Attestation.Pending() && record.Attestation.Tries <= patient, err
}

func (p *pass) pushNote(ctx context.Context, a pull.Attestation) (string, error) {
	var l attest.Landing
	if err := json.Unmarshal(a.Statement, &l); err != nil {
		return "", fmt.Errorf("reading the pending attestation: %w", err)
	}
	repo := p.work.Last.Request.Repo
	l, err := p.digested(ctx, repo, l, a.Commit)
	if err != nil {
		return "", err
	}
	return p.note(ctx, repo, l, a.Row)
}

// digested has the landing name the bytes of its commit, which are read where they did not come with the look that found it. That
// GitHub does not give them for good keeps nobody from attesting the rest.
func (p *pass) digested(ctx context.Context, repo pull.Repo, l attest.Landing, commit string) (attest.Landing, error) {
	if l.CommitSHA256 != "" {
		return l, nil
	}
	c, err := p.GitHub.Commit(ctx, repo, commit)
	if err == nil {
		l.CommitSHA256 = commitDigest(c)
	} else if pull.ClassOf(err) != pull.Permanent {
		return l, err
	}
	return l, nil
}

// pushedBefore looks whether the notes hold the attestation already.
func (p *pass) pushedBefore(ctx context.Context, a pull.Attestation) (string, error) {
	repo := p.work.Last.Request.Repo
	p.notes.forget(repo.ID)
	tip, err := p.page(ctx, repo)
	if err != nil || tip.Commit == "" {
		return "", err
	}
	text, ok, err := p.GitHub.Note(ctx, repo, tip.Commit, attest.NotePath(a.Commit))
	if err != nil || !ok {
		return "", err
	}
	sealed, err := attest.Open(text, p.Keys)
	if err != nil {
		return "", nil // somebody else's note is in its place, and is replaced
	}
	if l, err := attest.Decode(sealed.Text); err != nil || l.Merge != a.Commit {
		return "", nil
	}
	return tip.Commit, nil
}

// attestation saves how far it has come.
func (p *pass) attestation(ctx context.Context, a pull.Attestation, why error) error {
	record := *p.work.Last
	if why != nil {
		a.Detail = why.Error()
	}
	record.Attestation, record.Next = &a, pendingNext(&a)
	p.work.Last = &record
	return p.Store.Save(ctx, record)
}

// pendingNext is the next step of a landed pull request: none, unless its attestation is still to come.
func pendingNext(a *pull.Attestation) string {
	if !a.Pending() {
		return ""
	}
	next := "Nothing to do: its attestation is still to be pushed to the notes"
	if a.Detail != "" {
		next += fmt.Sprintf(" (tried %d times, last at %s: %s)", a.Tries, a.At.UTC().Format(time.TimeOnly), a.Detail)
	}
	return next + "."
}
