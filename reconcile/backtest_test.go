package reconcile

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// onePast is one landing of production that ana approved before it was merged.
type onePast struct {
	change func(*pull.Request)
	pusher pull.Account
	asked  []pull.Question
	read   []string // what else was read, by name
	remote string   // the policy that others point to
}

func (p *onePast) Properties(_ context.Context, repo pull.Repo) (*pull.Properties, error) {
	p.read = append(p.read, "properties of "+repo.FullName())
	return &pull.Properties{Values: map[string]pull.Property{"tier": {Values: []string{"lab"}}}}, nil
}

func (p *onePast) RemotePolicy(_ context.Context, _ pull.Repo, remote, path, ref string) (pull.Source, error) {
	p.read = append(p.read, remote+":"+path+"@"+ref)
	return pull.Source{Path: remote + ":" + path, Blob: sha("7"), Text: p.remote}, nil
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

const (
	laboratories = "version: 1\nrules:\n  - {name: lab, paths: [\"**\"], when: {property: {tier: [lab]}}, require: {}}\n  - {name: rest, paths: [\"**\"], require: {approvals: {count: 9}}}\n"
	theirLab     = "policy: {approval: [lab]}\napproval_rules:\n  - {name: lab, if: {custom_property_is_not_null: [tier]}, requires: {count: 0}}\n"
	pointsThere  = "remote: acme/policies\npath: jobs.yml\nref: release\n"
)

// A policy that is replayed is judged by with what it asks for, be it the repository's properties or another repository's file.
func TestReplayReadsWhatThePolicyAsksFor(t *testing.T) {
	for name, tt := range map[string]struct {
		path, text, remote string
		read               []string
	}{
		"nothing":              {".sallyport.yml", "version: 1\nrules: [{name: all, paths: [\"**\"], require: {}}]\n", "", nil},
		"properties":           {".sallyport.yml", laboratories, "", []string{"properties of acme/jobs"}},
		"policy-bot's":         {".policy.yml", theirLab, "", []string{"properties of acme/jobs"}},
		"a policy kept there":  {".policy.yml", pointsThere, fmt.Sprintf(theirText, 1), []string{"acme/policies:jobs.yml@release"}},
		"whose own properties": {".policy.yml", pointsThere, theirLab, []string{"acme/policies:jobs.yml@release", "properties of acme/jobs"}},
	} {
		t.Run(name, func(t *testing.T) {
			past := onePast{remote: tt.remote}
			d, err := simulator(nil).Replay(t.Context(), &past, pull.Repo{}, 3, pull.Source{Path: tt.path, Text: tt.text}, nil)
			if err != nil || d.Verdict(pull.GateApproval).State != pull.Pass {
				t.Errorf("got %+v, %v; want pass", d.Verdict(pull.GateApproval), err)
			}
			if diff := cmp.Diff(tt.read, past.read); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
		})
	}
}
