package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// dueSince is since when nothing that people or CI have to do is missing; zero while something is, or nothing is to land.
func (p *pass) dueSince(d Decision) time.Time {
	if !d.Gated || d.Policy.Automerge == nil || len(d.Verdicts) == 0 || !automerge.Due(d.Verdicts[len(d.Verdicts)-1]) {
		return time.Time{}
	}
	if last := p.work.Last; last != nil && last.Request.Head.SHA == d.Request.Head.SHA && !last.Due.IsZero() {
		return last.Due
	}
	return d.Request.At
}

// told is the head about which the watchdog has spoken.
func (p *pass) told() string {
	if p.work.Last == nil {
		return ""
	}
	return p.work.Last.Told
}

// overdue is the watchdog: what has been ready for so long and has not landed is said on the pull request, once for each
// head. That it was said is in the books first: a word too few after a crash is better than one at every pass.
func (p *pass) overdue(ctx context.Context, outcome pull.Outcome, cause error) (pull.Outcome, error) {
	last := p.work.Last
	if p.Watchdog <= 0 || last == nil || last.State != StateOpen || last.Due.IsZero() || last.Told == last.Request.Head.SHA {
		return outcome, cause
	}
	if left := last.Due.Add(p.Watchdog).Sub(p.Now()); left > 0 {
		outcome.After = sooner(outcome.After, left)
		return outcome, cause
	}
	record := *last
	record.Told = last.Request.Head.SHA
	if err := p.Store.Save(ctx, record); err != nil {
		return outcome, orFirst(cause, err)
	}
	p.work.Last = &record
	lead := landingVerdict(record).Lead()
	p.log.Error("landing_overdue", "code", lead.Code, "since", last.Due, "head", last.Request.Head.SHA)
	if p.Overdue != nil {
		p.Overdue(lead.Code)
	}
	if err := p.GitHub.Comment(ctx, record.Request.Repo, record.Key.Number, p.complaint(record, cause)); err != nil {
		p.log.Warn("the word about an overdue landing could not be written", "error", err.Error())
	}
	return outcome, cause
}

func orFirst(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

func landingVerdict(r pull.Record) pull.Verdict {
	for _, v := range r.Verdicts {
		if v.Gate == pull.GateAutomerge {
			return v
		}
	}
	return pull.Verdict{}
}

// complaint says why it has not landed, as far as that is known, and what to do.
func (p *pass) complaint(r pull.Record, cause error) string {
	var b strings.Builder
	fmt.Fprintf(&b, "This has been ready to land for %s and has not landed.\n\n", p.Watchdog)
	v := landingVerdict(r)
	tree(&b, v.Reasons, 0)
	for _, i := range p.work.Intents {
		if i.State == pull.IntentRefused && i.Binding.Head == r.Request.Head.SHA {
			fmt.Fprintf(&b, "- The last try was turned down: %s\n", escape(i.Detail))
			break
		}
	}
	if cause != nil {
		fmt.Fprintf(&b, "- The last look failed: %s\n", escape(cause.Error()))
	}
	if next := v.Lead().Next; next != "" {
		fmt.Fprintf(&b, "\n**Next:** %s\n", escape(next))
	}
	return clip(b.String(), summaryLimit)
}
