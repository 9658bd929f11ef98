package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sallyport/sallyport/internal/chaos"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

// TestMain lets the test binary be the real one: stories run `sallyport` as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sallyport": main})
}

var only = flag.String("story", "", "run only the stories whose file matches this pattern")

// TestStories plays every story on SQLite and on PostgreSQL, against both simulators over HTTP.
func TestStories(t *testing.T) {
	databases := map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return withPassword(t, pgtest.Database(t)) },
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) { playStories(t, name, database) })
	}
}

// does reports whether the story has a line of this verb alone: one that restarts its database must not share it.
func does(t *testing.T, dir, verb string) bool {
	t.Helper()
	text, err := os.ReadFile("testdata/stories/" + strings.TrimPrefix(filepath.Base(dir), "script-") + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), "\n"+verb+"\n")
}

type worldKey struct{}

func playStories(t *testing.T, kind string, database func(*testing.T) string) {
	files, err := filepath.Glob("testdata/stories/" + orAll(*only) + ".txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	noBuiltins(t, files)
	testscript.Run(t, testscript.Params{
		Files:              files,
		Cmds:               storyCommands(),
		Condition:          func(word string) (bool, error) { return word == kind, nil },
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			o := story.Options{Dir: env.WorkDir, Validate: true, Witness: true, Launch: launchProcess(env.Getenv), Command: commandLine(env), Stream: streamOf(env.Getenv)}
			switch {
			case kind == "postgres" && does(t, env.WorkDir, "restart-database"):
				o.Database, o.Restart = pgtest.Own(t)
				o.Database = withPassword(t, o.Database)
			case kind == "postgres" && does(t, env.WorkDir, "fail-over-database"):
				o.Database, o.FailOver = pgtest.Pair(t)
				o.Database = withPassword(t, o.Database)
			default:
				o.Database = database(t)
			}
			w, err := story.New(o)
			if err != nil {
				return err
			}
			env.Values[worldKey{}] = w
			env.Defer(func() { endStory(t, w) })
			return nil
		},
	})
}

// builtins are testscript's own commands. They win over a verb of the same name, and then the story tells something else
// than it seems to. Those of mistaken are none that a story needs.
var (
	builtins = regexp.MustCompile(`^(cd|chmod|cmp|cmpenv|cp|env|exec|exists|grep|kill|mkdir|mv|rm|skip|stderr|stdin|stdout|stop|symlink|wait)$`)
	mistaken = regexp.MustCompile(`(?m)^(kill|stop|wait|skip)( .*)?$`)
)

func noBuiltins(t *testing.T, files []string) {
	for name := range story.Verbs {
		if builtins.MatchString(name) {
			t.Errorf("testscript has a command %q of its own: call the verb something else", name)
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		script, _, _ := strings.Cut(string(text), "\n-- ")
		if found := mistaken.FindString(script); found != "" {
			t.Errorf("%s: %q is testscript's own command; a crash is called crash", file, found)
		}
		for line := range strings.Lines(script) {
			if line[0] != '#' && cutShort(line) {
				t.Errorf("%s: a # begins a comment, so that what follows is not looked for; quote it: %s", file, line)
			}
		}
	}
}

// cutShort reports whether a comment begins within a line: at any # outside quotes.
func cutShort(line string) bool {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 0 && strings.Contains(part, "#") {
			return true
		}
	}
	return false
}

func orAll(pattern string) string {
	if pattern == "" {
		return "*"
	}
	return pattern
}

// endStory stops everything, and holds the story to four rules: no secret is to be seen anywhere, nothing was done to the
// outside that the fault matrix does not let go wrong, GitHub did misbehave where the story says so, and every exchange
// had GitHub's published shape.
func endStory(t *testing.T, w *story.World) {
	keepSecrets(t, w)
	for _, what := range chaos.Escaped(w.GitHub.Calls(), w.Duo) {
		t.Errorf("%s goes wrong nowhere: give it a row in internal/chaos/effects.go", what)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	for _, v := range w.GitHub.Violations() {
		t.Errorf("not as GitHub publishes it: %s", v)
	}
	for _, fault := range w.Unstruck() {
		t.Errorf("GitHub was to misbehave at %s, and nothing came there", fault)
	}
	if t.Failed() && testing.Verbose() {
		t.Logf("sallyport's log:\n%s", w.Log())
	}
}

// storyCommands makes every verb of a story a command of its script.
func storyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){}
	for name := range story.Verbs {
		if builtin[name] {
			panic("the script language has a command of its own that is called " + name)
		}
		commands[name] = verb(name, nil)
	}
	file := func(ts *testscript.TestScript, args []string) []string {
		if len(args) == 0 || args[0] == "none" {
			return args
		}
		return append([]string{ts.MkAbs(args[0])}, args[1:]...)
	}
	for _, name := range []string{"policy", "people", "floor", "shared"} {
		commands[name] = verb(name, file)
	}
	for _, name := range []string{"post", "propose-floor"} {
		commands[name] = verb(name, func(ts *testscript.TestScript, args []string) []string {
			if len(args) > 1 && args[1] != "none" {
				args[1] = ts.MkAbs(args[1])
			}
			return args
		})
	}
	for _, name := range []string{"propose", "push", "main"} {
		commands[name] = verb(name, func(ts *testscript.TestScript, args []string) []string {
			for i, word := range args {
				if path, kept, ok := strings.Cut(word, "=@"); ok {
					args[i] = path + "=@" + ts.MkAbs(kept)
				}
			}
			return args
		})
	}
	return commands
}

// builtin are the script language's own commands, which go before ours of the same name.
var builtin = map[string]bool{"cat": true, "cd": true, "chmod": true, "cmp": true, "cmpenv": true, "cp": true, "env": true, "exec": true,
	"exists": true, "grep": true, "kill": true, "mkdir": true, "mv": true, "rm": true, "skip": true, "stderr": true, "stdin": true,
	"stdout": true, "stop": true, "symlink": true, "ttyin": true, "ttyout": true, "unix2dos": true, "unquote": true, "wait": true}

func verb(name string, rewrite func(*testscript.TestScript, []string) []string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("%s cannot be negated: name what holds instead", name)
		}
		if rewrite != nil {
			args = rewrite(ts, args)
		}
		ts.Check(ts.Value(worldKey{}).(*story.World).Run(context.Background(), name, args))
	}
}

// launchProcess starts the real program, as an operator would.
func launchProcess(getenv func(string) string) func(string, string) (story.Process, error) {
	return func(config, logPath string) (story.Process, error) {
		log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		defer log.Close()
		bin := filepath.Join(filepath.SplitList(getenv("PATH"))[0], "sallyport")
		cmd := exec.Command(bin, "serve", "--config", config)
		cmd.Stdout, cmd.Stderr, cmd.Env = log, log, os.Environ()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves nothing behind
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("starting the program: %w", err)
		}
		return &process{cmd}, nil
	}
}

// commandLine runs the real program once.
func commandLine(env *testscript.Env) func(context.Context, ...string) error {
	return commandOf(env.Getenv)
}

func commandOf(getenv func(string) string) func(context.Context, ...string) error {
	return func(ctx context.Context, args ...string) error {
		cmd := exec.CommandContext(ctx, filepath.Join(filepath.SplitList(getenv("PATH"))[0], "sallyport"), args...)
		cmd.Env = os.Environ()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("sallyport %v: %w: %s", args, err, out)
		}
		return nil
	}
}

// streamOf starts the real program and hands on what it prints.
func streamOf(getenv func(string) string) func(...string) (io.Reader, func() error, error) {
	return func(args ...string) (io.Reader, func() error, error) {
		cmd := exec.Command(filepath.Join(filepath.SplitList(getenv("PATH"))[0], "sallyport"), args...)
		cmd.Env, cmd.SysProcAttr = os.Environ(), &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		return out, func() error { return (&process{cmd}).Kill() }, err
	}
}

type process struct{ cmd *exec.Cmd }

func (p *process) Stop() (int, error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return -1, err
	}
	err := p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode(), ignoreExit(err)
}

func (p *process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	return ignoreExit(p.cmd.Wait())
}

// Pause and Resume stop the process and let it go on, as a hypervisor does.
func (p *process) Pause() error  { return p.cmd.Process.Signal(syscall.SIGSTOP) }
func (p *process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

func ignoreExit(err error) error {
	if _, ok := err.(*exec.ExitError); ok {
		return nil
	}
	return err
}
