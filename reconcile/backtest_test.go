package reconcile

import (
	"context"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// onePast is one landing of production that ana approved before it was merged.
type onePast struct {
	change func(*pull.Request)
	pusher pull.Account
	asked  []pull.Question
}

func (p *onePast) MergedPulls(context.Context, pull.Repo, int) ([]int, error) { return []int{3}, nil }

func (p *onePast) LandedPull(context.Context, pull.Repo, int) (pull.Request, error) {
	r := world().Request
	r.Policy, r.Standing, r.Pusher = pull.Source{}, pull.Standing{}, pull.Account{}
	r.Landed = pull.Landed{SHA: sha("f"), At: noon.Add(time.Hour)}
	if p.change != nil {
		p.change(&r)
	}
	return r, nil
}

func (p *onePast) Standing(_ context.Context, _ pull.Request, q pull.Question) (pull.Standing, error) {
	p.asked = append(p.asked, q)
	return world().Request.Standing, nil
}

func (p *onePast) Pusher(context.Context, pull.Request) (pull.Account, error) { return p.pusher, nil }

func (p *onePast) Codeowners(context.Context, pull.Request) (pull.Source, error) {
	return pull.Source{}, nil
}

func (p *onePast) Histories(_ context.Context, r pull.Request) ([]pull.Commit, error) {
	commits := append([]pull.Commit{}, r.Commits...)
	for i := range commits {
		commits[i].Diffed = true
		commits[i].Files = []pull.File{{Path: "prod/undone", NewMode: pull.Symlink}}
	}
	return commits, nil
}

func (p *onePast) Updates(_ context.Context, r pull.Request) ([]pull.Commit, error) {
	return r.Commits, nil
}

func TestReplay(t *testing.T) {
	everyCommit := "history: every-commit\n" + policyText
	for name, tt := range map[string]struct {
		past   onePast
		policy string
		state  pull.State
		code   string
	}{
		"approved in time": {policy: policyText, state: pull.Pass, code: "approved"},
		"approved after it was merged": {policy: policyText, state: pull.Block, code: "no-admin-approval",
			past: onePast{change: func(r *pull.Request) { r.Reviews[0].At = r.Landed.At.Add(time.Second) }}},
		"approved by the pusher": {policy: policyText, state: pull.Block, code: "contributor-approval", past: onePast{pusher: ana}},
		"approved by the last hand": {policy: policyText, state: pull.Block, code: "contributor-approval",
			past: onePast{change: func(r *pull.Request) { r.Commits[0].Committer = ana }}},
		"merged on GitHub's pages": {policy: policyText, state: pull.Pass, code: "approved",
			past: onePast{change: func(r *pull.Request) { r.Commits[0].ByGitHub, r.Commits[0].Committer = true, pull.Account{} }}},
		"a commit on the way": {policy: everyCommit, state: pull.Pass, code: "approved"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := simulator(nil).Replay(t.Context(), &tt.past, pull.Repo{}, 3, pull.Source{Path: ".sallyport.yml", Text: tt.policy}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if v := d.Verdict(pull.GateApproval); v.State != tt.state || !v.Has(tt.code) {
				t.Errorf("got %s %+v; want %s, %s", v.State, v.Reasons, tt.state, tt.code)
			}
			if len(tt.past.asked) != 1 {
				t.Errorf("roles and teams were asked %d times, want once", len(tt.past.asked))
			}
			if widened := len(d.Request.Files) == 2; widened != (tt.policy == everyCommit) {
				t.Errorf("got the files %+v", d.Request.Files)
			}
		})
	}
}
