package reconcile

import (
	"context"
	"slices"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// barring reads by which rulesets the app may not pass, where a landing rests on that: one that moves the branch itself, or that somebody
// wants past GitHub's merge queue.
func (p *pass) barring(ctx context.Context, w *World) (err error) {
	method := w.Rulebook.Automerge.MethodFor(w.Request)
	wanted := w.Request.Glass.Open() || slices.ContainsFunc(p.work.News, func(n pull.News) bool { return len(n.Command) > 0 && n.Command[0] == "break-glass" })
	if method != pull.MethodExact && method != pull.MethodFastForward && !(method == pull.MethodQueue && wanted) {
		return nil
	}
	w.Request.Rules.Rulesets, err = p.GitHub.Bar(ctx, w.Request.Repo, w.Request.Rules.Rulesets)
	return err
}

// reviewed reads whether the app may pass by the rulesets for which GitHub itself misses reviews, once nothing but a person's
// answer is missing besides: before that it makes no difference.
func (p *pass) reviewed(ctx context.Context, w *World) (err error) {
	rules := &w.Request.Rules
	demanded := slices.ContainsFunc(rules.Rulesets, func(rs pull.Ruleset) bool { return slices.Contains(rs.Demands, "pull_request") })
	if rules.Unreviewed == "" || !demanded || w.Decide().Stage < automerge.Ready {
		return nil
	}
	rules.Rulesets, err = p.GitHub.Bar(ctx, w.Request.Repo, rules.Rulesets)
	return err
}
