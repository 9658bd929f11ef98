package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// debriefPause is how long to wait where GitHub will not have the issue before somebody mends that.
const debriefPause = time.Hour

// glassLanded raises the alarm that something landed past the gates, and has the issue owed in which that is looked into.
// It may be called again for one landing.
func (p *pass) glassLanded(ctx context.Context, d *Decision, i pull.Intent) error {
	if i.Binding.Glass == "" {
		return nil
	}
	g := d.Request.Glass
	text := fmt.Sprintf("#%d landed on %s as %.10s past the gates, by break-glass: %s.", d.Request.Number, i.Binding.Branch, i.Landed, strings.Join(g.Lines(), "; "))
	if _, err := p.Store.Raise(ctx, p.glassAlarm(d.Request, g.Voices[0].Account, i.Landed, i.Landed, text), nil); err != nil {
		return fmt.Errorf("raising the alarm of a break-glass landing: %w", err)
	}
	p.log.Warn("break_glass_landed", "sha", i.Landed, "said", strings.Join(g.Lines(), "; "))
	if d.Debrief = p.work.Last.Debrief; d.Debrief == nil {
		d.Debrief = d.debrief(i)
	}
	return nil
}

// debrief is the issue as it is owed.
func (d Decision) debrief(i pull.Intent) *pull.Debrief {
	r := d.Request
	mark := fmt.Sprintf("<!-- sallyport break-glass %d#%d %s -->", r.Repo.ID, r.Number, i.Landed)
	var b strings.Builder
	fmt.Fprintf(&b, "Pull request #%d landed on `%s` as %s past the gates.\n\n**Who broke the glass, and why**\n\n", r.Number, i.Binding.Branch, i.Landed)
	for _, v := range r.Glass.Voices {
		fmt.Fprintf(&b, "- %s (%s), at %s: %s\n", escape(v.Account.Login), v.Role, v.At.UTC().Format("2006-01-02 15:04:05 UTC"), escape(v.Reason))
	}
	b.WriteString("\nBoth acknowledged this very merge on their phones.\n\n**What was lifted, and what it had said**\n\n")
	if lifted := d.liftedReasons(); len(lifted) > 0 {
		tree(&b, lifted, 0)
	} else {
		b.WriteString("- Nothing: every gate was green.\n")
	}
	fmt.Fprintf(&b, "\n**What to do now**\n\n- [ ] Ask both whether they meant it, by another way than GitHub.\n- [ ] Have the change reviewed as if it were still open, and its checks run; revert what does not hold.\n"+
		"- [ ] Write down here what made it necessary, and what would have made it unnecessary.\n\nAll of it is in the ledger and on [its page](%s/%s/pull/%d).\n\n%s\n", d.PublicURL, r.Repo.FullName(), r.Number, mark)
	return &pull.Debrief{Title: fmt.Sprintf("Review the break-glass landing of #%d on %s", r.Number, i.Binding.Branch), Body: clip(b.String(), summaryLimit), Mark: mark, At: r.At}
}

// debrief opens the issue that is owed, once. An earlier attempt may have opened it, however that ended: our own issue is
// looked for first, after the time that one may still be under way.
func (p *pass) debrief(ctx context.Context) (pull.Outcome, error) {
	if p.work.Last == nil || !p.work.Last.Debrief.Owed() {
		return pull.Outcome{}, nil
	}
	b, repo := *p.work.Last.Debrief, p.work.Last.Request.Repo
	if left := b.TriedAt.Add(doubtful).Sub(p.Now()); b.Tries > 0 && left > 0 {
		return pull.Outcome{After: left}, nil
	}
	number, err := p.GitHub.FindIssue(ctx, repo, b.Mark, b.At.Add(-5*time.Minute))
	if err == nil && number == 0 {
		b.Tries, b.TriedAt = b.Tries+1, p.Now()
		if err := p.debriefed(ctx, b); err != nil {
			return pull.Outcome{}, err
		}
		number, err = p.GitHub.OpenIssue(ctx, repo, b.Title, b.Body)
	}
	if err != nil {
		return p.stillOwed(ctx, b, err)
	}
	b.Issue, b.Body, b.Detail = number, "", ""
	p.log.Info("break_glass_review", "issue", number)
	return pull.Outcome{}, p.debriefed(ctx, b)
}

// stillOwed writes down why the issue could not be opened. What a person has to mend is an alarm, once.
func (p *pass) stillOwed(ctx context.Context, b pull.Debrief, cause error) (pull.Outcome, error) {
	b.Detail = cause.Error()
	p.log.Error("break_glass_review_owed", "tries", b.Tries, "error", b.Detail)
	after := max(backoff(b.Tries), pull.Delay(cause))
	switch pull.ClassOf(cause) {
	case pull.Unknown:
		after = max(after, doubtful)
	case pull.Permanent:
		after = debriefPause
		r, sha := p.work.Last.Request, p.work.Last.LandedSHA
		text := fmt.Sprintf("the issue in which the break-glass landing of #%d is to be reviewed could not be opened: %s. It is tried again every hour.", p.work.Key.Number, b.Detail)
		if _, err := p.Store.Raise(ctx, p.glassAlarm(r, r.Glass.Voices[0].Account, sha, "issue "+sha, text), nil); err != nil {
			return pull.Outcome{}, err
		}
	}
	return pull.Outcome{After: after}, p.debriefed(ctx, b)
}

func (p *pass) debriefed(ctx context.Context, b pull.Debrief) error {
	record := *p.work.Last
	record.Debrief = &b
	p.work.Last = &record
	return p.Store.Save(ctx, record)
}
