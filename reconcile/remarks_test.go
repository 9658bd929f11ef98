package reconcile

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// annotatedGitHub is one on which something is written on a line, and that counts how often that is read.
type annotatedGitHub struct {
	countingGitHub
	remarks []pull.Comment
	fault   error
	reads   int
	asked   []string // about whom
}

func (g *annotatedGitHub) Standing(_ context.Context, _ pull.Request, q pull.Question) (pull.Standing, error) {
	g.asked = append(g.asked, q.Logins...)
	return g.request.Standing, nil
}

func (g *annotatedGitHub) Remarks(context.Context, pull.Repo, int) ([]pull.Comment, error) {
	g.reads++
	return g.remarks, g.fault
}

const (
	heldByWords = "version: 1\nmerge: {method: merge, ignore: {comment_substrings: [\"==DO_NOT_MERGE==\"]}, allow_merge_with_no_checks: true}\n"
	heldByLabel = "version: 1\nmerge: {method: merge, ignore: {labels: [wip], pr_body_substrings: [\"==DO_NOT_MERGE==\"]}, allow_merge_with_no_checks: true}\n"
	listening   = "version: 1\nrules: [{name: all, paths: [\"**\"], require: {}}]\nautomerge: {allow_no_checks: true, unless: {comments: [\"==DO_NOT_MERGE==\"]}}\n"
	deaf        = "version: 1\nrules: [{name: all, paths: [\"**\"], require: {}}]\nautomerge: {allow_no_checks: true}\n"
)

// A landing hears what is written on lines of the diff, or does not happen; where nothing listens, nobody asks GitHub.
func TestALandingListensOnLinesOfTheDiff(t *testing.T) {
	hold := []pull.Comment{{ID: 7, Author: pull.Account{ID: 77, Login: "ken", Kind: pull.User}, Body: "==DO_NOT_MERGE=="}}
	lost := &pull.Failure{Class: pull.Transient, Code: "github-trouble", Err: errors.New("GitHub is gone")}
	for name, tt := range map[string]struct {
		policy, landing string
		remarks         []pull.Comment
		fault           error
		lands, reads    bool
	}{
		"bulldozer's file, nothing said": {landing: heldByWords, lands: true, reads: true},
		"bulldozer's file, held back":    {landing: heldByWords, remarks: hold, reads: true},
		"bulldozer's file, not readable": {landing: heldByWords, fault: lost, reads: true},
		"bulldozer's file is deaf":       {landing: heldByLabel, remarks: hold, lands: true},
		"our policy, nothing said":       {policy: listening, lands: true, reads: true},
		"our policy, held back":          {policy: listening, remarks: hold, reads: true},
		"our policy, not readable":       {policy: listening, fault: lost, reads: true},
		"our policy is deaf":             {policy: deaf, remarks: hold, lands: true},
		"both files, held back":          {policy: "version: 1\nrules: [{name: all, paths: [\"**\"], require: {}}]\n", landing: heldByWords, remarks: hold, reads: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := &annotatedGitHub{countingGitHub: countingGitHub{request: world().Request}, remarks: tt.remarks, fault: tt.fault}
			g.request.Policy, g.request.Landing = pull.Source{}, pull.Source{}
			if tt.policy != "" {
				g.request.Policy = pull.Source{Path: ".sallyport.yml", Blob: sha("9"), Text: tt.policy}
			}
			if tt.landing != "" {
				g.request.Landing = pull.Source{Path: ".bulldozer.yml", Blob: sha("6"), Text: tt.landing}
			}
			_, err := stillReconciler(g, &grantingStore{github: &g.countingGitHub}).Pass(t.Context(), pull.Work{Key: g.request.Key(), Repo: g.request.Repo})
			if !errors.Is(err, tt.fault) {
				t.Errorf("the pass ended with %v, want %v", err, tt.fault)
			}
			if landed := g.lookedLast > 0; landed != tt.lands {
				t.Errorf("a landing was tried: %v, want %v", landed, tt.lands)
			}
			if read := g.reads > 0; read != tt.reads {
				t.Errorf("lines were read: %v, want %v", read, tt.reads)
			}
		})
	}
}

// Whether somebody's words on a line may ask for the landing is found out in the same pass.
func TestTheStandingOfWhoeverAsksOnALineIsRead(t *testing.T) {
	for path, text := range map[string]string{
		".sallyport.yml": "version: 1\nrules: [{name: all, paths: [\"**\"], require: {}}]\nautomerge: {if: {comments: [ship it]}}\n",
		".bulldozer.yml": "version: 1\nmerge: {method: merge, trigger: {comments: [ship it]}}\n",
	} {
		g := &annotatedGitHub{countingGitHub: countingGitHub{request: world().Request},
			remarks: []pull.Comment{{ID: 7, Author: pull.Account{ID: 77, Login: "ken", Kind: pull.User}, Body: "ship it"}}}
		g.request.Policy, g.request.Landing = pull.Source{Path: path, Blob: sha("9"), Text: text}, pull.Source{}
		if path == ".bulldozer.yml" {
			g.request.Policy, g.request.Landing = g.request.Landing, g.request.Policy
		}
		_, err := stillReconciler(g, &grantingStore{github: &g.countingGitHub}).Pass(t.Context(), pull.Work{Key: g.request.Key(), Repo: g.request.Repo})
		if err != nil || !slices.Contains(g.asked, "ken") {
			t.Errorf("%s: asked about %v, error %v; want ken's standing asked for", path, g.asked, err)
		}
	}
}

// copyStore keeps what was saved last.
type copyStore struct {
	grantingStore
	saved pull.Record
}

func (s *copyStore) Save(_ context.Context, r pull.Record) error {
	s.saved = r
	return nil
}

func (*copyStore) Neighbours(context.Context, pull.Key, string, int) ([]pull.Record, int, error) {
	return nil, 0, nil
}

// News that is judged on a copy of the last snapshot leaves what was written on lines as it was read there.
func TestTheCopyKeepsWhatWasWrittenOnLines(t *testing.T) {
	g := &annotatedGitHub{countingGitHub: countingGitHub{request: world().Request}}
	g.request.Policy.Text = listening
	g.request.Remarks = []pull.Comment{{ID: 7, Author: ana, Body: "==DO_NOT_MERGE=="}}
	w := world()
	w.Request = g.request
	for _, report := range judge(w).Reports {
		if _, err := g.Publish(t.Context(), g.request.Repo, report); err != nil {
			t.Fatal(err)
		}
	}
	ci := pull.Check{Kind: pull.CheckRun, Name: "other", App: ciApp, ID: 9, Status: "completed", Conclusion: "success", StartedAt: noon}
	s := &copyStore{grantingStore: grantingStore{github: &g.countingGitHub}}
	_, err := stillReconciler(g, s).Pass(t.Context(), pull.Work{Key: g.request.Key(), Repo: g.request.Repo, News: []pull.News{{Check: &ci, SHA: g.request.Head.SHA}},
		Last: &pull.Record{State: StateOpen, Request: g.request}})
	if err != nil || g.looks != 0 || g.reads != 0 {
		t.Errorf("%d looks, lines read %d times, error %v; want the copy to be enough", g.looks, g.reads, err)
	}
	if len(s.saved.Request.Remarks) != 1 || len(s.saved.Request.Checks) != len(g.request.Checks)+1 {
		t.Errorf("saved with %d remarks and %d checks", len(s.saved.Request.Remarks), len(s.saved.Request.Checks))
	}
}

// Whoever tries a policy that listens hears what is written on lines; of one that is deaf nothing is asked.
func TestASimulatedPolicyListensOnLinesOfTheDiff(t *testing.T) {
	g := &annotatedGitHub{remarks: []pull.Comment{{ID: 7, Author: ana, Body: "==DO_NOT_MERGE=="}}}
	record := pull.Record{Request: world().Request}
	for text, held := range map[string]bool{listening: true, deaf: false} {
		g.reads = 0
		s, err := simulator(g).SimulateRecord(t.Context(), record, WhatIf{Policy: &pull.Source{Path: ".sallyport.yml", Text: text}}, true)
		if err != nil || s.Verdict(pull.GateAutomerge).Has("vetoed") != held || g.reads > 0 != held {
			t.Errorf("%s: vetoed %v, lines read %d times, %v; want %v", text, s.Verdict(pull.GateAutomerge).Has("vetoed"), g.reads, err, held)
		}
	}
}
