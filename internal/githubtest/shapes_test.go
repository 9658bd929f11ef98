package githubtest

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// testdata/webhook_shapes.json holds, for each event and each object within it, the keys that all of GitHub's example
// deliveries have there. Every webhook that the simulator sends must have them too.
func TestWebhooksHaveTheOfficialShape(t *testing.T) {
	raw, err := os.ReadFile("testdata/webhook_shapes.json")
	check(t, err)
	var shapes map[string]map[string][]string
	check(t, json.Unmarshal(raw, &shapes))
	w := newWorld(t, Options{})
	liveThroughEverything(w)
	w.settle()
	seen := map[string]bool{}
	for _, e := range w.events.take() {
		want, known := shapes[e.Name]
		if !known {
			t.Errorf("%s is no event with an example", e.Name)
			continue
		}
		seen[e.Name] = true
		got := e.json(t)
		compareShape(t, e.Name, "", want, got)
		if e.Name != "installation" && e.Name != "installation_repositories" && got["installation"] == nil {
			t.Errorf("%s names no installation", e.Name)
		}
	}
	for name := range shapes {
		if !seen[name] {
			t.Errorf("%s was never sent", name)
		}
	}
}

func compareShape(t *testing.T, event, path string, want map[string][]string, got any) {
	t.Helper()
	switch v := got.(type) {
	case map[string]any:
		for _, key := range want[path] {
			if _, ok := v[key]; !ok {
				t.Errorf("%s: %s lacks %q", event, path, key)
			}
		}
		for key, below := range v {
			at := key
			if path != "" {
				at = path + "." + key
			}
			compareShape(t, event, at, want, below)
		}
	case []any:
		for _, below := range v {
			compareShape(t, event, path+"[]", want, below)
		}
	}
}

// liveThroughEverything makes every kind of event happen.
func liveThroughEverything(w *world) {
	p := w.pull("feature", "a.txt", "a\n")
	w.installation.Permit("statuses", "read")
	w.installation.Select(w.repo, true)
	check(w.t, w.repo.Status(w.bob, p.Head(), "lint", "pending"))
	_, err := w.repo.CheckRun(w.app, "duo", p.Head(), "completed", "success")
	check(w.t, err)
	check(w.t, w.repo.RerunSuite(w.bob, w.app, p.Head()))
	r, err := p.Review(w.alice, pull.Approved, "")
	check(w.t, err)
	check(w.t, p.DismissReview(r, w.alice, "no"))
	c := p.Comment(w.bob, "hello")
	p.EditComment(c, w.bob, "hello you")
	p.DeleteComment(c, w.bob)
	remark, err := p.Remark(w.bob, "this line")
	check(w.t, err)
	p.EditRemark(remark, w.bob, "that line")
	p.DeleteRemark(remark, w.bob)
	p.Label(w.bob, "x")
	team := w.org.Team("ops")
	team.Add(w.bob)
	team.Remove(w.bob)
	w.org.Leave(w.bob)
	w.repo.Grant(w.bob, pull.Write)
	w.repo.GrantTeam(team, pull.Maintain)
	w.repo.Protect(w.alice, Protection{Pattern: "main", Checks: []RequiredCheck{{"build", 0}}})
	w.repo.Rename("infrastructure")
	_, err = p.MergeBy(w.alice, "merge")
	check(w.t, err)
	check(w.t, w.repo.DeleteBranch(w.bob, "feature"))
	w.repo.Unprotect(w.alice, "main")
	w.repo.AddRuleset(Ruleset{Name: "queue", Include: []string{"main"}, Rules: []Rule{{Type: "merge_queue", MinEntries: 2}}})
	queued := w.pull("queued", "b.txt", "b\n")
	check(w.t, queued.EnqueueBy(w.bob, false))
	check(w.t, queued.DequeueBy(w.bob))
}

// Every route that reads is asked once, and the harness holds every exchange to GitHub's published description.
func TestReadsHaveTheOfficialShape(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.pull("feature", "a.txt", "a\n")
	w.repo.Protect(w.alice, Protection{Pattern: "main", Checks: []RequiredCheck{{"build", w.ci.ID}}, Reviews: 1, Restricted: true, Pushers: []*Account{w.bob}, PushApps: []*App{w.app}})
	ruleset := w.repo.AddRuleset(Ruleset{Name: "all", Include: []string{"main"}, Bypass: []Bypass{{App: w.app}, {Role: pull.Admin}}, Rules: []Rule{
		{Type: "required_status_checks", Checks: []RequiredCheck{{"build", w.ci.ID}, {"lint", 0}}}, {Type: "pull_request", Reviews: 1},
		{Type: "merge_queue"}, {Type: "update"}, {Type: "non_fast_forward"}, {Type: "required_linear_history"}, {Type: "required_signatures"},
	}})
	run, err := w.repo.CheckRun(w.ci, "build", p.Head(), "completed", "success")
	check(t, err)
	check(t, w.repo.Status(w.bob, p.Head(), "lint", "success"))
	_, err = p.Review(w.alice, pull.Approved, "fine")
	check(t, err)
	c := p.Comment(w.bob, "hello")
	_, err = p.Remark(w.bob, "this line")
	check(t, err)
	p.Label(w.bob, "x")
	team := w.org.Team("ops")
	team.Add(w.bob)
	w.repo.GrantTeam(team, pull.Write)
	w.settle()
	var o struct{ Tree struct{ SHA string } }
	w.want(200, "GET", "/repos/acme/infra/git/commits/"+p.Head(), nil, &o)
	var listing struct{ Tree []struct{ SHA, Path string } }
	w.want(200, "GET", "/repos/acme/infra/git/trees/"+o.Tree.SHA+"?recursive=1", nil, &listing)
	r := "/repos/acme/infra"
	for _, path := range []string{
		r, r + "/collaborators", r + "/collaborators/bob/permission", r + "/teams", r + "/activity", r + "/contents/README.md", r + "/contents/",
		r + "/contents/a.txt?ref=feature", r + "/pulls", r + "/pulls?state=all&sort=updated", r + "/pulls/1", r + "/pulls/1/commits", r + "/pulls/1/files",
		r + "/pulls/1/reviews", r + "/pulls/1/comments", r + "/pulls/1/comments?per_page=100&page=2", r + "/issues", r + "/issues?state=all&sort=created&direction=asc&since=2020-01-01T00:00:00Z&per_page=100", r + "/issues/1", r + "/issues/1/comments", r + "/issues/1/labels", r + "/labels",
		r + fmt.Sprintf("/issues/comments/%d", c.ID), r + fmt.Sprintf("/check-runs/%d", run.ID), r + fmt.Sprintf("/check-runs/%d/annotations", run.ID),
		r + "/commits/feature/check-runs", r + "/commits/feature/check-suites", r + "/commits/feature/status", r + "/commits/feature/statuses",
		r + "/commits", r + "/commits/feature", r + "/commits/" + p.Head() + "/pulls", r + "/compare/main...feature", r + "/branches", r + "/branches/main",
		r + "/git/blobs/" + listing.Tree[0].SHA, r + "/git/ref/heads/main", r + "/git/matching-refs/heads/", r + "/branches/main/protection",
		r + "/branches/main/protection/required_status_checks", r + "/rules/branches/main", r + "/rulesets", r + fmt.Sprintf("/rulesets/%d", ruleset),
		"/installation/repositories", "/orgs/acme", "/orgs/acme/teams", "/orgs/acme/teams/ops", "/orgs/acme/teams/ops/members",
		"/orgs/acme/teams/ops/memberships/bob", "/orgs/acme/memberships/bob", "/users/bob", "/rate_limit", "/meta",
	} {
		w.want(200, "GET", path, nil, nil)
	}
	for _, path := range []string{"/orgs/acme/members/bob", r + "/collaborators/bob"} {
		w.want(204, "GET", path, nil, nil)
	}
	for _, path := range []string{"/app", "/app/installations", "/orgs/acme/installation", r + "/installation", "/app/hook/deliveries", "/app/hook/config",
		fmt.Sprintf("/app/installations/%d", w.installation.ID), fmt.Sprintf("/app/hook/deliveries/%d", w.app.Deliveries()[0].ID)} {
		if got := w.callAs(w.jwt(), "GET", path, nil, nil).StatusCode; got != 200 {
			t.Errorf("GET %s: got %d want 200", path, got)
		}
	}
	if got := w.callAs(w.hub.UserToken(w.bob), "GET", "/user", nil, nil).StatusCode; got != 200 {
		t.Errorf("GET /user: got %d want 200", got)
	}
}

// Every route that writes is used once, under the same scrutiny.
func TestWritesHaveTheOfficialShape(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.pull("feature", "a.txt", "a\n")
	r := "/repos/acme/infra"
	w.installation.Permit("statuses", "write")
	var made struct {
		ID  int64
		SHA string
	}
	w.want(201, "POST", r+"/check-runs", object{"name": "duo", "head_sha": p.Head(), "status": "in_progress"}, &made)
	w.want(200, "PATCH", r+fmt.Sprintf("/check-runs/%d", made.ID), object{"status": "completed", "conclusion": "success"}, nil)
	w.want(201, "POST", r+"/statuses/"+p.Head(), object{"state": "success", "context": "lint"}, nil)
	w.want(201, "POST", r+"/issues/1/comments", object{"body": "hello"}, &made)
	comment := made.ID
	w.want(201, "POST", r+fmt.Sprintf("/issues/comments/%d/reactions", comment), object{"content": "eyes"}, nil)
	w.want(200, "PATCH", r+fmt.Sprintf("/issues/comments/%d", comment), object{"body": "hello you"}, nil)
	w.want(204, "DELETE", r+fmt.Sprintf("/issues/comments/%d", comment), nil, nil)
	w.want(200, "POST", r+"/issues/1/labels", object{"labels": []string{"x"}}, nil)
	w.want(200, "DELETE", r+"/issues/1/labels/x", nil, nil)
	var issue struct{ Number int }
	w.want(201, "POST", r+"/issues", object{"title": "Look at this", "body": "It broke."}, &issue)
	w.want(200, "GET", r+fmt.Sprintf("/issues/%d", issue.Number), nil, nil)
	w.want(200, "GET", r+"/issues", nil, nil)
	w.want(422, "POST", r+"/issues", object{"title": " "}, nil)
	w.repo.SetIssues(false)
	w.want(410, "POST", r+"/issues", object{"title": "Look at this"}, nil)
	w.want(200, "PATCH", r+"/pulls/1", object{"title": "Another"}, nil)
	w.want(200, "POST", r+"/pulls/1/reviews", object{"event": "COMMENT", "body": "hm"}, nil)
	w.want(201, "POST", r+"/pulls/1/comments", object{"body": "this line", "commit_id": p.Head(), "path": "a.txt", "line": 1}, nil)
	w.want(422, "POST", r+"/pulls/1/comments", object{"body": "that line", "commit_id": p.Head(), "path": "b.txt", "line": 1}, nil)
	w.commit("main", "c.txt", "c\n", w.alice)
	w.want(202, "PUT", r+"/pulls/1/update-branch", object{"expected_head_sha": p.Head()}, nil)

	w.want(201, "POST", r+"/git/blobs", object{"content": "aGVsbG8=", "encoding": "base64"}, &made)
	w.want(201, "POST", r+"/git/trees", object{"tree": []object{{"path": "d/x.txt", "mode": "100644", "type": "blob", "sha": made.SHA}}}, &made)
	w.want(201, "POST", r+"/git/commits", object{"message": "made", "tree": made.SHA, "parents": []string{w.repo.Branch("main")},
		"author": object{"name": "A", "email": "a@example.com", "date": "2024-05-06T07:08:09Z"}}, &made)
	w.want(201, "POST", r+"/git/refs", object{"ref": "refs/heads/made", "sha": made.SHA}, nil)
	w.want(204, "DELETE", r+"/git/refs/heads/made", nil, nil)
	w.want(200, "PUT", r+"/pulls/1/merge", nil, nil)
	gitOut(t, w.repo, "fsck", "--strict", "--no-dangling")
}

func TestPagesAreCutAndLinked(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.pull("feature", "a.txt", "a\n")
	var want []string
	for i := range 7 {
		p.Comment(w.bob, fmt.Sprint(i))
		want = append(want, fmt.Sprint(i))
	}
	var got []string
	for n, last := 1, false; !last; n++ {
		var out []struct{ Body string }
		res := w.want(200, "GET", fmt.Sprintf("/repos/acme/infra/issues/1/comments?per_page=3&page=%d", n), nil, &out)
		for _, c := range out {
			got = append(got, c.Body)
		}
		last = !strings.Contains(res.Header.Get("Link"), `rel="next"`)
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages: got %v want %v", got, want)
	}
}
