package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// branchGitHub has one branch, and writes down what is done to it.
type branchGitHub struct {
	GitHub
	branch  pull.Branch
	refuses error
	parents []string // of whatever commit is asked for
	did     []string
}

func (g *branchGitHub) Branch(context.Context, pull.Repo, string) (pull.Branch, error) {
	return g.branch, nil
}

func (g *branchGitHub) Retarget(_ context.Context, _ pull.Repo, number int, base string) error {
	g.did = append(g.did, fmt.Sprintf("retarget #%d to %s", number, base))
	if g.refuses == nil {
		g.branch.Into = nil
	}
	return g.refuses
}

func (g *branchGitHub) Delete(_ context.Context, _ pull.Repo, branch, at string) error {
	g.did = append(g.did, "delete "+branch+" at "+at)
	return g.refuses
}

// keepingStore keeps the last record that was saved.
type keepingStore struct {
	Store
	last pull.Record
}

func (s *keepingStore) Save(_ context.Context, r pull.Record) error { s.last = r; return nil }

// A crash after the landing is in the books leaves a record that says what is still to be done: the next pass does it,
// looking first.
func TestWhatALandingLeftIsFinished(t *testing.T) {
	no := &pull.Failure{Class: pull.Permanent, Err: errors.New("GitHub refused")}
	tests := []struct {
		name    string
		branch  pull.Branch
		refuses error
		did     []string
		kept    bool
	}{
		{"as it landed", pull.Branch{SHA: "h"}, nil, []string{"delete topic at h"}, false},
		{"gone already", pull.Branch{}, nil, nil, false},
		{"somebody pushed", pull.Branch{SHA: "x"}, nil, nil, true},
		{"protected", pull.Branch{SHA: "h", Protected: true}, nil, nil, true},
		{"the head of another", pull.Branch{SHA: "h", From: []int{9}}, nil, nil, true},
		{"more hangs on it than was read", pull.Branch{SHA: "h", Crowded: true}, nil, nil, true},
		{"targeted", pull.Branch{SHA: "h", Into: []int{8}}, nil, []string{"retarget #8 to main", "delete topic at h"}, false},
		{"targeted, for good", pull.Branch{SHA: "h", Into: []int{8}}, no, []string{"retarget #8 to main"}, true},
		{"a rule that nobody saw", pull.Branch{SHA: "h"}, no, []string{"delete topic at h"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, s := &branchGitHub{branch: tt.branch, refuses: tt.refuses}, &keepingStore{}
			r := &Reconciler{GitHub: g, Store: s, Log: slog.New(slog.DiscardHandler)}
			last := &pull.Record{State: StateLanded, Tidy: &pull.Tidy{Branch: "topic", SHA: "h", Base: "main"}}
			if _, err := r.Pass(t.Context(), pull.Work{Last: last}); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(g.did, tt.did) {
				t.Errorf("did %q, want %q", g.did, tt.did)
			}
			if got := s.last.Tidy; got == nil || !got.Done || (got.Kept != "") != tt.kept {
				t.Errorf("in the books: %+v, want done, kept %v", got, tt.kept)
			}
			g.did = nil
			if _, err := r.Pass(t.Context(), pull.Work{Last: &s.last}); err != nil || len(g.did) > 0 {
				t.Errorf("once more: did %q, %v; want nothing", g.did, err)
			}
		})
	}
}

func TestWhoseBranchIsDeleted(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Decision)
		want   bool
	}{
		{"its own", func(*Decision) {}, true},
		{"not asked for", func(d *Decision) { d.Policy.Automerge.DeleteBranch = false }, false},
		{"a fork's", func(d *Decision) { d.Request.Head.Repo = 99 }, false},
		{"a fork's that is gone", func(d *Decision) { d.Request.Head.Repo = 0 }, false},
		{"the default branch", func(d *Decision) { d.Request.Head.Branch = "main"; d.Request.Base.Branch = "release" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := judge(world())
			d.Request.Head.Repo = d.Request.Repo.ID
			landing := *d.Policy.Automerge
			landing.DeleteBranch = true
			d.Policy.Automerge = &landing
			tt.change(&d)
			if got := d.tidyFor(); (got != nil) != tt.want {
				t.Errorf("got %+v, want one: %v", got, tt.want)
			}
		})
	}
}
