package reconcile

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// books is a store in memory, for one pull request, and the clock that passes are told.
type books struct {
	Store
	last    *pull.Record
	intents []pull.Intent
	now     time.Time
	began   int // landings attempted
}

func (b *books) Save(_ context.Context, r pull.Record) error { b.last = &r; return nil }
func (b *books) Siblings(context.Context, pull.Key, string, string) ([]pull.Record, error) {
	return nil, nil
}
func (b *books) Neighbours(context.Context, pull.Key, string, int) ([]pull.Record, int, error) {
	return nil, 0, nil
}
func (b *books) Borrowers(context.Context, pull.Key, string, string, int) ([]pull.Record, int, error) {
	return nil, 0, nil
}
func (b *books) Lent(context.Context, string) ([]string, error) { return nil, nil }
func (b *books) OwnedBy(context.Context, string, int64, string, int) ([]pull.Record, int, error) {
	return nil, 0, nil
}
func (b *books) Pushers(context.Context, int64, []string) ([]pull.Pushed, error) { return nil, nil }
func (b *books) Pusher(context.Context, int64, string) (pull.Account, bool, error) {
	return pull.Account{ID: 1, Login: "dev", Kind: pull.User}, true, nil
}
func (b *books) LeaveTurn(context.Context, pull.Key, string) error { return nil }
func (b *books) TakeTurn(_ context.Context, k pull.Key, branch string, _ time.Duration, _ bool) (pull.Turn, error) {
	return pull.Turn{Repo: k.Repo, Number: k.Number, Branch: branch, Epoch: 1, Holds: true}, nil
}
func (b *books) BeginLanding(_ context.Context, _ pull.Turn, i pull.Intent) (pull.Intent, error) {
	for _, open := range b.intents {
		if open.State == pull.IntentOpen {
			return i, pull.ErrLandingOpen
		}
	}
	b.began++
	i.ID, i.Entry, i.At = int64(b.began), int64(b.began), b.now
	b.intents = append([]pull.Intent{i}, b.intents...)
	return i, nil
}
func (b *books) EndLanding(_ context.Context, i pull.Intent) error {
	for k := range b.intents {
		if b.intents[k].ID == i.ID {
			i.EndedAt = b.now
			b.intents[k] = i
		}
	}
	return nil
}
func (b *books) LandingsUnderWay(context.Context, int64, string) ([]pull.Intent, error) {
	return nil, nil
}
func (b *books) LandedAs(context.Context, int64, string, string) (pull.LandedAs, bool, error) {
	return pull.LandedAs{}, false, nil
}
func (b *books) Append(context.Context, pull.Entry) error             { return nil }
func (b *books) Freeze(context.Context, pull.Freeze) error            { return nil }
func (b *books) Frozen(context.Context, int64) ([]pull.Freeze, error) { return nil, nil }
func (b *books) Unfreeze(context.Context, int64, pull.Account) error  { return nil }

// appKey is made once: keys are slow to make.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// arena is a simulated GitHub over HTTP with one ready pull request, and a reconciler that lands it by a method.
type arena struct {
	gh    *githubtest.Server
	repo  *githubtest.Repo
	pull  *githubtest.Pull
	books *books
	rec   *Reconciler
	work  pull.Work
}

var arenaKey = sync.OnceValue(func() *signature.Signer {
	s, err := newTestSigner()
	if err != nil {
		panic(err)
	}
	return s
})

func newArena(t *testing.T, method string) *arena {
	t.Helper()
	gh, err := githubtest.New(githubtest.Options{MergeabilityAsks: -1, Validate: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gh.Handler())
	t.Cleanup(func() { server.Close(); gh.Close() })
	owner := gh.User("root")
	repo, err := gh.Repo(owner, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	policy := "version: 1\nrules: [{name: all, paths: [\"**\"], require: {}}]\nautomerge: {method: " + method + ", allow_no_checks: true}\n"
	app, err := gh.App(githubtest.AppOptions{Slug: "sallyport", Key: appKey()})
	key, keyErr := app.PrivateKey()
	_, c1 := repo.Commit("main", map[string]string{".sallyport.yml": policy, "a": "1"}, owner)
	_, c2 := repo.Commit("topic", map[string]string{"a": "2"}, owner)
	p, c3 := repo.OpenPull(owner, "Change a", "topic", "main")
	for _, err := range []error{err, keyErr, c1, c2, c3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	install := app.Install(owner)
	a := &arena{gh: gh, repo: repo, pull: p, books: &books{now: time.Now()}}
	h, err := hub.New(hub.Config{Now: func() time.Time { return a.books.now }, AppID: app.ID, PrivateKey: key, V3URL: server.URL, V4URL: server.URL + "/graphql", UserAgent: "test", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	people, err := duobot.ParsePeople("people.yml", []byte("- {name: Dev, github: [dev], duo: dev}\n"))
	if err != nil {
		t.Fatal(err)
	}
	a.rec = &Reconciler{GitHub: h, Store: a.books, People: func() *duobot.People { return people }, Ring: func() *signature.Ring { return nil },
		Signer: arenaKey(), App: app.ID, PublicURL: "https://x", Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return a.books.now }}
	a.work = pull.Work{Key: pull.Key{Repo: repo.ID, Number: p.Number},
		Repo: pull.Repo{ID: repo.ID, Owner: "root", Name: "jobs", Installation: install.ID}}
	return a
}

// settle runs passes until nothing is due any more, each at the time at which the last one wanted to look again. The
// queue's own retries of a failed pass are a minute apart.
func (a *arena) settle(t *testing.T) {
	t.Helper()
	for range 60 {
		w := a.work
		w.Last, w.Intents, w.Fresh = a.books.last, a.books.intents, true
		outcome, err := a.rec.Pass(t.Context(), w)
		if err == nil && outcome.After == 0 {
			return
		}
		if err != nil {
			outcome.After = time.Minute
		}
		a.books.now = a.books.now.Add(outcome.After)
	}
}

// code is why it does not land; "landed" when it did.
func (a *arena) code() string {
	switch last := a.books.last; {
	case last == nil:
		return "nothing"
	case last.State != StateOpen:
		return last.State
	default:
		for _, v := range last.Verdicts {
			if v.Gate == pull.GateAutomerge {
				return v.Lead().Code + " " + v.Lead().Evidence["refusal"]
			}
		}
		return "no verdict"
	}
}

// newTestSigner makes a key that lives only as long as the test.
func newTestSigner() (*signature.Signer, error) {
	made := time.Now().Add(-time.Hour)
	entity, err := openpgp.NewEntity("Sallyport", "", "bot@acme.example", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return made }})
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	out, err := armor.Encode(&b, openpgp.PrivateKeyType, nil)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(entity.SerializePrivate(out, nil), out.Close()); err != nil {
		return nil, err
	}
	return signature.LoadSigner([]byte(b.String()), time.Now())
}

func says(status int, message string) githubtest.Fault {
	return githubtest.Fault{Status: status, Body: fmt.Sprintf(`{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, message)}
}

func graphSays(kind, message string) githubtest.Fault {
	return githubtest.Fault{Status: 200, Body: fmt.Sprintf(`{"data":{"updateRefs":null},"errors":[{"type":%q,"path":["updateRefs"],"message":%q}]}`, kind, message)}
}

// answerCase is one way for GitHub to answer a landing, and what must come of it: when it answers so once, and when it
// goes on doing so.
type answerCase struct {
	name    string
	fault   githubtest.Fault
	once    string
	forever string
	landed  bool // forever, it landed all the same
}

const never = "-" // not asked of this answer

func restAnswers() []answerCase {
	return []answerCase{
		{"405 base was modified", says(405, "Base branch was modified. Review and try the merge again."), "landed", "landing-refused base-modified", false},
		{"405 not mergeable", says(405, "Pull Request is not mergeable"), "landed", "landing-refused not-mergeable", false},
		{"405 rules", says(405, "Repository rule violations found\n\nRequired status check \"ci\" is expected."), "landed", "landing-refused protected", false},
		{"405 method", says(405, "Squash merges are not allowed on this repository."), "landing-refused method-not-allowed", "landing-refused method-not-allowed", false},
		{"405 draft", says(405, "Pull Request is still a draft"), "landing-refused draft", never, false},
		{"409 head was modified", says(409, "Head branch was modified. Review and try the merge again."), "landed", "landing-refused head-moved", false},
		{"409 without words", says(409, "Conflict"), "landed", "landing-refused head-moved", false},
		{"422", says(422, "Validation Failed"), "landing-refused refused", "landing-refused refused", false},
		{"403 permission", says(403, "Resource not accessible by integration"), "landing-refused no-permission", "landing-refused no-permission", false},
		{"403 workflows", says(403, "refusing to allow a GitHub App to create or update workflow `a.yml` without `workflows` permission"),
			"landing-refused workflows-permission", "landing-refused workflows-permission", false},
		{"404", says(404, "Not Found"), "landing-refused not-found", "landing-refused not-found", false},
		{"500", says(500, "Server Error"), "landed", never, false},
		{"502", says(502, "Bad Gateway"), "landed", never, false},
		{"503", says(503, "Service Unavailable"), "landed", never, false},
		{"merged, and said 500", githubtest.Fault{LoseAnswer: true, Status: 500, Body: "{}"}, "landed", "landed", true},
		{"merged, and the answer was lost", githubtest.Fault{LoseAnswer: true}, "landed", "landed", true},
		{"no answer in time", githubtest.Fault{Hang: true}, "landed", never, false},
		{"429", says(429, "Too Many Requests"), "landed", never, false},
	}
}

func moveAnswers() []answerCase {
	return []answerCase{
		{"base was modified", graphSays("STALE_DATA", "Expected refs/heads/main to point to \"b\" but it did not. Pull and try again."), "landed", "landing-refused base-modified", false},
		{"rules", graphSays("UNPROCESSABLE", "Repository rule violations found\n\nRequired status check \"ci\" is expected."), "landed", "landing-refused protected", false},
		{"permission", graphSays("FORBIDDEN", "Resource not accessible by integration"), "landed", "landing-refused no-permission", false},
		{"workflows", graphSays("FORBIDDEN", "refusing to allow a GitHub App to create or update workflow `a.yml` without `workflows` permission"),
			"landing-refused workflows-permission", "landing-refused workflows-permission", false},
		{"500", says(500, "Server Error"), "landed", never, false},
		{"502", says(502, "Bad Gateway"), "landed", never, false},
		{"moved, and said 500", githubtest.Fault{LoseAnswer: true, Status: 500, Body: "{}"}, "landed", "landed", true},
		{"moved, and the answer was lost", githubtest.Fault{LoseAnswer: true}, "landed", "landed", true},
		{"no answer in time", githubtest.Fault{Hang: true}, "landed", never, false},
	}
}

// Threat 64, and every way to answer: each is a retry, a new look, a word to a person, or done, and no landing happens twice.
func TestEveryAnswerToALanding(t *testing.T) {
	for _, method := range []string{pull.MethodMerge, pull.MethodSquash, pull.MethodRebase} {
		for _, c := range restAnswers() {
			c.fault.Method, c.fault.Path = "PUT", "/repos/*/*/pulls/*/merge"
			answerRuns(t, method, c)
		}
	}
	for _, method := range []string{pull.MethodExact, pull.MethodFastForward} {
		for _, c := range moveAnswers() {
			c.fault.Path, c.fault.Operation = "/graphql", "MoveBranch"
			answerRuns(t, method, c)
		}
	}
}

func answerRuns(t *testing.T, method string, c answerCase) {
	for times, want := range map[int]string{1: c.once, 0: c.forever} {
		if want == never || times == 0 && method != pull.MethodMerge && method != pull.MethodExact {
			continue
		}
		t.Run(fmt.Sprintf("%s/%s/%s", method, strings.ReplaceAll(c.name, " ", "-"), map[int]string{1: "once", 0: "forever"}[times]), func(t *testing.T) {
			t.Parallel()
			a := newArena(t, method)
			before := a.repo.Branch("main")
			fault := c.fault
			fault.Times = times
			a.gh.Fault(fault)
			a.settle(t)
			if got := strings.TrimSpace(a.code()); got != want {
				t.Fatalf("got %q, want %q (%d attempts)", got, want, a.books.began)
			}
			moved := a.repo.Branch("main") != before
			if moved != (want == "landed") {
				t.Errorf("main moved: %v", moved)
			}
			if want == "landed" && a.books.last.LandedSHA == "" || a.books.began > stubborn+1 {
				t.Errorf("landed as %q after %d attempts", a.books.last.LandedSHA, a.books.began)
			}
			for _, v := range a.gh.Violations() {
				t.Errorf("against GitHub's published shapes: %s", v)
			}
		})
	}
}
