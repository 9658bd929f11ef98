package githubtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const moveRefs = `mutation Land($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`

func (sc *scene) move(updates ...map[string]any) reply {
	sc.t.Helper()
	return sc.post(moveRefs, map[string]any{"input": map[string]any{
		"repositoryId": nodeID("R", sc.repo.ID), "clientMutationId": "mine", "refUpdates": updates}})
}

func ref(branch, before, after string) map[string]any {
	return map[string]any{"name": "refs/heads/" + branch, "beforeOid": before, "afterOid": after}
}

func TestUpdateRefsComparesAndSwaps(t *testing.T) {
	sc := newScene(t, Options{})
	base, head := sc.repo.Branch("main"), sc.pull.Head()
	if got := sc.refusal(sc.move(ref("main", head, base))); !strings.HasPrefix(got, "STALE_DATA updateRefs:") {
		t.Errorf("stale: got %q", got)
	}
	if sc.repo.Branch("main") != base {
		t.Fatal("a refused update moved the branch")
	}
	out := sc.move(ref("main", base, head))
	if diff := cmp.Diff(map[string]any{"updateRefs": map[string]any{"clientMutationId": "mine"}}, out.Data); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if got := sc.repo.Branch("main"); got != head {
		t.Errorf("got main at %s, want %s", got, head)
	}
	if got := sc.pull.State(); got != "merged" {
		t.Errorf("got pull request %s, want merged", got)
	}
	if c := sc.s.Calls(); !c[len(c)-1].Write || c[len(c)-1].Operation != "Land" {
		t.Errorf("got call %+v, want a write named Land", c[len(c)-1])
	}
	sc.clean()
}

func TestUpdateRefsIsAllOrNothing(t *testing.T) {
	sc := newScene(t, Options{})
	base, head := sc.repo.Branch("main"), sc.pull.Head()
	out := sc.move(ref("main", base, head), ref("topic", base, base))
	if got := sc.refusal(out); !strings.HasPrefix(got, "STALE_DATA updateRefs:") {
		t.Errorf("got %q", got)
	}
	if sc.repo.Branch("main") != base {
		t.Error("the first ref moved although the second one was refused")
	}
}

func TestUpdateRefsCreatesAndDeletes(t *testing.T) {
	sc := newScene(t, Options{})
	head := sc.pull.Head()
	if out := sc.move(ref("fresh", zeroSHA, head)); len(out.Errors) > 0 || sc.repo.Branch("fresh") != head {
		t.Errorf("create: got %+v", out.Errors)
	}
	if got := sc.refusal(sc.move(ref("fresh", zeroSHA, head))); !strings.HasPrefix(got, "STALE_DATA") {
		t.Errorf("create again: got %q", got)
	}
	if got := sc.refusal(sc.move(ref("fresh", head, zeroSHA))); !strings.Contains(got, "not a fast forward") {
		t.Errorf("delete, not forced: got %q", got)
	}
	gone := ref("fresh", head, zeroSHA)
	gone["force"] = true
	if out := sc.move(gone); len(out.Errors) > 0 || sc.repo.Branch("fresh") != "" {
		t.Errorf("delete: got %+v", out.Errors)
	}
}

func TestUpdateRefsMeetsProtection(t *testing.T) {
	rules := []Rule{{Type: "required_status_checks", Checks: []RequiredCheck{{Name: "build"}}}}
	for _, c := range []struct {
		name  string
		setup func(*scene)
		want  string
	}{
		{"history is not rewritten without force", func(sc *scene) {
			sc.commit("main", map[string]string{"x": "y"}, sc.ann)
		}, "UNPROCESSABLE updateRefs: Reference update failed: update is not a fast forward"},
		{"ruleset", func(sc *scene) {
			sc.repo.AddRuleset(Ruleset{Name: "gate", Include: []string{"main"}, Rules: rules})
		}, "UNPROCESSABLE updateRefs: Repository rule violations found\n\nRequired status check \"build\" is expected."},
		{"ruleset that lets the app pass", func(sc *scene) {
			sc.repo.AddRuleset(Ruleset{Name: "gate", Include: []string{"main"}, Rules: rules, Bypass: []Bypass{{App: sc.app}}})
		}, ""},
		{"classic protection", func(sc *scene) {
			sc.repo.Protect(sc.ann, Protection{Pattern: "main", Restricted: true, Pushers: []*Account{sc.ann}})
		}, "not authorized to push to this branch"},
		{"no permission", func(sc *scene) { sc.install.Permit("contents", "read") }, "FORBIDDEN updateRefs: Resource not accessible by integration"},
		{"archived", func(sc *scene) { sc.repo.SetArchived(true) }, "FORBIDDEN updateRefs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sc := newScene(t, Options{})
			c.setup(sc)
			base, head := sc.repo.Branch("main"), sc.pull.Head()
			out := sc.move(ref("main", base, head))
			if c.want == "" {
				if len(out.Errors) > 0 || sc.repo.Branch("main") != head {
					t.Errorf("got %+v, want main moved", out.Errors)
				}
				return
			}
			if got := sc.refusal(out); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if sc.repo.Branch("main") != base {
				t.Error("a refused update moved the branch")
			}
			sc.clean()
		})
	}
}

func TestUpdateRefsNeedsWorkflowsForWorkflows(t *testing.T) {
	sc := newScene(t, Options{})
	sc.install.Permit("workflows", "")
	head := sc.commit("topic", map[string]string{".github/workflows/ci.yml": "on: push\n"}, sc.bob)
	out := sc.move(ref("main", sc.repo.Branch("main"), head))
	if got := sc.refusal(out); !strings.Contains(got, "without `workflows` permission") {
		t.Errorf("got %q", got)
	}
	sc.install.Permit("workflows", "write")
	if out := sc.move(ref("main", sc.repo.Branch("main"), head)); len(out.Errors) > 0 {
		t.Errorf("with the permission: got %+v", out.Errors)
	}
}

func TestCheckRunMutations(t *testing.T) {
	sc := newScene(t, Options{})
	repo, head := nodeID("R", sc.repo.ID), sc.pull.Head()
	const create = `mutation($in: CreateCheckRunInput!) { createCheckRun(input: $in) { checkRun { id databaseId status title } } }`
	got := at(sc.ask(create, map[string]any{"in": map[string]any{
		"repositoryId": repo, "name": "sallyport/approval", "headSha": head, "status": "IN_PROGRESS", "startedAt": "2026-01-02T03:04:05Z",
		"output":  map[string]any{"title": "Waiting", "summary": "for you"},
		"actions": []any{map[string]any{"label": "Ask", "description": "Ask again", "identifier": "duo"}},
	}}), "createCheckRun", "checkRun")
	if at(got, "status") != "IN_PROGRESS" || at(got, "title") != "Waiting" {
		t.Fatalf("got %v", got)
	}
	const update = `mutation($in: UpdateCheckRunInput!) { updateCheckRun(input: $in) { checkRun { status conclusion startedAt annotations(first: 1) {
		nodes { path message annotationLevel location { start { line } } } } } } }`
	updated := sc.ask(update, map[string]any{"in": map[string]any{
		"repositoryId": repo, "checkRunId": at(got, "id"), "status": "COMPLETED", "conclusion": "FAILURE",
		"output": map[string]any{"title": "No", "summary": "no", "annotations": []any{map[string]any{
			"path": ".sallyport.yml", "message": "Odd.", "annotationLevel": "FAILURE", "location": map[string]any{"startLine": 2, "endLine": 3}}}},
	}})
	want := map[string]any{"status": "COMPLETED", "conclusion": "FAILURE", "startedAt": "2026-01-02T03:04:05Z", "annotations": map[string]any{
		"nodes": []any{map[string]any{"path": ".sallyport.yml", "message": "Odd.", "annotationLevel": "FAILURE",
			"location": map[string]any{"start": map[string]any{"line": 2.0}}}}}}
	if diff := cmp.Diff(want, at(updated, "updateCheckRun", "checkRun")); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}
	view, ok := sc.repo.FindCheckRun(sc.app, "sallyport/approval", head)
	if !ok || cmp.Diff([]string{"duo"}, view.Buttons) != "" {
		t.Errorf("got check run %+v, want one with the button duo", view)
	}
}

func TestCheckRunsOfOthersAreNotOurs(t *testing.T) {
	sc := newScene(t, Options{})
	ci := must[*App](t)(sc.s.App(AppOptions{Slug: "ci"}))
	run := must[*CheckRun](t)(sc.repo.CheckRun(ci, "build", sc.pull.Head(), "in_progress", ""))
	in := map[string]any{"in": map[string]any{"repositoryId": nodeID("R", sc.repo.ID), "checkRunId": nodeID("CR", run.ID), "conclusion": "SUCCESS"}}
	out := sc.post(`mutation($in: UpdateCheckRunInput!) { updateCheckRun(input: $in) { clientMutationId } }`, in)
	if got := sc.refusal(out); !strings.Contains(got, "can only be modified by the GitHub App that created it") {
		t.Errorf("got %q", got)
	}
	in = map[string]any{"in": map[string]any{"repositoryId": nodeID("R", sc.repo.ID), "name": "mine", "headSha": sc.pull.Head()}}
	out = sc.postAs(sc.ann, `mutation($in: CreateCheckRunInput!) { createCheckRun(input: $in) { clientMutationId } }`, in)
	if got := sc.refusal(out); !strings.HasPrefix(got, "FORBIDDEN createCheckRun:") {
		t.Errorf("a person: got %q", got)
	}
}

func TestMergeCommentAndClose(t *testing.T) {
	sc := newScene(t, Options{})
	id := nodeID("PR", sc.pull.ID)
	merge := `mutation($id: ID!, $head: GitObjectID) { mergePullRequest(input: {pullRequestId: $id, expectedHeadOid: $head}) {
		actor { login } pullRequest { state mergedBy { login } mergeCommit { parents(first: 2) { totalCount } } } } }`
	out := sc.post(merge, map[string]any{"id": id, "head": sc.repo.Branch("main")})
	if got := sc.refusal(out); !strings.HasPrefix(got, "UNPROCESSABLE mergePullRequest: Head branch was modified.") {
		t.Errorf("another head: got %q", got)
	}
	comment := sc.ask(`mutation($id: ID!) { addComment(input: {subjectId: $id, body: "Soon."}) { commentEdge { node { body author { login } } } subject { id } } }`,
		map[string]any{"id": id})
	want := map[string]any{"commentEdge": map[string]any{"node": map[string]any{"body": "Soon.", "author": map[string]any{"login": "sallyport"}}},
		"subject": map[string]any{"id": id}}
	if diff := cmp.Diff(want, comment["addComment"]); diff != "" {
		t.Errorf("comment (-want +got):\n%s", diff)
	}
	got := sc.ask(merge, map[string]any{"id": id, "head": sc.pull.Head()})
	want = map[string]any{"actor": map[string]any{"login": "sallyport"}, "pullRequest": map[string]any{"state": "MERGED",
		"mergedBy": map[string]any{"login": "sallyport"}, "mergeCommit": map[string]any{"parents": map[string]any{"totalCount": 2.0}}}}
	if diff := cmp.Diff(want, got["mergePullRequest"]); diff != "" {
		t.Errorf("merge (-want +got):\n%s", diff)
	}
	sc.commit("other", map[string]string{"x": "y"}, sc.bob)
	second := must[*Pull](t)(sc.repo.OpenPull(sc.bob, "Second", "other", "main"))
	closed := sc.ask(`mutation($id: ID!) { closePullRequest(input: {pullRequestId: $id}) { pullRequest { state timelineItems(first: 5, itemTypes: [CLOSED_EVENT]) {
		nodes { __typename ... on ClosedEvent { actor { login } } } } } } }`, map[string]any{"id": nodeID("PR", second.ID)})
	want = map[string]any{"state": "CLOSED", "timelineItems": map[string]any{"nodes": []any{map[string]any{"__typename": "ClosedEvent", "actor": map[string]any{"login": "sallyport"}}}}}
	if diff := cmp.Diff(want, at(closed, "closePullRequest", "pullRequest")); diff != "" {
		t.Errorf("close (-want +got):\n%s", diff)
	}
}
