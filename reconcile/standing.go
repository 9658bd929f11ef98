package reconcile

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// hint is who mattered last time and who speaks now.
func (p *pass) hint() pull.Question {
	var q pull.Question
	if p.work.Last != nil {
		q = p.work.Last.Asked
	}
	for _, n := range p.work.News {
		if n.Event == "pull_request_review" || len(n.Command) > 0 {
			q.Logins = union(q.Logins, []string{n.Sender.Login})
		}
	}
	return q
}

// ask learns the standing of everybody who matters and was not already asked about.
func (p *pass) ask(ctx context.Context, w *World) error {
	hint, q := w.Asked, joined(p.speakers(), w.question())
	w.Asked = q
	missing := lacking(q, hint)
	if missing.Empty() {
		return nil
	}
	standing, err := p.GitHub.Standing(ctx, w.Request, missing)
	if err != nil {
		return fmt.Errorf("reading roles and teams for %s: %w", w.Request.Ref(), err)
	}
	w.Request.Standing = w.Request.Standing.With(standing)
	return nil
}

// speakers are the people whose commands and requests wait for an answer.
func (p *pass) speakers() pull.Question {
	var q pull.Question
	for _, n := range p.work.News {
		if len(n.Command) > 0 && n.Sender.Known() {
			q.Logins = union(q.Logins, []string{n.Sender.Login})
		}
	}
	if p.work.Last != nil {
		for _, request := range p.work.Last.Requests {
			q.Logins = union(q.Logins, []string{request.News.Sender.Login})
		}
	}
	return q
}

func lacking(q, asked pull.Question) pull.Question {
	without := func(all, have []string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(have, s) })
	}
	missing := pull.Question{Logins: without(q.Logins, asked.Logins), Teams: without(q.Teams, asked.Teams)}
	if asked.Candidates == pull.NoRole || q.Candidates < asked.Candidates {
		missing.Candidates = q.Candidates
	}
	return missing
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
