package automerge

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

func labelled(names ...string) *Match { return &Match{Signals: Signals{Labels: names}} }

var (
	writer   = pull.Account{ID: 1, Login: "wendy", Kind: pull.User}
	stranger = pull.Account{ID: 2, Login: "sam", Kind: pull.User}
)

// shown is a pull request with one of everything that a signal can look for.
func shown() pull.Request {
	return pull.Request{
		Labels: []string{"Merge When Ready"}, CommitsTotal: 2, AutoMerge: true,
		Base: pull.Base{Branch: "release/1.2"}, Head: pull.Head{Branch: "fix/typo"}, Body: "Fixes it.\n==MERGE_WHEN_READY==",
		Standing: pull.Standing{Roles: map[int64]pull.Role{1: pull.Write, 2: pull.Read}},
		Comments: []pull.Comment{
			{ID: 0, Author: writer, Body: "Fixes it.\n==MERGE_WHEN_READY=="},
			{ID: 8, Author: writer, Body: " please merge \n"},
			{ID: 9, Author: stranger, Body: "land it now"},
		},
	}
}

func TestSignals(t *testing.T) {
	of := func(s Signals) Match { return Match{Signals: s} }
	tests := []struct {
		name          string
		match         Match
		asked, vetoed bool
	}{
		{"nothing at all", Match{}, false, false},
		{"nothing, all of it", Match{All: true}, false, false},
		{"label in other case", of(Signals{Labels: []string{"merge when ready"}}), true, true},
		{"another label", of(Signals{Labels: []string{"merge"}}), false, false},
		{"comment, exact but for space", of(Signals{Comments: []string{"please merge"}}), true, true},
		{"comment, only a part of it", of(Signals{Comments: []string{"merge"}}), false, false},
		{"comment containing", of(Signals{CommentContains: []string{"merge"}}), true, true},
		{"the description counts as a comment", of(Signals{CommentContains: []string{"==MERGE_WHEN_READY=="}}), true, true},
		{"a comment is no description", of(Signals{BodyContains: []string{"please"}}), false, false},
		{"description", of(Signals{BodyContains: []string{"Fixes"}}), true, true},
		{"a stranger's words hold back, and do not land", of(Signals{Comments: []string{"land it now"}}), false, true},
		{"target by pattern", of(Signals{Target: []string{"release/*"}}), true, true},
		{"a pattern is anchored", of(Signals{Target: []string{"release"}}), false, false},
		{"source by pattern", of(Signals{Source: []string{"fix/**"}}), true, true},
		{"target is not source", of(Signals{Source: []string{"release/*"}}), false, false},
		{"target by expression", of(Signals{TargetMatches: []*regexp.Regexp{regexp.MustCompile(`^(?:release/.*)$`)}}), true, true},
		{"two commits at most", of(Signals{CommitsAtMost: 2}), true, true},
		{"one commit at most", of(Signals{CommitsAtMost: 1}), false, false},
		{"GitHub's auto-merge", of(Signals{AutoMerge: true}), true, true},
		{"any of two", of(Signals{Labels: []string{"x"}, CommitsAtMost: 2}), true, true},
		{"all of two", Match{All: true, Signals: Signals{Labels: []string{"x"}, CommitsAtMost: 2}}, false, false},
		{"all of two that hold", Match{All: true, Signals: Signals{Labels: []string{"x", "merge when ready"}, CommitsAtMost: 2}}, true, true},
		{"all of parts", Match{All: true, Parts: []Match{of(Signals{AutoMerge: true}), of(Signals{Labels: []string{"x"}})}}, false, false},
		{"any of parts", Match{Parts: []Match{of(Signals{AutoMerge: true}), of(Signals{Labels: []string{"x"}})}}, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := tt.match.asked(shown()); got != tt.asked {
				t.Errorf("asked: got %v, want %v", got, tt.asked)
			}
			if _, got := tt.match.vetoed(shown()); got != tt.vetoed {
				t.Errorf("vetoed: got %v, want %v", got, tt.vetoed)
			}
		})
	}
}

// threat 33: whoever may write can change another's words. Then they are no longer the other's.
func TestThreat33ChangedWordsAreTheChangers(t *testing.T) {
	r := shown()
	r.Comments = []pull.Comment{{ID: 8, Author: writer, Body: "land it", Edited: true, EditedBy: stranger}}
	m := Match{Signals: Signals{Comments: []string{"land it"}}}
	if _, ok := m.asked(r); ok {
		t.Error("a stranger changed a writer's comment, and it asked for the landing")
	}
	r.Comments[0].EditedBy = pull.Account{}
	if _, ok := m.asked(r); ok {
		t.Error("nobody knows who changed the comment, and it asked for the landing")
	}
	if got := Ask(&Policy{If: &m}, shown()); len(got) != 0 {
		t.Errorf("nobody said it, and the standing of %v is asked", got)
	}
}

func TestWhoseStandingIsAsked(t *testing.T) {
	r := shown()
	r.Comments = append(r.Comments, pull.Comment{ID: 10, Author: pull.Account{ID: 3, Login: "bot", Kind: pull.Bot}, Body: "land it now"})
	p := &Policy{If: &Match{Parts: []Match{{Signals: Signals{CommentContains: []string{"land it"}}}}},
		Methods: []Choice{{If: Match{Signals: Signals{Comments: []string{"please merge"}}}}}}
	if got := strings.Join(Ask(p, r), " "); got != "sam wendy" {
		t.Errorf("got %q, want sam and wendy", got)
	}
}

func TestTriggersAndVetoesInTheVerdict(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Case)
		code   string
	}{
		{"no trigger asks for nothing", func(*Case) {}, "ready"},
		{"triggered", func(c *Case) { c.Policy.If = labelled("merge when ready") }, "ready"},
		{"not triggered", func(c *Case) { c.Policy.If = labelled("other") }, "not-triggered"},
		{"a veto wins over a trigger", func(c *Case) {
			c.Policy.If, c.Policy.Unless = labelled("merge when ready"), &Match{Signals: Signals{AutoMerge: true}}
		}, "vetoed"},
		{"a draft never lands", func(c *Case) {
			c.Policy.If, c.Request.Draft = labelled("merge when ready"), true
		}, "draft"},
		{"a stranger's trigger", func(c *Case) {
			c.Policy.If = &Match{Signals: Signals{Comments: []string{"land it now"}}}
		}, "not-triggered"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, r := ready(), shown()
			c.Request.Labels, c.Request.Comments, c.Request.AutoMerge, c.Request.Standing = r.Labels, r.Comments, r.AutoMerge, r.Standing
			tt.change(&c)
			if v, _ := Judge(c); v.Lead().Code != tt.code {
				t.Errorf("got %s: %s; want %s", v.Lead().Code, v.Lead().Message, tt.code)
			}
		})
	}
}

func TestMethodsByCondition(t *testing.T) {
	p := &Policy{Method: "merge", Methods: []Choice{
		{Method: "squash", If: *labelled("squash")},
		{Method: "rebase", If: Match{Signals: Signals{CommitsAtMost: 2}}},
		{Method: "ff-only", If: Match{Signals: Signals{AutoMerge: true}}},
	}}
	if got := p.MethodFor(shown()); got != "rebase" {
		t.Errorf("got %s, want the first that fits, rebase", got)
	}
	if got := p.MethodFor(pull.Request{}); got != "merge" {
		t.Errorf("got %s, want merge where nothing fits", got)
	}
	if !p.Replays() || (&Policy{Method: "squash"}).Replays() {
		t.Error("a policy that may rebase puts each commit on the branch, one that squashes does not")
	}
}
