package automerge

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// remarked is a pull request on whose lines, and nowhere else, something was written.
func remarked(remarks ...pull.Comment) pull.Request {
	return pull.Request{Standing: pull.Standing{Roles: map[int64]pull.Role{1: pull.Write, 2: pull.Read}}, Remarks: remarks}
}

// A comment on a line of the diff is a comment to whoever listens for one, and nothing besides.
func TestWordsOnLinesOfTheDiff(t *testing.T) {
	const hold = "==DO_NOT_MERGE=="
	exactly, part := Match{Signals: Signals{Comments: []string{hold}}}, Match{Signals: Signals{CommentContains: []string{hold}}}
	tests := []struct {
		name          string
		match         Match
		remark        pull.Comment
		asked, vetoed bool
	}{
		{"of a writer", exactly, pull.Comment{ID: 7, Author: writer, Body: " " + hold + "\n"}, true, true},
		{"a part of it", part, pull.Comment{ID: 7, Author: writer, Body: "no: " + hold}, true, true},
		{"only a part of it", exactly, pull.Comment{ID: 7, Author: writer, Body: "no: " + hold}, false, false},
		{"of a reader", exactly, pull.Comment{ID: 7, Author: stranger, Body: hold}, false, true},
		{"changed by nobody knows whom", exactly, pull.Comment{ID: 7, Author: writer, Body: hold, Edited: true}, false, true},
		{"in a part of the condition", Match{All: true, Parts: []Match{part}}, pull.Comment{ID: 7, Author: writer, Body: hold}, true, true},
		{"is no description", Match{Signals: Signals{BodyContains: []string{hold}}}, pull.Comment{Author: writer, Body: hold}, false, false},
		{"is no command", exactly, pull.Comment{ID: 7, Author: writer, Body: landCommand}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := tt.match.triggered(remarked(tt.remark)); got != tt.asked {
				t.Errorf("triggered: got %v, want %v", got, tt.asked)
			}
			if _, got := tt.match.vetoed(remarked(tt.remark)); got != tt.vetoed {
				t.Errorf("vetoed: got %v, want %v", got, tt.vetoed)
			}
		})
	}
}

func TestWhoseStandingIsAskedForRemarks(t *testing.T) {
	r := remarked(pull.Comment{ID: 7, Author: writer, Body: "land it"}, pull.Comment{ID: 8, Author: stranger, Body: landCommand},
		pull.Comment{Author: stranger, Body: "described"})
	p := &Policy{If: &Match{Parts: []Match{{Signals: Signals{Comments: []string{"land it"}, BodyContains: []string{"described"}}}}}}
	if got := strings.Join(Ask(p, r), " "); got != "wendy" {
		t.Errorf("got %q, want wendy, whose words can set something going", got)
	}
}

// Whoever wrote on a line what may not ask is told who may.
func TestAReadersRemarkIsAnswered(t *testing.T) {
	c := ready()
	c.Policy.If = &Match{Signals: Signals{Comments: []string{"land it"}}}
	c.Request.Remarks = []pull.Comment{{ID: 7, Author: stranger, Body: "land it"}}
	v, _ := Judge(c)
	if lead := v.Lead(); lead.Code != "not-triggered" || lead.Evidence["heard from"] != "sam" {
		t.Errorf("got %s, heard from %q; want not-triggered, heard from sam", lead.Code, lead.Evidence["heard from"])
	}
}

// What people write on lines is read only for a policy that somewhere listens for words.
func TestWhichPoliciesListen(t *testing.T) {
	words := Match{Parts: []Match{{Signals: Signals{CommentContains: []string{"x"}}}}}
	exact := Match{Signals: Signals{Comments: []string{"x"}}}
	for name, tt := range map[string]struct {
		policy *Policy
		want   bool
	}{
		"no policy":           {nil, false},
		"nothing":             {&Policy{Update: &Update{}}, false},
		"labels, description": {&Policy{If: labelled("x"), Unless: &Match{Signals: Signals{BodyContains: []string{"x"}}}, Methods: []Choice{{If: *labelled("x")}}}, false},
		"what asks":           {&Policy{If: &exact}, true},
		"what holds back":     {&Policy{Unless: &words}, true},
		"a method":            {&Policy{Methods: []Choice{{If: *labelled("x")}, {If: words}}}, true},
		"updates":             {&Policy{Update: &Update{If: &words}}, true},
		"no updates":          {&Policy{Update: &Update{Unless: &exact}}, true},
	} {
		if got := tt.policy.Listens(); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}
