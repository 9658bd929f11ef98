package reconcile

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/pull"
)

func TestReviewsAreRequestedOnceAndOnlyWhereNothingElseIsWrong(t *testing.T) {
	waiting := func() Decision {
		d := Decision{World: World{Request: pull.Request{Repo: pull.Repo{Owner: "acme"}, State: pull.Open, Test: pull.TestMerge{State: pull.Clean},
			Author: pull.Account{Login: "dev"}}}}
		d.Verdicts = []pull.Verdict{{Gate: pull.GateApproval, State: pull.Wait}, {Gate: pull.GateDuo, State: pull.Pass}, {Gate: pull.GateSignatures, State: pull.Pass}}
		d.Needs.Reviewers = approval.Reviewers{People: []string{"ana", "bo", "dev"}, Teams: []string{"acme/sre", "other/sre"}}
		return d
	}
	for name, tt := range map[string]struct {
		change  func(*Decision)
		invited []string
		people  []string
		teams   []string
	}{
		"nobody was asked yet": {nil, nil, []string{"ana", "bo"}, []string{"sre"}},
		"ana was asked":        {nil, []string{"Ana"}, []string{"bo"}, []string{"sre"}},
		"the team was asked":   {nil, []string{"@acme/sre"}, []string{"ana", "bo"}, nil},
		"bo has reviewed": {func(d *Decision) {
			d.Request.Reviews = []pull.Review{{Author: pull.Account{Login: "bo"}, State: pull.Commented}}
		}, nil, []string{"ana"}, []string{"sre"}},
		"a draft":                 {func(d *Decision) { d.Request.Draft = true }, nil, nil, nil},
		"a conflict":              {func(d *Decision) { d.Request.Test.State = pull.Conflict }, nil, nil, nil},
		"approval blocks":         {func(d *Decision) { d.Verdicts[0].State = pull.Block }, nil, nil, nil},
		"approved":                {func(d *Decision) { d.Verdicts[0].State = pull.Pass }, nil, nil, nil},
		"signatures block":        {func(d *Decision) { d.Verdicts[2].State = pull.Block }, nil, nil, nil},
		"as many as one is asked": {nil, slices.Repeat([]string{"x"}, invitedMost), nil, nil},
		"room for one":            {nil, slices.Repeat([]string{"x"}, invitedMost-1), []string{"ana"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := waiting()
			if tt.change != nil {
				tt.change(&d)
			}
			people, teams := (&pass{invited: tt.invited}).uninvited(d)
			if !slices.Equal(people, tt.people) || !slices.Equal(teams, tt.teams) {
				t.Errorf("asked %q and %q, want %q and %q", people, teams, tt.people, tt.teams)
			}
		})
	}
}
