package command

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/duotest"
)

const hookPolicy = `version: 1
rules:
  - name: staging is free
    paths: [staging/**]
    require: {}
  - name: production is confirmed
    paths: [prod/**, .sallyport.yml]
    require: {duo: author}
  - name: docs need an approver
    paths: [docs/**]
    require: {approvals: {count: 1, from: [write]}, duo: approver}
`

// gitServer is a bare repository with the hook installed as an operator would, and a clone to push from.
type gitServer struct {
	*keysTown
	bare, clone, config string
	user                string
}

func newGitServer(t *testing.T, wait string) *gitServer {
	t.Helper()
	k := sqliteKeysTown(t)
	dir := t.TempDir()
	g := &gitServer{keysTown: k, bare: filepath.Join(dir, "jobs.git"), clone: filepath.Join(dir, "clone"), config: filepath.Join(dir, "hook.yml"), user: "dev"}
	bin, err := exec.LookPath("sallyport")
	k.must(err)
	k.must(os.WriteFile(filepath.Join(dir, "token"), []byte("both\n"), 0o600))
	g.configure("server: " + k.url + "\ntoken_file: token\nwait: " + wait + "\nbranches: [main, release]\n")
	g.must2(exec.Command("git", "init", "-q", "--bare", "-b", "main", g.bare).CombinedOutput())
	g.must2(exec.Command("git", "init", "-q", "-b", "main", g.clone).CombinedOutput())
	g.git("config", "user.email", "dev@acme.example")
	g.git("config", "user.name", "dev")
	g.git("remote", "add", "origin", g.bare)
	g.commit("Begin", map[string]string{".sallyport.yml": hookPolicy, "prod/api.nomad": "count = 1\nname = \"api\"\n", "staging/web.nomad": "count = 1\n"})
	g.git("push", "-q", "origin", "main", "main:release")
	script, err := os.ReadFile("../docs/examples/pre-receive.sh")
	k.must(err)
	k.must(os.WriteFile(filepath.Join(g.bare, "hooks", "pre-receive"), script, 0o700))
	t.Setenv("SALLYPORT_BIN", bin)
	t.Setenv("SALLYPORT_HOOK_CONFIG", g.config)
	return g
}

func (g *gitServer) configure(text string) {
	g.Helper()
	g.must(os.WriteFile(g.config, []byte(text), 0o600))
}

func (g *gitServer) must2(out []byte, err error) {
	g.Helper()
	if err != nil {
		g.Fatalf("%v: %s", err, out)
	}
}

func (g *gitServer) run(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = g.clone
	cmd.Env = append(os.Environ(), "GITHUB_USER_LOGIN="+g.user, "GITHUB_REPO_NAME=acme/jobs", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (g *gitServer) git(args ...string) string {
	g.Helper()
	out, err := g.run(args...)
	if err != nil {
		g.Fatalf("git %v: %v: %s", args, err, out)
	}
	return out
}

// commit writes files (none when the text is empty) and commits everything.
func (g *gitServer) commit(message string, files map[string]string) string {
	g.Helper()
	for path, text := range files {
		full := filepath.Join(g.clone, path)
		g.must(os.MkdirAll(filepath.Dir(full), 0o755))
		g.must(os.WriteFile(full, []byte(text), 0o644))
	}
	g.git("add", "-A")
	g.git("commit", "-q", "--allow-empty", "-m", message)
	return g.git("rev-parse", "HEAD")
}

// passes pushes and wants it through; refused wants it turned away with the code.
func (g *gitServer) passes(refs ...string) string {
	g.Helper()
	out, err := g.run(append([]string{"push", "origin"}, refs...)...)
	if err != nil {
		g.Errorf("the push %v was refused:\n%s", refs, out)
	}
	return out
}

func (g *gitServer) refused(code string, refs ...string) string {
	g.Helper()
	out, err := g.run(append([]string{"push", "origin"}, refs...)...)
	if err == nil || !strings.Contains(out, "sallyport: refused: "+code) || code != "duo-fraud" && !strings.Contains(out, "Next: ") {
		g.Errorf("the push %v: %v, want refused with %s and a next step:\n%s", refs, err, code, out)
	}
	return out
}

// answering has the next push to the phone answered, and yields it.
func (g *gitServer) answering(answer func(*duotest.Server, string) error) <-chan duotest.Push {
	got := make(chan duotest.Push, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if p, err := g.duo.WaitPush(ctx, ""); err == nil {
			_ = answer(g.duo, p.Txid)
			got <- p
		}
		close(got)
	}()
	return got
}

func (g *gitServer) rang(times int) {
	g.Helper()
	if got := len(g.duo.Pushes()); got != times {
		g.Errorf("the phone rang %d times, want %d", got, times)
	}
}

func TestPreReceiveOfARealPush(t *testing.T) {
	g := newGitServer(t, "20s")
	g.commit("Scale staging", map[string]string{"staging/web.nomad": "count = 2\n"})
	if out := g.passes("main"); !strings.Contains(out, "remote: sallyport: main: nothing that changes needs a confirmation.") {
		t.Errorf("it does not say why it passed:\n%s", out)
	}
	g.rang(0)

	sha := g.commit("Scale production", map[string]string{"prod/api.nomad": "count = 2\nname = \"api\"\n"})
	from := g.git("rev-parse", "HEAD~")
	answered := g.answering((*duotest.Server).Approve)
	if out := g.passes("main"); !strings.Contains(out, "Waiting for the phone of github:dev") || !strings.Contains(out, "prod/api.nomad") {
		t.Errorf("it does not say what it waits for:\n%s", out)
	}
	p := <-answered
	for key, want := range map[string]string{"Key": sha, "Requested by": "pipeline", "repository": "acme/jobs", "branch": "main", "from": from, "paths": "prod/api.nomad"} {
		if got := p.Get(key); got != want {
			t.Errorf("the phone shows %s %q, want %q", key, got, want)
		}
	}
	g.rang(1)

	// The same commit on another branch is another matter.
	answered = g.answering((*duotest.Server).Deny)
	g.refused("duo-denied", "main:release")
	if p := <-answered; p.Get("branch") != "release" {
		t.Errorf("the phone shows branch %q, want release", p.Get("branch"))
	}
	g.rang(2)
	g.passes("main:refs/heads/unguarded", "main:refs/tags/v1")
	g.rang(2)
}

// threats 17 and 23: what moves out of production changes production, whatever it is called afterwards.
func TestThreat17RenameThroughTheHook(t *testing.T) {
	g := newGitServer(t, "20s")
	g.git("mv", "prod/api.nomad", "staging/api.nomad")
	g.commit("Move the api to staging", nil)
	answered := g.answering((*duotest.Server).Deny)
	g.refused("duo-denied", "main")
	if p := <-answered; p.Get("paths") != "prod/api.nomad" {
		t.Errorf("the phone shows %q, want the path that production loses", p.Get("paths"))
	}
	g.rang(1)
}

func TestPreReceiveAnswerCountsForTheNextTry(t *testing.T) {
	g := newGitServer(t, "0s")
	g.commit("Scale production", map[string]string{"prod/api.nomad": "count = 3\n"})
	g.refused("awaiting-phone", "main")
	g.refused("awaiting-phone", "main")
	g.rang(1)
	g.must(g.duo.Approve(g.push().Txid))
	g.settled(g.git("rev-parse", "HEAD"))
	g.user = "ana" // a commit that dev confirmed is not ana's to push
	g.refused("awaiting-phone", "main")
	g.rang(2)
	g.must(g.duo.Approve(g.push().Txid))
	g.settled(g.git("rev-parse", "HEAD"))
	g.passes("main")
	g.rang(2)
}

func TestPreReceiveRefusesWhatItCannotTell(t *testing.T) {
	g := newGitServer(t, "0s")
	g.commit("Scale staging", map[string]string{"staging/web.nomad": "count = 2\n"})
	g.passes("main")
	g.refused("deletion", ":release")
	g.git("commit", "-q", "--amend", "-m", "Another history")
	g.refused("force-push", "-f", "main")
	g.git("reset", "-q", "--hard", "origin/main")
	g.commit("Write docs", map[string]string{"docs/a.md": "a\n"})
	g.refused("needs-approver", "main")
	g.git("reset", "-q", "--hard", "origin/main")
	g.commit("Add elsewhere", map[string]string{"elsewhere": "a\n"})
	g.refused("ungoverned", "main")
	g.git("reset", "-q", "--hard", "origin/main")
	g.rang(0)

	g.must(os.Symlink("../prod/api.nomad", filepath.Join(g.clone, "staging", "link")))
	g.commit("Link", nil)
	g.refused("awaiting-phone", "main")
	g.must(g.duo.Deny(g.push().Txid))
	g.settled(g.git("rev-parse", "HEAD"))
	g.git("reset", "-q", "--hard", "origin/main")

	g.user = ""
	g.commit("Scale production", map[string]string{"prod/api.nomad": "count = 4\n"})
	g.refused("nobody", "main")
	g.user = "ghost"
	g.refused("duo-unmapped", "main")
	g.user = "dev"
	g.configure("server: http://127.0.0.1:1\ntoken_file: token\nbranches: [main]\n")
	g.refused("server-unreachable", "main")
	g.configure("server: http://sallyport.example.com\ntoken_file: token\n")
	if out, err := g.run("push", "origin", "main"); err == nil || !strings.Contains(out, "must be reached by https") {
		t.Errorf("a token in the open: %v\n%s", err, out)
	}
	g.configure("server: " + g.url + "\ntoken_file: token\nbranch: main\n")
	if out, err := g.run("push", "origin", "main"); err == nil || !strings.Contains(out, "unknown field") {
		t.Errorf("a slip in the configuration: %v\n%s", err, out)
	}
}

// The policy is the one at the old end, and the objects are the real ones.
func TestThreat9ThePushDoesNotChangeWhatJudgesIt(t *testing.T) {
	g := newGitServer(t, "0s")
	g.commit("Free everything", map[string]string{"prod/api.nomad": "count = 5\n",
		".sallyport.yml": "version: 1\nrules:\n  - {name: free, paths: [\"**\"], require: {}}\n"})
	g.refused("awaiting-phone", "main")
	g.must(g.duo.Deny(g.push().Txid))
	g.settled(g.git("rev-parse", "HEAD"))
	g.git("reset", "-q", "--hard", "origin/main")

	lamb := g.commit("Scale staging", map[string]string{"staging/web.nomad": "count = 9\n"})
	g.git("reset", "-q", "--hard", "origin/main")
	wolf := g.commit("Scale production", map[string]string{"prod/api.nomad": "count = 9\n"})
	g.passes(lamb + ":refs/replace/" + wolf)
	g.refused("awaiting-phone", "main")
	g.rang(2)
}
