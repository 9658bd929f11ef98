package story

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// fault has GitHub misbehave, and remembers how to tell that it did.
func (w *World) fault(f githubtest.Fault) {
	active := w.GitHub.Fault(f)
	w.faults = append(w.faults, setFault{f, active})
	w.struck = func() bool { return active.Strikes() > 0 }
}

// setFault is a fault that a story asked for.
type setFault struct {
	asked  githubtest.Fault
	active *githubtest.ActiveFault
}

// Unstruck lists the faults that never struck: a story that has one shows something else than it says.
func (w *World) Unstruck() []string {
	var idle []string
	for _, f := range w.faults {
		if f.active.Strikes() == 0 {
			idle = append(idle, strings.TrimSpace(f.asked.Method+" "+f.asked.Path+f.asked.Operation))
		}
	}
	return idle
}

func githubHangs(_ context.Context, w *World, args []string) error {
	if len(args) != 2 || args[1] != "before" && args[1] != "after" {
		return errors.New("needs an operation, and before or after")
	}
	w.fault(githubtest.Fault{Operation: args[0], Hang: true, LoseAnswer: args[1] == "after", Times: 1})
	return nil
}

func struck(ctx context.Context, w *World, _ []string) error {
	if w.struck == nil {
		return errors.New("no fault was set")
	}
	return w.until(ctx, "the fault has struck", func(context.Context) (string, bool) { return "it has not", w.struck() })
}

func blind(_ context.Context, w *World, _ []string) error {
	w.Repo.Blind()
	return nil
}

func unnamed(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a count, or pushes")
	}
	reads, err := strconv.Atoi(args[0])
	if args[0] == "pushes" {
		reads, err = -1, nil
	}
	w.Repo.Unnamed(reads)
	return err
}

// byBot counts what Sallyport has landed on main by a commit of its own.
func byBot(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a count")
	}
	out, err := exec.CommandContext(ctx, "git", "-C", w.Repo.Dir(), "log", "--first-parent", "--format=%an", "main").Output()
	if err != nil {
		return fmt.Errorf("asking git: %w", err)
	}
	if n := strings.Count(string(out), "Sallyport\n"); strconv.Itoa(n) != args[0] {
		return fmt.Errorf("they are %d", n)
	}
	return nil
}

// replies counts comments, to see that nothing was said twice.
func replies(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	n := 0
	for _, text := range p.Comments() {
		if strings.Contains(text, strings.Join(args[1:], " ")) {
			n++
		}
	}
	if strconv.Itoa(n) != args[0] {
		return fmt.Errorf("they are %d", n)
	}
	return nil
}

// intrude pushes to main without a pull request; with -force, in place of its newest commit.
func intrude(_ context.Context, w *World, args []string) error {
	if len(args) < 2 {
		return errors.New("needs a person and something to change")
	}
	by := w.person(args[0])
	given, words, err := flags(args[1:], "force")
	if err != nil {
		return err
	}
	if given["force"] == "" {
		files, err := w.contents(words)
		if err != nil {
			return err
		}
		_, err = w.Repo.Commit("main", files, by, githubtest.Message("Change main directly"))
		return err
	}
	out, err := exec.Command("git", "-C", w.Repo.Dir(), "rev-parse", "main~1").Output()
	if err != nil {
		return fmt.Errorf("asking git: %w", err)
	}
	w.counter++
	side := fmt.Sprintf("side-%d", w.counter)
	if err := w.Repo.Push(by, side, strings.TrimSpace(string(out)), false); err != nil {
		return err
	}
	files, err := w.contents(words)
	if err != nil {
		return err
	}
	sha, err := w.Repo.Commit(side, files, by, githubtest.Message("Rewrite main"))
	if err != nil {
		return err
	}
	return w.Repo.Push(by, "main", sha, true)
}

func sweep(ctx context.Context, w *World, _ []string) error {
	if _, err := w.Stop(); err != nil {
		return err
	}
	return w.Start(ctx)
}

func metric(ctx context.Context, w *World, args []string) error {
	want := strings.Join(args, " ") + "\n"
	series, some := strings.CutSuffix(want, " some\n")
	return w.until(ctx, "the metric stands so", func(ctx context.Context) (string, bool) {
		body, _, err := w.Get(ctx, "/metrics")
		if err != nil {
			return err.Error(), false
		}
		name, _, _ := strings.Cut(want, "{")
		saw, counted := "", false
		for line := range strings.Lines(string(body)) {
			if strings.HasPrefix(line, name) {
				saw += line
			}
			counted = counted || some && strings.HasPrefix(line, series+" ") && line != series+" 0\n"
		}
		return saw, counted || strings.Contains(saw, want)
	})
}

// classic sets the classic protection of main.
func classic(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a kind of protection")
	}
	p := githubtest.Protection{Pattern: "main"}
	switch args[0] {
	case "restricted":
		p.Restricted, p.Pushers = true, []*githubtest.Account{w.person("root")}
	case "locked":
		p.Locked = true
	case "checks":
		p.Checks = []githubtest.RequiredCheck{{Name: CheckName, App: w.CI.ID}}
	case "linear":
		p.Linear = true
	case "signed":
		p.Signed = true
	case "reviews":
		p.Reviews = 2
	case "reviews-passed":
		p.Reviews, p.PullApps = 2, []*githubtest.App{w.App}
	case "none":
		w.Repo.Unprotect(w.person("root"), "main")
		return nil
	default:
		return fmt.Errorf("no such protection: %s", args[0])
	}
	w.Repo.Protect(w.person("root"), p)
	return nil
}

// requireReviews replaces the ruleset by which GitHub itself requires reviews.
func requireReviews(_ context.Context, w *World, args []string) error {
	if len(args) == 0 || len(args) > 2 || len(args) == 2 && args[1] != "passed" {
		return errors.New("needs how many, and passed where the app may pass them by")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var bypass []githubtest.Bypass
	if len(args) == 2 {
		bypass = []githubtest.Bypass{{App: w.App}}
	}
	if w.reviewRules != 0 {
		w.Repo.RemoveRuleset(w.reviewRules)
	}
	w.reviewRules = w.Repo.AddRuleset(githubtest.Ruleset{Name: "reviews", Include: []string{"~DEFAULT_BRANCH"}, Bypass: bypass,
		Rules: []githubtest.Rule{{Type: "pull_request", Reviews: n}}})
	return nil
}

// recovery shortens how long a lost delivery stays lost.
func recovery(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a period")
	}
	return w.changeSettings(func(text string) string {
		return strings.Replace(text, "recovery: {interval: 1h}", "recovery: {interval: "+args[0]+"}", 1)
	})
}

// sweeping shortens how long a change of which nothing was heard stays unseen.
func sweeping(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a period")
	}
	return w.changeSettings(func(text string) string {
		return strings.Replace(text, "sweep: {interval: 1h}", "sweep: {interval: "+args[0]+"}", 1)
	})
}

// redelivered sees how often GitHub was asked to deliver again: recovery is to cost little.
func redelivered(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a count")
	}
	n := 0
	for _, c := range w.GitHub.Calls() {
		if c.Method == "POST" && strings.HasPrefix(c.Path, "/app/hook/deliveries/") {
			n++
		}
	}
	if strconv.Itoa(n) != args[0] {
		return fmt.Errorf("it was %d times", n)
	}
	return nil
}

func githubFails(_ context.Context, w *World, args []string) error {
	if len(args) != 4 && len(args) != 5 {
		return errors.New("needs a method, a path, a way and a count")
	}
	times, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	skip := 0
	if len(args) == 5 {
		if skip, err = strconv.Atoi(args[4]); err != nil {
			return err
		}
	}
	var f githubtest.Fault
	switch args[2] {
	case "slow":
		f.Delay = 5 * time.Second
	case "lost":
		f.LoseAnswer = true
	case "hang":
		f.Hang = true
	case "done-hang":
		f.Hang, f.LoseAnswer = true, true
	case "limited":
		f = githubtest.SecondaryLimit(time.Second)
	case "limited-long": // for longer than anybody waits
		f = githubtest.SecondaryLimit(time.Hour)
	default:
		code, err := strconv.Atoi(args[2])
		if err != nil {
			return fmt.Errorf("no such way to fail: %s", args[2])
		}
		f = githubtest.Refuse(code)
	}
	f.Method, f.Path, f.Times, f.Skip = args[0], args[1], times, skip
	w.fault(f)
	return nil
}

func githubLoses(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs an operation and a count")
	}
	times, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	w.fault(githubtest.Fault{Operation: args[0], LoseAnswer: true, Times: times})
	return nil
}

func webhooks(_ context.Context, w *World, args []string) error {
	if len(args) != 3 {
		return errors.New("needs a way, an event and a count")
	}
	times, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	f := githubtest.WebhookFault{Event: args[1], Times: times}
	switch args[0] {
	case "lost":
		f.Drop = true
	case "doubled":
		f.Duplicate = 1
	case "delayed":
		f.Delay = time.Second
	case "held":
		f.Hold = true
	default:
		return fmt.Errorf("no such way: %s", args[0])
	}
	w.App.FaultWebhooks(f)
	return nil
}
