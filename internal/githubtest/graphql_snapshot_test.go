package githubtest

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
)

func TestSnapshotIsAnsweredInFull(t *testing.T) {
	sc := newScene(t, Options{MergeabilityAsks: -1})
	ci := must[*App](t)(sc.s.App(AppOptions{Slug: "ci"}))
	head, base := sc.pull.Head(), sc.repo.Branch("main")
	sc.repo.Protect(sc.ann, Protection{Pattern: "main", Checks: []RequiredCheck{{Name: "build", App: ci.ID}}, Strict: true})
	sc.repo.AddRuleset(Ruleset{Name: "gate", Include: []string{"~DEFAULT_BRANCH"}, Rules: []Rule{
		{Type: "required_status_checks", Checks: []RequiredCheck{{Name: "sallyport/approval", App: sc.app.ID}, {Name: "lint"}}},
		{Type: "non_fast_forward"},
		{Type: "pull_request", Methods: []string{"merge"}},
	}})
	run := must[*CheckRun](t)(sc.repo.CheckRun(ci, "build", head, "completed", "success"))
	if err := sc.repo.Status(sc.bob, head, "lint", "pending"); err != nil {
		t.Fatal(err)
	}
	review := must[*Review](t)(sc.pull.Review(sc.ann, pull.Approved, "Good."))
	sc.pull.Label(sc.bob, "urgent")

	got := sc.snapshot()
	repo := at(got, "repository").(map[string]any)
	pr := at(repo, "pullRequest").(map[string]any)
	commit := at(pr, "commits", "nodes", 0, "commit")
	test := at(pr, "potentialMergeCommit")
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"repository id", at(repo, "databaseId"), float64(sc.repo.ID)},
		{"policy text", at(repo, "policy", "text"), "version: 1\n"},
		{"policy oid", at(repo, "policy", "oid"), at(pr, "baseRef", "target", "tree", "entries", 0, "oid")},
		{"permission", at(repo, "person", "edges", 0, "permission"), "WRITE"},
		{"collaborator", at(repo, "person", "edges", 0, "node", "databaseId"), float64(sc.bob.ID)},
		{"author type", at(pr, "author", "__typename"), "User"},
		{"author", at(pr, "author", "databaseId"), float64(sc.bob.ID)},
		{"labels", at(pr, "labels", "nodes"), []any{map[string]any{"name": "urgent"}}},
		{"state", at(pr, "state"), "OPEN"},
		{"head", at(pr, "headRefOid"), head},
		{"head repository", at(pr, "headRepository", "databaseId"), float64(sc.repo.ID)},
		{"base tip", at(pr, "baseRef", "target", "oid"), base},
		{"protected check", at(pr, "baseRef", "branchProtectionRule", "requiredStatusChecks"),
			[]any{map[string]any{"context": "build", "app": map[string]any{"databaseId": float64(ci.ID)}}}},
		{"strict", at(pr, "baseRef", "branchProtectionRule", "requiresStrictStatusChecks"), true},
		{"mergeable", at(pr, "mergeable"), "MERGEABLE"},
		{"blocked by the missing check", at(pr, "mergeStateStatus"), "BLOCKED"},
		{"test merge's parents", at(test, "parents", "nodes"), []any{map[string]any{"oid": base}, map[string]any{"oid": head}}},
		{"commits", at(pr, "commits", "totalCount"), 1.0},
		{"commit", at(commit, "oid"), head},
		{"commit's author", at(commit, "author", "user", "databaseId"), float64(sc.bob.ID)},
		{"co-author", at(commit, "authors", "nodes", 1, "user", "databaseId"), float64(sc.eve.ID)},
		{"unsigned", at(commit, "signature"), nil},
		{"review", at(pr, "reviews", "nodes", 0), map[string]any{
			"fullDatabaseId": fmt.Sprint(review.ID), "state": "APPROVED", "submittedAt": at(pr, "reviews", "nodes", 0, "submittedAt"),
			"commit": map[string]any{"oid": head},
			"author": map[string]any{"__typename": "User", "login": "ann", "databaseId": float64(sc.ann.ID)},
		}},
		{"files", at(pr, "files", "nodes"), []any{map[string]any{"path": "prod/job.hcl", "changeType": "MODIFIED"}}},
		{"rollup", at(pr, "head", "nodes", 0, "commit", "statusCheckRollup", "state"), "PENDING"},
		{"check run", at(pr, "head", "nodes", 0, "commit", "statusCheckRollup", "contexts", "nodes", 0, "databaseId"), float64(run.ID)},
		{"check run's app", at(pr, "head", "nodes", 0, "commit", "statusCheckRollup", "contexts", "nodes", 0, "checkSuite", "app", "databaseId"), float64(ci.ID)},
		{"status", at(pr, "head", "nodes", 0, "commit", "statusCheckRollup", "contexts", "nodes", 1, "state"), "PENDING"},
		{"not merged", at(pr, "mergeCommit"), nil},
		{"team", at(got, "organization", "team", "members", "nodes"), []any{map[string]any{"databaseId": float64(sc.bob.ID), "login": "bob"}}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSnapshotOfRules(t *testing.T) {
	sc := newScene(t, Options{MergeabilityAsks: -1})
	sc.repo.AddRuleset(Ruleset{Name: "gate", Include: []string{"main"}, Rules: []Rule{
		{Type: "required_status_checks", Strict: true, Checks: []RequiredCheck{{Name: "a", App: 7}, {Name: "b"}}},
		{Type: "pull_request", Methods: []string{"squash"}}, {Type: "required_signatures"},
	}})
	sc.repo.AddRuleset(Ruleset{Name: "trial", Enforcement: "evaluate", Include: []string{"main"}, Rules: []Rule{{Type: "merge_queue"}}})
	sc.repo.AddRuleset(Ruleset{Name: "elsewhere", Include: []string{"release"}, Rules: []Rule{{Type: "update"}}})
	set := map[string]any{"name": "gate", "enforcement": "ACTIVE"}
	want := []any{
		map[string]any{"type": "REQUIRED_STATUS_CHECKS", "repositoryRuleset": set, "parameters": map[string]any{
			"__typename": "RequiredStatusChecksParameters", "strictRequiredStatusChecksPolicy": true, "requiredStatusChecks": []any{
				map[string]any{"context": "a", "integrationId": 7.0}, map[string]any{"context": "b", "integrationId": nil}}}},
		map[string]any{"type": "PULL_REQUEST", "repositoryRuleset": set, "parameters": map[string]any{
			"__typename": "PullRequestParameters", "allowedMergeMethods": []any{"squash"}}},
		map[string]any{"type": "REQUIRED_SIGNATURES", "repositoryRuleset": set, "parameters": nil},
	}
	got := at(sc.snapshot(), "repository", "pullRequest", "baseRef", "rules", "nodes")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}

func TestSnapshotOfLanded(t *testing.T) {
	sc := newScene(t, Options{MergeabilityAsks: -1})
	base, head := sc.repo.Branch("main"), sc.pull.Head()
	sha := must[string](t)(sc.pull.MergeBy(sc.ann, "merge"))
	pr := at(sc.snapshot(), "repository", "pullRequest")
	for name, c := range map[string][2]any{
		"state":   {at(pr, "state"), "MERGED"},
		"by":      {at(pr, "mergedBy", "databaseId"), float64(sc.ann.ID)},
		"commit":  {at(pr, "mergeCommit", "oid"), sha},
		"parents": {at(pr, "mergeCommit", "parents", "nodes"), []any{map[string]any{"oid": base}, map[string]any{"oid": head}}},
		"commits": {at(pr, "commits", "nodes", 0, "commit", "oid"), head},
	} {
		if diff := cmp.Diff(c[1], c[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSnapshotSaysUnknownUntilMergeabilityIsKnown(t *testing.T) {
	sc := newScene(t, Options{MergeabilityAsks: 2})
	for _, want := range []string{"UNKNOWN", "UNKNOWN", "MERGEABLE"} {
		if got := at(sc.snapshot(), "repository", "pullRequest", "mergeable"); got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestTreeEntriesKeepRawNames(t *testing.T) {
	sc := newScene(t, Options{})
	odd := "bad\xffname"
	sha := sc.commit("odd", map[string]string{odd: "x"}, sc.bob, Symlink("link", "README.md"), Submodule("sub", "0123456789012345678901234567890123456789"))
	got := sc.ask(`query($oid: GitObjectID!) { repository(owner: "acme", name: "prod") { object(oid: $oid) { ... on Commit {
		tree { entries { name nameRaw mode type size submodule { path } object { oid } } } } } } }`, map[string]any{"oid": sha})
	modes := map[string]any{}
	for _, e := range at(got, "repository", "object", "tree", "entries").([]any) {
		raw, err := base64.StdEncoding.DecodeString(at(e, "nameRaw").(string))
		if err != nil {
			t.Fatal(err)
		}
		modes[string(raw)] = []any{at(e, "mode"), at(e, "type"), at(e, "object") == nil, at(e, "submodule") == nil}
	}
	want := map[string]any{
		".sallyport.yml": []any{float64(pull.Regular), "blob", false, true}, "README.md": []any{float64(pull.Regular), "blob", false, true},
		"prod": []any{float64(pull.Directory), "tree", false, true}, odd: []any{float64(pull.Regular), "blob", false, true},
		"link": []any{float64(pull.Symlink), "blob", false, true}, "sub": []any{float64(pull.Submodule), "commit", true, false},
	}
	if diff := cmp.Diff(want, modes); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
