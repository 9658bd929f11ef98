package hub

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func intentOf(r pull.Request, method string) pull.Intent {
	return pull.Intent{Binding: pull.Binding{Repo: r.Repo.ID, Number: r.Number, Branch: r.Base.Branch, Base: r.Base.SHA,
		Head: r.Head.SHA, Tree: r.Test.Tree, Merge: r.Test.SHA, Method: method}}
}

const landingText = "Change change (#1)\n\nWhy it changes\n\nSallyport-Policy: abc"

func TestMergeLandsWhatWasAgreedTo(t *testing.T) {
	for _, method := range []string{pull.MethodMerge, pull.MethodSquash, pull.MethodRebase} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t)
			w.commit("change", map[string]string{"prod/app.nomad": "two\n"}, githubtest.Message("First step"))
			w.commit("change", map[string]string{"prod/db.nomad": "db\n"}, githubtest.Message("Second step"))
			p := w.open("change")
			// The head does not contain the base, so that a rebase has something to do.
			w.commit("main", map[string]string{"other": "1"})
			r := w.snapshot(p)
			sha := must(w.hub.Merge(context.Background(), r, intentOf(r, method), landingText))(t)
			if sha != w.repo.Branch("main") {
				t.Fatalf("landed %s, main is %s", sha, w.repo.Branch("main"))
			}
			after := w.snapshot(p)
			got := after.Landed
			if after.State != pull.Merged || got.SHA != sha || got.Tree != r.Test.Tree || got.Under != r.Base.SHA || got.At.IsZero() {
				t.Errorf("landed %+v in state %s, want tree %s on %s", got, after.State, r.Test.Tree, r.Base.SHA)
			}
			if got.By.Kind != pull.Bot || got.By.Login != "sallyport[bot]" {
				t.Errorf("landed by %+v, want our bot", got.By)
			}
			c := must(w.hub.Commit(context.Background(), w.asRepo(), sha))(t)
			if method != pull.MethodRebase && c.Message != landingText {
				t.Errorf("message is %q, want %q", c.Message, landingText)
			}
			if diff := cmp.Diff(c.Parents, got.Parents); diff != "" {
				t.Errorf("parents differ:\n%s", diff)
			}
		})
	}
}

func TestFastForwardedPullRequestStandsOnItsBase(t *testing.T) {
	w := newWorld(t)
	base := w.repo.Branch("main")
	w.commit("change", map[string]string{"a": "1"}, githubtest.Message("One"))
	w.commit("change", map[string]string{"a": "2"}, githubtest.Message("Two"))
	p := w.open("change")
	if err := w.repo.Push(w.bo, "main", p.Head(), false); err != nil {
		t.Fatal(err)
	}
	if got := w.snapshot(p).Landed; got.SHA != p.Head() || got.Under != base {
		t.Errorf("landed %+v, want %s standing on %s", got, p.Head(), base)
	}
}

// A squash whose message equals the last commit's must not be taken for a rebase.
func TestSquashThatLooksLikeARebase(t *testing.T) {
	own := []pull.Commit{{Message: "One", AuthorEmail: "a@x"}, {Message: "Two", AuthorEmail: "a@x"}}
	node := func(message, email string) historyNode {
		return historyNode{Message: message, Author: &identity{Email: email}, Parents: page[objectID]{Nodes: []objectID{{"p"}}}}
	}
	for name, c := range map[string]struct {
		line []historyNode
		want bool
	}{
		"rebase":         {[]historyNode{node("Two", "a@x"), node("One", "a@x")}, true},
		"squash":         {[]historyNode{node("Two", "a@x"), node("Before", "a@x")}, false},
		"another author": {[]historyNode{node("Two", "a@x"), node("One", "b@x")}, false},
		"short history":  {[]historyNode{node("Two", "a@x")}, false},
	} {
		if got := rebased(c.line, own); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMergeRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		before func(w *world, p *githubtest.Pull)
		class  pull.Class
		code   string
	}{
		"head moved": {func(w *world, p *githubtest.Pull) { w.commit("change", map[string]string{"x": "1"}) }, pull.Transient, "head-moved"},
		"conflict":   {func(w *world, p *githubtest.Pull) { w.commit("main", map[string]string{"prod/app.nomad": "3"}) }, pull.Transient, "not-mergeable"},
		"draft":      {func(w *world, p *githubtest.Pull) { p.SetDraft(w.alice, true) }, pull.Permanent, "draft"},
		"no method":  {func(w *world, p *githubtest.Pull) { w.repo.SetMerge(githubtest.MergeSettings{Squash: true}) }, pull.Permanent, "method-not-allowed"},
		"protected": {func(w *world, p *githubtest.Pull) {
			w.repo.Protect(w.bo, githubtest.Protection{Pattern: "main", Checks: []githubtest.RequiredCheck{{Name: "build"}}})
		}, pull.Permanent, "protected"},
		"ruleset": {func(w *world, p *githubtest.Pull) {
			w.repo.AddRuleset(githubtest.Ruleset{Name: "r", Include: []string{"main"}, Rules: []githubtest.Rule{{Type: "pull_request", Reviews: 1}}})
		}, pull.Permanent, "protected"},
		"read only":   {func(w *world, p *githubtest.Pull) { w.install.Permit("contents", "read") }, pull.Permanent, "no-permission"},
		"secondary":   {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.SecondaryLimit(time.Minute))) }, pull.Transient, "github-rate-limit"},
		"500":         {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.Refuse(500))) }, pull.Unknown, "outcome-unknown"},
		"502":         {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.Refuse(502))) }, pull.Unknown, "outcome-unknown"},
		"503":         {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.Refuse(503))) }, pull.Unknown, "outcome-unknown"},
		"422":         {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.Refuse(422))) }, pull.Permanent, "refused"},
		"404":         {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.Refuse(404))) }, pull.Permanent, "not-found"},
		"409":         {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.Refuse(409))) }, pull.Transient, "head-moved"},
		"base moved":  {says("Base branch was modified. Review and try the merge again."), pull.Transient, "base-modified"},
		"at it":       {says("Merge already in progress"), pull.Transient, "not-mergeable"},
		"merge queue": {says("Changes must be made through the merge queue"), pull.Permanent, "protected"},
		"lost answer": {func(w *world, p *githubtest.Pull) { w.gh.Fault(faultOn(githubtest.Fault{LoseAnswer: true})) }, pull.Unknown, "outcome-unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			r := w.snapshot(p)
			c.before(w, p)
			_, err := w.hub.Merge(context.Background(), r, intentOf(r, pull.MethodMerge), landingText)
			wantFailure(t, err, c.class, c.code)
		})
	}
}

// faultOn lets a fault strike merges alone.
func faultOn(f githubtest.Fault) githubtest.Fault {
	f.Method, f.Path = http.MethodPut, "/repos/*/*/pulls/*/merge"
	return f
}

func says(message string) func(*world, *githubtest.Pull) {
	return func(w *world, _ *githubtest.Pull) {
		w.gh.Fault(faultOn(githubtest.Fault{Status: 405, Body: `{"message":"` + message + `"}`}))
	}
}

func TestThreat76WorkflowsPermissionIsNamed(t *testing.T) {
	w := newWorld(t)
	r := w.snapshot(w.change())
	says("refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission")(w, nil)
	_, err := w.hub.Merge(context.Background(), r, intentOf(r, pull.MethodMerge), landingText)
	f := wantFailure(t, err, pull.Permanent, "workflows-permission")
	if !strings.Contains(f.Error(), "`workflows` permission") {
		t.Errorf("GitHub's sentence is lost: %v", f)
	}
}

// Moving the branch is refused in other words than merging is.
func TestThreat76WorkflowsPermissionIsNamedWhereTheBranchMoves(t *testing.T) {
	for said, want := range map[string]string{
		"refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission": "workflows-permission",
		"Repository rule violations found": "protected",
	} {
		if f, ok := asFailure(moveRefusal(graphError{Message: said})); !ok || f.Class != pull.Permanent || f.Code != want || f.Error() == "" {
			t.Errorf("%s: got %v, want %s", said, f, want)
		}
	}
}

// Whether the merge happened decides whether it may be tried again: only before anything was sent is it certain.
func TestThreat64LostConnections(t *testing.T) {
	w := newWorld(t)
	r := w.snapshot(w.change())
	merge := func(h *Hub) error {
		_, err := h.Merge(context.Background(), r, intentOf(r, pull.MethodMerge), landingText)
		return err
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	wantFailure(t, merge(w.connect(closed.URL)), pull.Transient, "github-unreachable")

	hung := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/access_tokens") {
			w.gh.Handler().ServeHTTP(rw, req)
			return
		}
		<-hung
	}))
	defer slow.Close()
	defer close(hung)
	short := func(c *Config) { c.Timeout = 300 * time.Millisecond }
	wantFailure(t, merge(w.connect(slow.URL, short)), pull.Unknown, "outcome-unknown")

	gone, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := w.hub.Merge(gone, r, intentOf(r, pull.MethodMerge), landingText)
	wantFailure(t, err, pull.Transient, "github-unreachable")
	if got := w.repo.Branch("main"); got != r.Base.SHA {
		t.Errorf("main moved to %s", got)
	}
}

func TestMergeAnswerWithoutACommitIsUnknown(t *testing.T) {
	for name, body := range map[string]string{"empty": `{}`, "not merged": `{"merged":false,"sha":"x"}`, "no JSON": `<html>`, "nothing": ``} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.snapshot(w.change())
			w.gh.Fault(faultOn(githubtest.Fault{Status: 200, Body: body}))
			_, err := w.hub.Merge(context.Background(), r, intentOf(r, pull.MethodMerge), landingText)
			wantFailure(t, err, pull.Unknown, "outcome-unknown")
			w.gh.Heal()
		})
	}
}

func TestMergeNeedsAHead(t *testing.T) {
	w := newWorld(t)
	r := w.snapshot(w.change())
	i := intentOf(r, pull.MethodMerge)
	i.Binding.Head = ""
	_, err := w.hub.Merge(context.Background(), r, i, landingText)
	wantFailure(t, err, pull.Permanent, "refused")
}
