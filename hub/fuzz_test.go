package hub

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/sallyport/sallyport/pull"
)

// parrot answers everything with the same words.
type parrot string

func (p parrot) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(p)))}, nil
}

// hearing makes a hub that hears those words whatever it asks.
func hearing(words string) *Hub {
	h := &Hub{v4URL: "https://github.example/graphql", timeout: time.Second, log: slog.New(slog.DiscardHandler), meter: func(Call) {}, putOff: func(string, string) {},
		now: time.Now, trees: newLRU[string, tree](treeBudget), diffs: newLRU[diffKey, []pull.File](diffBudget), forks: newLRU[forkKey, string](forkBudget),
		folders: newLRU[pullKey, []string](folderBudget)}
	web := &http.Client{Transport: parrot(words)}
	h.clients = map[int64]*client{5: {rest: github.NewClient(web), http: web}}
	return h
}

// FuzzSnapshot reads a pull request from an answer that could be anything: it must come to facts about the repository
// that was asked about, or to a failure of a known class.
func FuzzSnapshot(f *testing.F) {
	f.Add(`{"data":{"repository":{"databaseId":7,"pullRequest":{"number":1,"state":"OPEN"}}}}`)
	f.Add(`{"data":{"repository":{"databaseId":7,"pullRequest":{"number":1,"state":"MERGED","mergeCommit":{"oid":"x"}}}}}`)
	f.Add(`{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"x"}]}`)
	f.Add(`{"data":{"repository":{"databaseId":7,"pullRequest":null}},"errors":[{"type":"RATE_LIMITED"}]}`)
	f.Add(`{"data":{"repository":{"databaseId":7,"pullRequest":{"state":"OPEN","labels":{"pageInfo":{"hasNextPage":true}}}}}}`)
	f.Add(`{"data":null}`)
	f.Fuzz(func(t *testing.T, words string) {
		repo := pull.Repo{ID: 7, Owner: "acme", Name: "jobs", Installation: 5}
		hint := pull.Question{Logins: []string{"ana"}, Teams: []string{"acme/sre"}, Candidates: pull.Write}
		r, err := hearing(words).Snapshot(context.Background(), repo, 1, hint)
		if err != nil {
			checkFailure(t, words, err)
			return
		}
		if r.Repo.ID != repo.ID {
			t.Errorf("%q: it is about repository %d", words, r.Repo.ID)
		}
		if r.State == pull.Open && r.Test.State == pull.Clean && r.Policy.Present() && r.Test.Tree == "" {
			t.Errorf("%q: a clean test merge without a tree", words)
		}
	})
}

// FuzzUpdates compares trees from an answer that could be anything: it must never call a merge clean that has an entry
// of its own, and no answer that says the same of every tree shows that.
func FuzzUpdates(f *testing.F) {
	id := func(digit string) string { return strings.Repeat(digit, 40) }
	f.Add(`{"data":{"repository":{"databaseId":7,"object":{"oid":"` + id("9") + `","tree":{"oid":"` + id("8") + `"}}}},"merge_base_commit":{"sha":"` + id("7") + `"}}`)
	f.Add(`{"merge_base_commit":{"sha":"../x"}}`)
	f.Fuzz(func(t *testing.T, words string) {
		r := pull.Request{Repo: pull.Repo{ID: 7, Owner: "acme", Name: "jobs", Installation: 5}, CommitsTotal: 2, Commits: []pull.Commit{
			{SHA: id("1"), Tree: id("2"), Parents: []string{id("7")}},
			{SHA: id("3"), Tree: id("4"), Parents: []string{id("1"), id("9")}, ByGitHub: true}}}
		got, err := hearing(words).Updates(context.Background(), r)
		if err != nil {
			checkFailure(t, words, err)
			return
		}
		if len(got) != 2 || got[0].Update {
			t.Errorf("%q: %+v", words, got)
		}
	})
}

func checkFailure(t *testing.T, words string, err error) {
	t.Helper()
	var failure *pull.Failure
	if !errors.As(err, &failure) || failure.Code == "" {
		t.Errorf("%q: the failure %v has no class", words, err)
	}
}
