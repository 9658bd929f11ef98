package command

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// gate is what a pipeline sees of `sallyport gate`.
func (k *keysTown) gate(args ...string) (status int, out, complaint string) {
	k.Helper()
	token := filepath.Join(k.TempDir(), "token")
	k.must(os.WriteFile(token, []byte("check\n"), 0o600))
	root := newRoot()
	var stdout, stderr bytes.Buffer
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetArgs(append([]string{"gate", "--server", k.url, "--token-file", token}, args...))
	err := root.ExecuteContext(k.Context())
	if err == nil {
		return 0, stdout.String(), stderr.String()
	}
	status = 2
	if coded, ok := err.(exitCode); ok {
		status = coded.code
	}
	return status, stdout.String(), stderr.String() + err.Error()
}

// landed writes a landing into the books as a pass would.
func (k *keysTown) landed(number int, sha string) {
	k.Helper()
	repo := pull.Repo{ID: 7, Owner: "acme", Name: "jobs"}
	k.must(k.store.UpsertRepos(k.Context(), []pull.Repo{repo}))
	turn, err := k.store.TakeTurn(k.Context(), pull.Key{Repo: 7, Number: number}, "main", time.Minute, false)
	k.must(err)
	intent, err := k.store.BeginLanding(k.Context(), turn, pull.Intent{Binding: pull.Binding{Repo: 7, Number: number, Branch: "main",
		Base: "b", Head: "h", Tree: "t", Merge: sha, Policy: "p", Method: pull.MethodExact}})
	k.must(err)
	intent.State, intent.Landed = pull.IntentDone, sha
	k.must(k.store.EndLanding(k.Context(), intent))
	k.must(k.store.LeaveTurn(k.Context(), pull.Key{Repo: 7, Number: number}, "main"))
}

func TestGate(t *testing.T) {
	k := sqliteKeysTown(t)
	through, around := strings.Repeat("a", 40), strings.Repeat("b", 40)
	k.landed(1, through)
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"landed", []string{through}, 0, "acme/jobs#1 landed through the gate"},
		{"landed here", []string{through, "--branch", "main", "--repository", "ACME/jobs"}, 0, "landed"},
		{"landed elsewhere", []string{through, "--branch", "release"}, 1, "elsewhere"},
		{"in another repository", []string{through, "--repository", "acme/other"}, 1, "elsewhere"},
		{"confirmed by nobody", []string{through, "--user", "dev.eloper"}, 1, "other-user"},
		{"around the gate", []string{around}, 1, "no-record"},
		{"around the gate, with patience", []string{around, "--wait", "--timeout", "1s"}, 1, "no-record"},
		{"no commit", []string{"no-such-branch"}, 2, "neither a whole SHA nor a commit"},
		{"no server", []string{through, "--server", "http://127.0.0.1:1"}, 2, "reaching the server"},
		{"no such token", []string{through, "--token-file", "/dev/null"}, 2, "is empty"},
		{"a token in the open", []string{through, "--server", "http://sallyport.example.com"}, 2, "https"},
	} {
		status, out, complaint := k.gate(test.args...)
		if status != test.status || !strings.Contains(out+complaint, test.says) {
			t.Errorf("%s: got status %d: %s%s; want %d and %q", test.name, status, out, complaint, test.status, test.says)
		}
	}
	_, out, _ := k.gate(through, "--json")
	var answer struct {
		Valid bool
		Pull  struct{ Ref string } `json:"pull_request"`
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || !answer.Valid || answer.Pull.Ref != "acme/jobs#1" {
		t.Errorf("as JSON: %s (%v)", out, err)
	}
}

// It waits for a landing, says for what, and is told.
func TestGateWaits(t *testing.T) {
	k := sqliteKeysTown(t)
	sha := strings.Repeat("c", 40)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-time.After(300 * time.Millisecond)
		if ctx.Err() == nil {
			k.landed(2, sha)
		}
	}()
	status, out, said := k.gate(sha, "--wait", "--timeout", "30s")
	if status != 0 || !strings.Contains(said, "Waiting: Nobody was asked about this key") {
		t.Errorf("got status %d: %s%s", status, out, said)
	}
}
