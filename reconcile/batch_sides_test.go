package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func (g *branchGitHub) Commit(_ context.Context, _ pull.Repo, commit string) (pull.Commit, error) {
	return pull.Commit{SHA: commit, Parents: g.parents}, nil
}

func (g *branchGitHub) Drop(_ context.Context, _ pull.Repo, branch, at string) error {
	g.did = append(g.did, "drop "+branch+" at "+at)
	return g.refuses
}

// forgetful remembers which branches were forgotten.
type forgetful struct {
	Store
	forgot int
}

func (s *forgetful) ForgetSide(context.Context, pull.SideBranch) error {
	s.forgot++
	return nil
}

// A branch of ours that nothing needs goes, unless it has become somebody's.
func TestABranchOfOursGoesUnlessItIsSomebodysNow(t *testing.T) {
	transient := &pull.Failure{Class: pull.Transient, Err: errors.New("later")}
	permanent := &pull.Failure{Class: pull.Permanent, Err: errors.New("never")}
	for name, tc := range map[string]struct {
		branch        pull.Branch
		parents       []string
		refuses       error
		drops, stands bool // stands: it is tried again
	}{
		"where it was put":                     {branch: pull.Branch{SHA: "put"}, drops: true},
		"GitHub merged what was asked for":     {branch: pull.Branch{SHA: "m"}, parents: []string{"put", "head"}, drops: true},
		"somebody pushed to it":                {branch: pull.Branch{SHA: "m"}, parents: []string{"put"}},
		"somebody merged something else":       {branch: pull.Branch{SHA: "m"}, parents: []string{"put", "evil"}},
		"gone already":                         {},
		"somebody proposes to merge into it":   {branch: pull.Branch{SHA: "put", Into: []int{8}}},
		"somebody proposes it":                 {branch: pull.Branch{SHA: "put", From: []int{8}}},
		"somebody protects it":                 {branch: pull.Branch{SHA: "put", Protected: true}},
		"GitHub has trouble":                   {branch: pull.Branch{SHA: "put"}, refuses: transient, drops: true, stands: true},
		"GitHub will not have it deleted ever": {branch: pull.Branch{SHA: "put"}, refuses: permanent, drops: true},
	} {
		t.Run(name, func(t *testing.T) {
			g, s := &branchGitHub{branch: tc.branch, refuses: tc.refuses, parents: tc.parents}, &forgetful{}
			p := &pass{Reconciler: &Reconciler{GitHub: g, Store: s}, log: slog.New(slog.DiscardHandler),
				work: pull.Work{Sides: []pull.SideBranch{{Name: "sallyport/batch/main", SHA: "put", Head: "head"}}}}
			wait := p.dropSides(t.Context())
			if dropped := len(g.did) > 0; dropped != tc.drops {
				t.Errorf("did %q, want it dropped: %v", g.did, tc.drops)
			}
			if (s.forgot == 0) != tc.stands || (wait > 0) != tc.stands {
				t.Errorf("forgotten %d times, tried again in %s; want that: %v", s.forgot, wait, tc.stands)
			}
		})
	}
}
