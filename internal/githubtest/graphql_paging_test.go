package githubtest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

// pages walks a connection of the pull request to its end and returns the values of one field.
func (sc *scene) pages(connection, node, field string, size int) []any {
	sc.t.Helper()
	query := fmt.Sprintf(`query($after: String, $n: Int!) { repository(owner: "acme", name: "prod") { pullRequest(number: $n) {
		list: %s(first: %d, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { %s } } } } }`, connection, size, node)
	var all []any
	var after any
	for range 50 {
		list := at(sc.ask(query, map[string]any{"n": sc.pull.Number, "after": after}), "repository", "pullRequest", "list")
		for _, n := range at(list, "nodes").([]any) {
			all = append(all, at(n, field))
		}
		if at(list, "pageInfo", "hasNextPage") != true {
			return all
		}
		after = at(list, "pageInfo", "endCursor")
	}
	sc.t.Fatal("the pages never end")
	return nil
}

func TestPagesAreWholeAndInOrder(t *testing.T) {
	sc := newScene(t, Options{})
	var shas, labels, reviews []any
	shas = append(shas, sc.pull.Head())
	for i := range 6 {
		shas = append(shas, sc.commit("topic", map[string]string{fmt.Sprintf("prod/%d.hcl", i): "x"}, sc.bob))
		label := fmt.Sprintf("label-%d", i)
		sc.pull.Label(sc.bob, label)
		labels = append(labels, label)
		review := must[*Review](t)(sc.pull.Review(sc.ann, pull.Commented, "Hm."))
		reviews = append(reviews, fmt.Sprint(review.ID))
	}
	for name, c := range map[string]struct{ got, want []any }{
		"commits": {sc.pages("commits", "oid: commit { oid }", "oid", 2), nil},
		"labels":  {sc.pages("labels", "name", "name", 4), labels},
		"reviews": {sc.pages("reviews", "fullDatabaseId", "fullDatabaseId", 1), reviews},
		"files": {sc.pages("files", "path", "path", 3), []any{"prod/0.hcl", "prod/1.hcl", "prod/2.hcl", "prod/3.hcl", "prod/4.hcl",
			"prod/5.hcl", "prod/job.hcl"}},
	} {
		if name == "commits" {
			for i, v := range c.got {
				c.got[i] = at(v, "oid")
			}
			c.want = shas
		}
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// chain puts empty commits onto a tip, in one go, and returns the last one.
func (sc *scene) chain(tip string, n int) string {
	sc.t.Helper()
	sc.s.mu.Lock()
	defer sc.s.mu.Unlock()
	c := *must[*commitObject](sc.t)(sc.repo.git.commit(tip))
	var objects []gitObject
	for i := range n {
		c.Parents, c.Message = []string{tip}, fmt.Sprintf("Step %d\n", i)
		o := formatCommit(c)
		objects, tip = append(objects, o), o.id()
	}
	if err := sc.repo.git.store.write(objects...); err != nil {
		sc.t.Fatal(err)
	}
	return tip
}

func TestOnlyTheFirst250CommitsAreListed(t *testing.T) {
	sc := newScene(t, Options{})
	if err := sc.repo.Push(sc.bob, "topic", sc.chain(sc.pull.Head(), 260), false); err != nil {
		t.Fatal(err)
	}
	if got := len(sc.pages("commits", "commit { oid }", "commit", 100)); got != 250 {
		t.Errorf("got %d commits, want 250", got)
	}
	got := sc.ask(`{ repository(owner: "acme", name: "prod") { pullRequest(number: 1) { commits(first: 1) { totalCount } } } }`, nil)
	if total := at(got, "repository", "pullRequest", "commits", "totalCount"); total != 261.0 {
		t.Errorf("got a total of %v, want 261", total)
	}
}

func TestCommitFields(t *testing.T) {
	sc := newScene(t, Options{})
	head := sc.commit("topic", map[string]string{"prod/job.hcl": "three\n"}, sc.bob, Message("Head\n\nBody of it."))
	got := at(sc.ask(`query($e: String!) { repository(owner: "acme", name: "prod") {
		ref(qualifiedName: "main") { compare(headRef: "topic") { status aheadBy behindBy commits(first: 5) { totalCount } } }
		object(expression: $e) { __typename id abbreviatedOid ... on Commit { messageHeadline messageBody additions deletions
			history(first: 10, path: "prod/job.hcl") { totalCount } file(path: "prod/job.hcl") { path mode object { ... on Blob { text } } }
			associatedPullRequests(first: 3) { nodes { number } } } } } }`, map[string]any{"e": "topic"}), "repository")
	want := map[string]any{
		"ref": map[string]any{"compare": map[string]any{"status": "AHEAD", "aheadBy": 2.0, "behindBy": 0.0, "commits": map[string]any{"totalCount": 2.0}}},
		"object": map[string]any{
			"__typename": "Commit", "id": gitNodeID("C", sc.repo.ID, head), "abbreviatedOid": head[:7], "messageHeadline": "Head",
			"messageBody": "Body of it.", "additions": 1.0, "deletions": 1.0, "history": map[string]any{"totalCount": 3.0},
			"file":                   map[string]any{"path": "prod/job.hcl", "mode": float64(pull.Regular), "object": map[string]any{"text": "three\n"}},
			"associatedPullRequests": map[string]any{"nodes": []any{map[string]any{"number": 1.0}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
}

func TestSignatureIsTheRawOne(t *testing.T) {
	sc := newScene(t, Options{})
	var payload string
	head := sc.commit("topic", map[string]string{"a": "b"}, sc.bob, Sign(func(p []byte) (string, error) {
		payload = string(p)
		return "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", nil
	}))
	got := at(sc.ask(`query($oid: GitObjectID!) { repository(owner: "acme", name: "prod") { object(oid: $oid) { ... on Commit {
		signature { __typename payload isValid state wasSignedByGitHub } } } } }`, map[string]any{"oid": head}), "repository", "object", "signature")
	want := map[string]any{"__typename": "SshSignature", "payload": payload, "isValid": false, "state": "UNKNOWN_KEY", "wasSignedByGitHub": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signature (-want +got):\n%s", diff)
	}
}

func TestWebFlowSignsWhatGitHubMakes(t *testing.T) {
	sc := newScene(t, Options{MergeabilityAsks: -1})
	got := at(sc.ask(`{ repository(owner: "acme", name: "prod") { pullRequest(number: 1) { potentialMergeCommit { signature {
		__typename isValid state wasSignedByGitHub signer { login } } } } } }`, nil), "repository", "pullRequest", "potentialMergeCommit", "signature")
	want := map[string]any{"__typename": "GpgSignature", "isValid": true, "state": "VALID", "wasSignedByGitHub": true, "signer": nil}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signature (-want +got):\n%s", diff)
	}
}

func TestEveryIDLeadsBack(t *testing.T) {
	sc := newScene(t, Options{MergeabilityAsks: -1})
	must[*CheckRun](t)(sc.repo.CheckRun(sc.app, "x", sc.pull.Head(), "queued", ""))
	must[*Review](t)(sc.pull.Review(sc.ann, pull.Approved, ""))
	sc.pull.Comment(sc.bob, "Hello.")
	sc.pull.Label(sc.bob, "urgent")
	got := sc.ask(`{ viewer { __typename } organization(login: "acme") { id team(slug: "ops") { id } }
		user(login: "bob") { id } repository(owner: "acme", name: "prod") { id owner { id } defaultBranchRef { id target { id ... on Commit { tree { id } } } }
		pullRequest(number: 1) { id author { ... on User { id } } reviews(first: 1) { nodes { id } } comments(first: 1) { nodes { id } }
		labels(first: 1) { nodes { id } } statusCheckRollup { contexts(first: 1) { nodes { ... on CheckRun { id checkSuite { id app { id } } } } } } } } }`, nil)
	ids := map[string]bool{}
	gather(got, ids)
	if len(ids) != 14 {
		t.Errorf("got %d ids, want 14: %v", len(ids), ids)
	}
	for id := range ids {
		back := sc.ask(`query($id: ID!) { node(id: $id) { __typename id } }`, map[string]any{"id": id})
		if at(back, "node", "id") != id {
			t.Errorf("%s led to %v", id, back)
		}
	}
}

func gather(v any, ids map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, member := range v {
			if id, ok := member.(string); ok && k == "id" {
				ids[id] = true
			}
			gather(member, ids)
		}
	case []any:
		for _, item := range v {
			gather(item, ids)
		}
	}
}
