package automerge

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// GitHub's own reviews matter where GitHub misses some, by a rule that the app may not pass by.
func TestThreat74GitHubsOwnReviews(t *testing.T) {
	barred := []pull.Ruleset{{ID: 1, Name: "reviews", Demands: []string{"pull_request"}, Barred: true}}
	passed := []pull.Ruleset{{ID: 1, Name: "reviews", Demands: []string{"pull_request"}}}
	for name, tc := range map[string]struct {
		rules func(*pull.Rules)
		by    string // empty: nothing holds it
		next  string
	}{
		"branch protection":                {func(r *pull.Rules) { r.Unreviewed, r.ReviewsClassic = "review_required", true }, "branch protection", "bypass required pull requests"},
		"a ruleset":                        {func(r *pull.Rules) { r.Unreviewed, r.Rulesets = "review_required", barred }, "ruleset reviews", "bypass actor"},
		"somebody requested changes":       {func(r *pull.Rules) { r.Unreviewed, r.Rulesets = "changes_requested", barred }, "ruleset reviews", "dismiss"},
		"GitHub has all it wants":          {func(r *pull.Rules) { r.ReviewsClassic, r.Rulesets = true, barred }, "", ""},
		"a ruleset that the app passes by": {func(r *pull.Rules) { r.Unreviewed, r.Rulesets = "review_required", passed }, "", ""},
		"protection that lets the app by":  {func(r *pull.Rules) { r.Unreviewed = "review_required" }, "", ""},
	} {
		for _, method := range []string{pull.MethodMerge, pull.MethodSquash, pull.MethodExact, pull.MethodFastForward} {
			c := ready()
			c.Policy.Method, c.Signs = method, true
			tc.rules(&c.Request.Rules)
			rs := c.unreviewed()
			switch {
			case tc.by == "" && len(rs) != 0:
				t.Errorf("%s, %s: held back: %+v", name, method, rs)
			case tc.by == "":
			case len(rs) != 1 || rs[0].Code != "github-reviews" || rs[0].Evidence["setting"] != tc.by || !strings.Contains(rs[0].Next, tc.next):
				t.Errorf("%s, %s: got %+v, want github-reviews by %s and %q", name, method, rs, tc.by, tc.next)
			default:
				if v, stage := Judge(c); stage != NotReady || v.State != pull.Wait || v.Lead().Code != "github-reviews" && method != pull.MethodFastForward {
					t.Errorf("%s, %s: stage %d, %+v; want it not to be ready", name, method, stage, v)
				}
			}
		}
	}
}

// No glass is broken for what GitHub would refuse.
func TestAGlassDoesNotLiftGitHubsOwnReviews(t *testing.T) {
	c := ready()
	c.Request.Rules.Unreviewed, c.Request.Rules.ReviewsClassic = "review_required", true
	c.Binding.Glass, c.Binding.Method, c.Signs = "g1", pull.MethodExact, true
	if _, stage := Judge(c); stage != NotReady {
		t.Errorf("stage %d, want github-reviews to hold it back", stage)
	}
}
