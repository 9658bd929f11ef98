package reconcile

import (
	"testing"

	"github.com/sallyport/sallyport/duobot"
)

// Threat 84: a batch names its target on the phone as one pull request does.
func TestThreat84ABatchNamesItsTarget(t *testing.T) {
	for branch, want := range map[string]string{"main": "", "lax": "lax"} {
		d := world().Decide()
		d.Request.Repo.DefaultBranch, d.Request.Base.Branch = "main", branch
		e := oneErrand(d, duobot.Ask{})
		info := describeTogether([]Decision{d, d}, e)
		if info.Branch != want || info.Number != d.Request.Number || len(info.Others) != 1 {
			t.Errorf("into %s: got %+v", branch, info)
		}
	}
}
