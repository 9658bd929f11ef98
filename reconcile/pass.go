package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// rounds bounds how often one pass looks at the world again after changing it.
const rounds = 4

// pass is one evaluation of one pull request.
type pass struct {
	*Reconciler
	work pull.Work
	log  *slog.Logger
	// turnedDown says why the store would not have a request for a Duo push, by its delivery.
	turnedDown  map[string]*pull.Reason
	obeyed      []string // deliveries of commands that were carried out
	heard       int64    // the newest comment of these
	wiped       []string // deliveries of commands that are carried out although GitHub does not show them
	invited     []string // who was asked for a review
	undismissed []int64  // reviews that GitHub would not have dismissed
	replies     []pull.Reply
	rechecked   time.Time
	priority    *bool // what an admin said of it in this pass
	// unexplained says that somebody asked why, and was not told yet.
	unexplained bool
	epoch       int64      // of the turn that was already held when the world was last read; 0 for none
	turn        *pull.Turn // as the books had it before the world was read; nil where it was not waited for
}

// Pass brings one pull request to where the facts say it belongs. News that could change nothing costs no request.
func (r *Reconciler) Pass(ctx context.Context, w pull.Work) (pull.Outcome, error) {
	p := &pass{Reconciler: r, work: w, turnedDown: map[string]*pull.Reason{},
		log: r.Log.With("repo", w.Repo.FullName(), "pull", w.Key.Number),
	}
	if w.Last != nil {
		p.obeyed, p.epoch, p.invited = w.Last.Obeyed, w.Last.Epoch, w.Last.Invited
		p.replies, p.undismissed, p.heard = w.Last.Replies, w.Last.Undismissed, w.Last.Heard
	}
	outcome, err := p.run(ctx)
	if err == nil {
		outcome.After = sooner(outcome.After, p.dropSides(ctx))
	}
	return outcome, err
}

func (p *pass) run(ctx context.Context) (pull.Outcome, error) {
	if p.ended() {
		return p.afterwards(ctx)
	}
	if err := p.askForTurn(ctx); err != nil {
		return pull.Outcome{}, err
	}
	if quiet, outcome := p.stillInLine(); quiet {
		return p.overdue(ctx, p.untilGlass(outcome), nil)
	}
	if quiet, outcome, err := p.glance(ctx); quiet || err != nil {
		return p.overdue(ctx, p.untilGlass(outcome), err)
	}
	if p.canWait() {
		if err := p.GitHub.Spare(p.work.Repo); err != nil {
			return pull.Outcome{}, fmt.Errorf("putting off a look at %s: %w", p.work.Key, err)
		}
	}
	for range rounds {
		outcome, again, err := p.round(ctx)
		if err == nil && p.ended() {
			return p.afterwards(ctx)
		}
		if err != nil || !again {
			return p.overdue(ctx, p.untilGlass(outcome), err)
		}
	}
	return pull.Outcome{After: time.Second}, nil
}

// canWait reports whether nobody can land the pull request as it stands, and nothing has happened to it but that its target
// moved, or that a sweep came by.
func (p *pass) canWait() bool {
	last := p.work.Last
	return last != nil && last.State == StateOpen && last.Calm && !last.Queues && !p.landingOpen() &&
		!slices.ContainsFunc(p.work.News, func(n pull.News) bool { return n.Event != "push" })
}

// ended reports whether the pull request has reached its end in our books. GitHub may lag behind and still call it
// open; our books win.
func (p *pass) ended() bool {
	return p.work.Last != nil && (p.work.Last.State == StateLanded || p.work.Last.State == StateForeign)
}

// afterwards finishes what a landing left to do, for as long as a pass is at it.
func (p *pass) afterwards(ctx context.Context) (pull.Outcome, error) {
	if err := p.obeyLate(ctx); err != nil {
		return pull.Outcome{}, err
	}
	debriefed, err := p.debrief(ctx)
	if err != nil {
		return debriefed, err
	}
	attested, err := p.attestLanded(ctx)
	if err != nil {
		return attested, err
	}
	tidied, err := p.tidyUp(ctx)
	return pull.Outcome{After: sooner(debriefed.After, sooner(attested.After, tidied.After))}, errors.Join(err, p.closeLate(ctx))
}

// tidyUp deals with the head branch.
func (p *pass) tidyUp(ctx context.Context) (outcome pull.Outcome, err error) {
	for range rounds {
		if !p.untidy() {
			return pull.Outcome{}, nil
		}
		if outcome, err = p.tidy(ctx); err != nil || outcome.After > time.Millisecond {
			return outcome, err
		}
	}
	return outcome, nil
}

// The states of a record.
const (
	StateOpen    = "open"
	StateLanded  = "landed"
	StateForeign = "foreign"
	StateClosed  = "closed"
	StateUngated = "ungated"
)

// round reads, decides, writes the decision down and acts on it. It asks for another round when it changed
// something whose effect must be seen.
func (p *pass) round(ctx context.Context) (pull.Outcome, bool, error) {
	w, err := p.read(ctx)
	if err != nil {
		return pull.Outcome{}, false, err
	}
	w.Request.Glass = w.glassNow()
	if w, err = p.obey(ctx, w); err != nil {
		return pull.Outcome{}, false, err
	}
	if err := p.part(ctx, w); err != nil {
		return pull.Outcome{}, false, err
	}
	if w.Request.State != pull.Open || p.landingOpen() && !p.released(w.Request) {
		p.explain(ctx, w.Decide())
		return p.settle(ctx, w)
	}
	if waitsForGitHub(w) {
		return p.askAgain(ctx, w)
	}
	d := w.Decide()
	if !d.Gated {
		outcome, err := p.leaveAlone(ctx, d)
		return outcome, false, err
	}
	return p.act(ctx, d)
}

// waitsForGitHub reports whether the test merge is still being computed and nothing is known yet that could be
// shown meanwhile. The first such read publishes nothing: a moment later there is something worth saying.
func waitsForGitHub(w World) bool {
	return w.Request.Test.State == pull.Unsettled && w.Unsettled == 1 && w.gated()
}

func (p *pass) askAgain(ctx context.Context, w World) (pull.Outcome, bool, error) {
	w.Turn = p.turn
	p.explain(ctx, w.Decide())
	return pull.Outcome{After: patience(w.Unsettled)}, false, p.save(ctx, w.Decide(), StateOpen)
}

// patience doubles from a quarter of a second to a minute.
func patience(reads int) time.Duration {
	return min(250*time.Millisecond<<min(max(reads-1, 0), 10), time.Minute)
}

func (p *pass) save(ctx context.Context, d Decision, state string) error {
	record := pull.Record{
		Key: p.work.Key, Request: d.Request, Verdicts: d.Verdicts, State: state, Next: d.next(),
		Asked: d.Asked, Requests: d.Requests, Unsettled: d.Unsettled, Rechecked: d.Rechecked, At: d.Request.At,
		Sights: d.Sights, Candidate: d.Candidate, Update: d.Update, Enqueuing: d.Enqueuing, Epoch: d.epoch(), Priority: d.Priority, MergeSHA: d.Binding.Shown(), Obeyed: latest(p.obeyed), Heard: p.heard, Replies: p.replies,
	}
	record.Request.Glass = glassAt(state, d)
	record.Invited, record.Undismissed, record.Borrows = p.invited, p.undismissed, borrows(d.Request)
	record.Batch, record.Watches, record.Vouched = d.Binding.Batch, d.watches(), d.vouched(p.work.Last)
	if state == StateLanded || state == StateForeign {
		record.LandedSHA, record.Tidy, record.Attestation, record.Debrief = d.Request.Landed.SHA, d.Tidy, d.Attest, d.Debrief
		record.Next = pendingNext(d.Attest)
	}
	if state == StateOpen {
		record.Due, record.Told = p.dueSince(d), p.told()
		record.Queues, record.Calm = d.queues(), d.calm()
	}
	p.work.Last = &record
	return p.Store.Save(ctx, record)
}
