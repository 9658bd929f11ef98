package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func asFailure(err error) (*pull.Failure, bool) {
	var f *pull.Failure
	return f, errors.As(err, &f)
}

func accountOf(a *githubtest.Account) pull.Account {
	return pull.Account{ID: a.ID, Login: a.Login(), Kind: pull.User}
}

func TestSnapshotReadsThePullRequest(t *testing.T) {
	w := newWorld(t)
	base := w.repo.Branch("main")
	carol := w.gh.User("carol")
	first := w.commit("change", map[string]string{"prod/app.nomad": "two\n"}, githubtest.Message("Scale up"), githubtest.CoAuthor(carol))
	p := w.open("change")
	p.Label(w.bo, "urgent")
	review := must(p.Review(w.bo, pull.Approved, "fine"))(t)
	ci := must(w.gh.App(githubtest.AppOptions{Slug: "ci"}))(t)
	run := must(w.repo.CheckRun(ci, "build", first, "completed", "success"))(t)
	if err := w.repo.Status(w.alice, first, "lint", "pending"); err != nil {
		t.Fatal(err)
	}

	got := w.snapshot(p)
	if got.Test.SHA == "" || got.At.IsZero() || got.NodeID == "" || got.Repo.NodeID == "" {
		t.Errorf("test merge, time or node ids are missing: %+v", got)
	}
	want := pull.Request{
		Repo:   pull.Repo{ID: w.repo.ID, Owner: "acme", Name: "infra", DefaultBranch: "main", Installation: w.install.ID},
		Number: p.Number, URL: w.gh.URL() + "/acme/infra/pull/1", Title: "Change change", State: pull.Open, Author: accountOf(w.alice), Describer: accountOf(w.alice),
		Labels: []string{"urgent"},
		Head:   pull.Head{SHA: first, Branch: "change", Repo: w.repo.ID, Owner: "acme"},
		Base:   pull.Base{SHA: base, Branch: "main"},
		Test:   pull.TestMerge{State: pull.Clean, Parents: []string{base, first}},
		Files: []pull.File{{Path: "prod/app.nomad", OldMode: pull.Regular, NewMode: pull.Regular,
			OldID: hashObject("blob", []byte("one\n"), 40), NewID: hashObject("blob", []byte("two\n"), 40)}},
		Commits: []pull.Commit{{SHA: first, Parents: []string{base}, Author: accountOf(w.alice), Committer: accountOf(w.alice),
			CoAuthors: []pull.Account{accountOf(carol)}, AuthorEmail: w.alice.Email(), CommitterEmail: w.alice.Email(), Unverified: true}},
		CommitsTotal: 1,
		Reviews:      []pull.Review{{ID: review.ID, Author: accountOf(w.bo), State: pull.Approved, Commit: first, Body: "fine"}},
		Size:         &pull.Size{Added: 1, Deleted: 1},
		Checks: []pull.Check{
			{Kind: pull.CheckRun, Name: "build", App: ci.ID, ID: run.ID, Status: "completed", Conclusion: "success"},
			{Kind: pull.CommitStatus, Name: "lint", Status: "pending"},
		},
		Rules:  pull.Rules{Allowed: []string{"merge", "squash", "rebase"}},
		Policy: pull.Source{Path: ".sallyport.yml", Blob: hashObject("blob", []byte(testPolicy), 40), Text: testPolicy},
	}
	ignore := cmp.Options{
		cmpopts.IgnoreFields(pull.Request{}, "NodeID", "At", "URL"), cmpopts.IgnoreFields(pull.Repo{}, "NodeID"),
		cmpopts.IgnoreFields(pull.TestMerge{}, "SHA", "Tree"), cmpopts.IgnoreFields(pull.Base{}, "Tree"),
		cmpopts.IgnoreFields(pull.Commit{}, "Tree", "Message"), cmpopts.IgnoreFields(pull.Review{}, "At"),
		cmpopts.IgnoreFields(pull.Check{}, "StartedAt", "URL"), cmpopts.EquateEmpty(),
	}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("the pull request differs (-want +got):\n%s", diff)
	}
	want.Commits[0].Message = got.Commits[0].Message
	if diff := cmp.Diff([]string{"Snapshot", "Trees"}, w.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestSnapshotIsOneRequestWhenTheTreesAreKnown(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	before := w.snapshot(p)
	w.gh.ResetCalls()
	after := w.snapshot(p, pull.Question{Logins: []string{"bo"}, Candidates: pull.Write})
	if diff := cmp.Diff([]string{"Snapshot"}, w.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.Files, after.Files); diff != "" {
		t.Errorf("files from memory differ:\n%s", diff)
	}
	if got := after.Standing.Roles[w.bo.ID]; got != pull.Admin {
		t.Errorf("the hinted person's role is %v, want admin", got)
	}
}

// A folder that the pull request was seen to change is read with the rest when its target moves, and nothing is taken from it
// but a tree that hashes to its id.
func TestSnapshotReadsChangedFoldersWithTheRest(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	before := w.snapshot(p)
	w.commit("main", map[string]string{"docs/notes.md": "moved"})
	w.snapshot(p) // GitHub has not merged it anew yet
	w.gh.ResetCalls()
	after := w.snapshot(p)
	if diff := cmp.Diff([]string{"Snapshot"}, w.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if after.Base.SHA == before.Base.SHA || after.Test.State != pull.Clean {
		t.Fatalf("the target did not move: %+v", after.Test)
	}
	if diff := cmp.Diff(before.Files, after.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	w.commit("change", map[string]string{"elsewhere/new.nomad": "x"})
	w.snapshot(p)
	if moved := w.snapshot(p); len(moved.Files) != len(before.Files)+1 {
		t.Errorf("a folder that was not changed before is missing: %+v", moved.Files)
	}
}

func TestSnapshotFollowsEveryList(t *testing.T) {
	w := newWorld(t)
	for i := range 103 {
		w.commit("change", map[string]string{"prod/app.nomad": fmt.Sprint(i)}, githubtest.Message(fmt.Sprintf("Step %d", i)))
	}
	p := w.open("change")
	for i := range 101 {
		p.Label(w.bo, fmt.Sprintf("label-%03d", i))
		must(p.Review(w.bo, pull.Commented, "hm"))(t)
		if err := w.repo.Status(w.bo, p.Head(), fmt.Sprintf("ci-%03d", i), "success"); err != nil {
			t.Fatal(err)
		}
	}
	var rules []githubtest.Rule
	for i := range 101 {
		rules = append(rules, githubtest.Rule{Type: "required_status_checks", Checks: []githubtest.RequiredCheck{{Name: fmt.Sprintf("ci-%03d", i)}}})
	}
	w.repo.AddRuleset(githubtest.Ruleset{Name: "all", Include: []string{"main"}, Rules: rules})
	r := w.snapshot(p)
	got := []int{len(r.Commits), r.CommitsTotal, len(r.Labels), len(r.Reviews), len(r.Checks), len(r.Rules.Checks)}
	if want := []int{103, 103, 101, 101, 101, 101}; !slices.Equal(got, want) {
		t.Errorf("commits, total, labels, reviews, checks, required checks: %v, want %v", got, want)
	}
	if diff := cmp.Diff([]string{"Snapshot", "SnapshotPages", "Trees"}, w.operations()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for i, c := range r.Commits {
		if i > 0 && c.Parents[0] != r.Commits[i-1].SHA {
			t.Fatalf("commit %d does not follow its predecessor", i)
		}
	}
}

func TestSnapshotDoesNotMixTwoHeads(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	for i := range 101 {
		p.Label(w.bo, fmt.Sprintf("label-%03d", i))
	}
	w.proxy.lie("SnapshotPages", func(data map[string]any) {
		object(data, "repository", "pullRequest")["headRefOid"] = w.repo.Branch("main")
	})
	wantFailure(t, w.snapshotError(p), pull.Transient, "moved-while-reading")
}

func TestThreat18CommitsBeyondTheListingAreCounted(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.proxy.lie("Snapshot", func(data map[string]any) {
		object(data, "repository", "pullRequest", "commits")["totalCount"] = 300
	})
	if r := w.snapshot(p); r.CommitsTotal != 300 || len(r.Commits) != 1 {
		t.Errorf("%d of %d commits, want 1 of 300", len(r.Commits), r.CommitsTotal)
	}
}

// threat 18: GitHub lists 250 commits of a pull request at most, and says nothing when there are more.
func TestThreat18CommitsBeyondTheTwoHundredAndFiftiethAreMissed(t *testing.T) {
	w := newWorld(t)
	for i := range 251 {
		w.commit("change", map[string]string{"prod/app.nomad": fmt.Sprint(i)}, githubtest.Message(fmt.Sprintf("Step %d", i)))
	}
	if r := w.snapshot(w.open("change")); r.CommitsTotal != 251 || len(r.Commits) != 250 {
		t.Errorf("%d of %d commits, want 250 of 251", len(r.Commits), r.CommitsTotal)
	}
}

func TestThreat26CoAuthorsBeyondTheFirstPageAreRead(t *testing.T) {
	w := newWorld(t)
	var crowd []*githubtest.Account
	for i := range 12 {
		crowd = append(crowd, w.gh.User(fmt.Sprintf("helper-%02d", i)))
	}
	w.commit("change", map[string]string{"prod/app.nomad": "two\n"}, githubtest.CoAuthor(crowd...))
	r := w.snapshot(w.open("change"))
	var got []int64
	for _, a := range r.Commits[0].CoAuthors {
		got = append(got, a.ID)
	}
	var want []int64
	for _, a := range crowd {
		want = append(want, a.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("co-authors (-want +got):\n%s", diff)
	}
}

func TestThreat26UnattributedCommitHasNoAuthor(t *testing.T) {
	w := newWorld(t)
	w.commit("change", map[string]string{"prod/app.nomad": "two\n"}, githubtest.AuthoredBy("Alice", "alice@elsewhere.example"))
	r := w.snapshot(w.open("change"))
	if c := r.Commits[0]; c.Author.Known() || c.AuthorEmail != "alice@elsewhere.example" || !c.Committer.Known() {
		t.Errorf("author is %+v (%s), committer %+v; want an unknown author", c.Author, c.AuthorEmail, c.Committer)
	}
}

func TestThreat55StaleTestMerge(t *testing.T) {
	other := "1111111111111111111111111111111111111111"
	for name, c := range map[string]struct {
		lie  func(p map[string]any)
		want pull.Mergeability
	}{
		"truth":           {func(map[string]any) {}, pull.Clean},
		"unknown":         {func(p map[string]any) { p["mergeable"] = "UNKNOWN" }, pull.Unsettled},
		"conflict":        {func(p map[string]any) { p["mergeable"] = "CONFLICTING" }, pull.Conflict},
		"no test merge":   {func(p map[string]any) { p["potentialMergeCommit"] = nil }, pull.Unsettled},
		"of another base": {func(p map[string]any) { object(p, "potentialMergeCommit", "parents", "nodes", 0)["oid"] = other }, pull.Unsettled},
		"of another head": {func(p map[string]any) { object(p, "potentialMergeCommit", "parents", "nodes", 1)["oid"] = other }, pull.Unsettled},
		"three parents":   {func(p map[string]any) { object(p, "potentialMergeCommit", "parents")["totalCount"] = 3 }, pull.Unsettled},
		"no parent of two": {func(p map[string]any) {
			parents := object(p, "potentialMergeCommit", "parents")
			parents["nodes"] = parents["nodes"].([]any)[:0]
		}, pull.Unsettled},
		"checks of another":  {func(p map[string]any) { object(p, "tip", "nodes", 0, "commit")["oid"] = other }, pull.Unsettled},
		"parents in reverse": {func(p map[string]any) { slices.Reverse(dig(p, "potentialMergeCommit", "parents", "nodes").([]any)) }, pull.Unsettled},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			w.proxy.lie("Snapshot", func(data map[string]any) { c.lie(object(data, "repository", "pullRequest")) })
			r := w.snapshot(p)
			if r.Test.State != c.want {
				t.Errorf("test merge is %q, want %q", r.Test.State, c.want)
			}
			if c.want != pull.Clean && len(r.Files) > 0 {
				t.Errorf("a landing diff was read without a clean test merge: %v", r.Files)
			}
		})
	}
}

func TestMergeabilityIsAskedAgain(t *testing.T) {
	w := newWorld(t, func(o *githubtest.Options) { o.MergeabilityAsks = 1 })
	p := w.change()
	if got := w.snapshot(p).Test.State; got != pull.Unsettled {
		t.Errorf("at first the test merge is %q, want unsettled", got)
	}
	if got := w.snapshot(p).Test.State; got != pull.Clean {
		t.Errorf("then the test merge is %q, want clean", got)
	}
}

func TestConflictHasNoFiles(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.commit("main", map[string]string{"prod/app.nomad": "three\n"})
	if r := w.snapshot(p); r.Test.State != pull.Conflict || r.Files != nil || r.Base.SHA != w.repo.Branch("main") {
		t.Errorf("test merge %+v on %s with files %v, want a conflict on the new tip", r.Test, r.Base.SHA, r.Files)
	}
}

func TestThreat08AnotherRepositoryUnderTheName(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	repo := w.asRepo()
	repo.ID++
	_, err := w.hub.Snapshot(context.Background(), repo, p.Number, pull.Question{})
	wantFailure(t, err, pull.Permanent, "repository-changed")
	_, err = w.hub.Standing(context.Background(), pull.Request{Repo: repo}, pull.Question{Logins: []string{"bo"}})
	wantFailure(t, err, pull.Permanent, "repository-changed")
	_, err = w.hub.OpenPulls(context.Background(), repo)
	wantFailure(t, err, pull.Permanent, "repository-changed")
}

func TestRenamedRepositoryIsFollowed(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.repo.Rename("platform")
	r := w.snapshot(p)
	if got := r.Repo.FullName(); got != "acme/platform" || len(r.Files) != 1 {
		t.Errorf("read %s with %d files, want acme/platform with 1", got, len(r.Files))
	}
}

func TestMissingPullRequest(t *testing.T) {
	w := newWorld(t)
	_, err := w.hub.Snapshot(context.Background(), w.asRepo(), 99, pull.Question{})
	wantFailure(t, err, pull.Permanent, "not-found")
}

func TestBaseGone(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.proxy.lie("Snapshot", func(data map[string]any) { object(data, "repository", "pullRequest")["baseRef"] = nil })
	wantFailure(t, w.snapshotError(p), pull.Permanent, "base-gone")
}

func TestForkThatIsGone(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	w.proxy.lie("Snapshot", func(data map[string]any) {
		object(data, "repository", "pullRequest")["headRepository"] = nil
		object(data, "repository", "pullRequest")["headRepositoryOwner"] = nil
	})
	if r := w.snapshot(p); r.Head.Repo != 0 || r.Head.Owner != "" {
		t.Errorf("head is %+v, want no repository", r.Head)
	}
}

func TestGhostAndMannequinHaveNoIdentity(t *testing.T) {
	for name, c := range map[string]struct {
		author any
		want   pull.Account
	}{
		"deleted":    {nil, pull.Account{}},
		"bot":        {map[string]any{"__typename": "Bot", "login": "renovate", "databaseId": 7}, pull.Account{ID: 7, Login: "renovate[bot]", Kind: pull.Bot}},
		"mannequin":  {map[string]any{"__typename": "Mannequin", "login": "old", "databaseId": 8}, pull.Account{Login: "old"}},
		"enterprise": {map[string]any{"__typename": "EnterpriseUserAccount", "login": "e"}, pull.Account{Login: "e"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.change()
			w.proxy.lie("Snapshot", func(data map[string]any) { object(data, "repository", "pullRequest")["author"] = c.author })
			if got := w.snapshot(p).Author; got != c.want {
				t.Errorf("author is %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestClosedAndUngatedPullRequestsCostOneRequest(t *testing.T) {
	w := newWorld(t)
	closed := w.change()
	closed.Close(w.alice)
	w.commit("bare", map[string]string{"a": "1"})
	w.commit("bare", nil, githubtest.Delete(".sallyport.yml"))
	w.commit("topic", map[string]string{"b": "1"}, githubtest.From("bare"))
	ungated := must(w.repo.OpenPull(w.alice, "Ungated", "topic", "bare"))(t)
	for _, p := range []*githubtest.Pull{closed, ungated} {
		w.gh.ResetCalls()
		r := w.snapshot(p)
		if r.Files != nil || r.Policy.Present() || len(w.operations()) != 1 {
			t.Errorf("%s: files %v, policy %+v, calls %v", r.Ref(), r.Files, r.Policy, w.operations())
		}
	}
}

// Where nothing governs, GitHub's listing says whether it is worth waiting for the test merge.
func TestAnUngatedRequestThatTouchesWhatGoverns(t *testing.T) {
	w := newWorld(t)
	w.gh.SetMergeability(1)
	w.commit("bare", nil, githubtest.Delete(".sallyport.yml"))
	for branch, path := range map[string]string{"policy": ".sallyport.yml", "code": "notes/.sallyport.yml"} {
		w.commit(branch, map[string]string{path: "version: 1\n"}, githubtest.From("bare"))
		p := must(w.repo.OpenPull(w.alice, "First", branch, "bare"))(t)
		if r := w.snapshot(p); r.Test.State != pull.Unsettled || r.Test.Touches != (branch == "policy") {
			t.Errorf("%s: got %+v", path, r.Test)
		}
		if r := w.snapshot(p); r.Test.State != pull.Clean || r.Test.Touches {
			t.Errorf("%s, settled: got %+v", path, r.Test)
		}
	}
}

func TestSnapshotTellsItsTime(t *testing.T) {
	w := newWorld(t)
	p := w.change()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	if err := w.gh.Start(); err != nil {
		t.Fatal(err)
	}
	h := w.connect(w.gh.URL(), func(c *Config) { c.Now = func() time.Time { return at } })
	r := must(h.Snapshot(context.Background(), w.asRepo(), p.Number, pull.Question{}))(t)
	if !r.At.Equal(at) {
		t.Errorf("read at %s, want %s", r.At, at)
	}
}
