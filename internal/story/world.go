// Package story is a small town to try Sallyport in: a simulated GitHub with real git repositories, a simulated Duo
// with phones, a few people, and a Sallyport server between them. Stories and the demo move through it in the same
// verbs.
package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/verify"
)

// Process is a running Sallyport.
type Process interface {
	// Stop asks it to end and waits until it has, with its exit status.
	Stop() (int, error)
	// Kill ends it at once, as a power cut would.
	Kill() error
}

// Options say which town to build.
type Options struct {
	Dir      string // where the configuration and the state go
	Database string // "" is SQLite in Dir
	Validate bool   // hold every exchange with GitHub to its published shapes
	Asks     int    // how often GitHub answers "unknown" about a test merge; see githubtest.Options
	Latency  time.Duration
	// Witness keeps every answer that is fetched, for Evidence. A long run would keep too many.
	Witness bool
	// Launch starts a server with a configuration file. The log goes to the file named.
	Launch func(config, log string) (Process, error)
	// Command runs the program once, as an operator at a shell; nil where there is no program.
	Command func(ctx context.Context, args ...string) error
	// Stream starts the program and gives what it prints, and what ends it; nil where there is no program.
	Stream func(args ...string) (io.Reader, func() error, error)
	// Restart restarts the database as a power cut would; nil where that cannot be had.
	Restart func(ctx context.Context) error
	// FailOver ends the database at once and puts another server in charge, which has all that was committed; nil where there is none.
	FailOver func(ctx context.Context) error
	// Say is told what happens, one line at a time, for people.
	Say func(line string)
}

// The names in the town.
const (
	Organization = "acme"
	Repository   = "jobs"
	CheckName    = "ci"
	CIApp        = 15368 // GitHub Actions has this number
)

// World is the town.
type World struct {
	Options
	GitHub   *githubtest.Server
	Duo      *duotest.Server
	Channel  *Channel
	App      *githubtest.App
	CI       *githubtest.App
	Repo     *githubtest.Repo
	house    *githubtest.Repo // acme/.github, once somebody made it
	proposal *githubtest.Pull // to the floor in it

	people  map[string]*githubtest.Account
	keys    map[string]*signature.Signer
	bot     *signature.Signer // the server's own signing key
	botKey  string
	botFile string              // where the server finds it, once it was rotated
	retired []*signature.Signer // its keys before
	server  Process
	second  Process // another replica, where there is one
	third   Process // and one more, to which nobody sends anything
	stopped Process // of these, the one that is paused
	other   string  // where the second listens
	address string  // where the load balancer sends everything
	struck  func() bool
	faults  []setFault
	token   string
	signs   hookSecrets

	secondServer  Process // another replica, where a story starts one
	secondAddress string

	installed *githubtest.Installation // of Sallyport on acme

	ruleset     int64
	queueRules  int64
	reviewRules int64             // the ruleset by which GitHub itself requires reviews; 0 for none
	seen        *verify.State     // by the last verification that compares
	guarded     string            // the tip of main when the server was first started
	last        int               // the pull request spoken of last
	heads       map[int]headOf    // where its branch is
	decisions   map[string]string // pages of decisions as they were first seen, by path
	reviews     map[string]*githubtest.Review
	// comments are the last of each person, remarks those on lines of the diff.
	comments map[string]*githubtest.Comment
	remarks  map[string]*githubtest.Remark
	groups   map[int]string    // the head of the merge queue's group that was seen last
	tested   string            // the batch that CI spoke of last
	theirs   string            // what somebody put on a branch of Sallyport's
	merges   map[string]string // the merge SHA that a person's phone showed last
	counter  int               // makes names and contents differ
	visitors map[string]*visitor
	follower *follower        // of the ledger
	scenes   map[string]scene // the repositories that the story has left, by name
	witness  witness
}

type headOf struct {
	repo   *githubtest.Repo
	branch string
}

// New builds the town. Close tears it down.
func New(o Options) (*World, error) {
	w := &World{Options: o, people: map[string]*githubtest.Account{}, keys: map[string]*signature.Signer{},
		heads: map[int]headOf{}, reviews: map[string]*githubtest.Review{}, comments: map[string]*githubtest.Comment{}, remarks: map[string]*githubtest.Remark{}, merges: map[string]string{}, visitors: map[string]*visitor{}, scenes: map[string]scene{},
		groups: map[int]string{}, signs: hookSecrets{github: WebhookSecret, server: WebhookSecret}}
	if w.Say == nil {
		w.Say = func(string) {}
	}
	for _, step := range []func() error{w.startSimulators, w.settle, w.configure} {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("building the world: %w", err), w.Close())
		}
	}
	return w, nil
}

func (w *World) startSimulators() (err error) {
	w.GitHub, err = githubtest.New(githubtest.Options{Validate: w.Validate,
		MergeabilityAsks: w.Asks, Latency: w.Latency})
	if err != nil {
		return err
	}
	if err := w.GitHub.Start(); err != nil {
		return err
	}
	w.Channel = newChannel()
	w.Duo, err = duotest.New()
	return err
}

// settle moves people in and gives them a repository of jobs to guard.
func (w *World) settle() error {
	owner := w.person("root")
	org := w.GitHub.Organization(Organization, owner)
	repo, err := w.GitHub.Repo(org, Repository)
	if err != nil {
		return err
	}
	w.Repo = repo
	for login, role := range map[string]pull.Role{
		"ana": pull.Admin, "bo": pull.Admin, "dev": pull.Write, "eve": pull.Write, "ken": pull.Read,
	} {
		org.Join(w.person(login))
		repo.Grant(w.person(login), role)
	}
	w.Duo.AddUsers("ana.admin", "bo.admin", "dev.eloper", "eve.engineer", "ken.reader")
	_, err = repo.Commit("main", map[string]string{
		"README.md":         "Nomad jobs of acme. main is production.\n",
		"staging/web.nomad": nomadJob("web", "staging", 1),
		"prod/api.nomad":    nomadJob("api", "prod", 1),
		"prod/web.nomad":    nomadJob("web", "prod", 1),
	}, owner, githubtest.Message("The jobs as they run today"))
	if err != nil {
		return err
	}
	return w.installApps(org)
}

// registered is the app as `sallyport register` would have it, with everything that only some need.
func registered() githubtest.AppOptions {
	o := githubtest.AppOptions{Slug: "sallyport", Name: "Sallyport", Permissions: map[string]string{}, Events: []string{"installation", "installation_repositories"}}
	for _, p := range hub.Permissions {
		o.Permissions[p.Name] = p.Level
		o.Events = append(o.Events, p.Tells...)
	}
	return o
}

func (w *World) installApps(org *githubtest.Account) (err error) {
	if w.App, err = w.GitHub.App(registered()); err != nil {
		return err
	}
	if w.CI, err = w.GitHub.App(githubtest.AppOptions{ID: CIApp, Slug: "builder", Name: "Builder"}); err != nil {
		return err
	}
	w.App.SetOAuth("client", clientSecret)
	w.installed = w.App.Install(org)
	w.CI.Install(org)
	w.guard(githubtest.Bypass{Role: pull.Admin})
	return nil
}

// guard sets the ruleset of main: CI's check is required, and the given may pass it by.
func (w *World) guard(bypass ...githubtest.Bypass) {
	if w.ruleset != 0 {
		w.Repo.RemoveRuleset(w.ruleset)
	}
	w.ruleset = w.Repo.AddRuleset(githubtest.Ruleset{Name: "main", Include: []string{"~DEFAULT_BRANCH"},
		Bypass: bypass, Rules: []githubtest.Rule{
			{Type: "required_status_checks", Checks: []githubtest.RequiredCheck{{Name: CheckName, App: w.CI.ID}}},
		}})
}

func (w *World) person(login string) *githubtest.Account {
	if w.people[login] == nil {
		mention := w.GitHub.User
		if strings.HasSuffix(login, "[bot]") {
			mention = w.GitHub.Bot
		}
		w.people[login] = mention(login)
	}
	return w.people[login]
}

// Close stops everything.
func (w *World) Close() error {
	var errs []error
	for _, process := range []Process{w.second, w.third} {
		if process != nil {
			errs = append(errs, process.Kill())
		}
	}
	for _, process := range []Process{w.server, w.secondServer} {
		if process != nil {
			_, err := process.Stop()
			errs = append(errs, err)
		}
	}
	if w.follower != nil && w.follower.end != nil {
		errs = append(errs, w.follower.end())
	}
	if w.Channel != nil {
		w.Channel.Close()
	}
	if w.Duo != nil {
		errs = append(errs, w.Duo.Close())
	}
	if w.GitHub != nil {
		errs = append(errs, w.GitHub.Close())
	}
	return errors.Join(errs...)
}

// URL is where Sallyport answers.
func (w *World) URL() string { return "http://" + w.address }

// LogFile is where Sallyport's log goes.
func (w *World) LogFile() string { return filepath.Join(w.Dir, "sallyport.log") }

// Start launches Sallyport and waits until it is ready.
func (w *World) Start(ctx context.Context) error {
	process, err := w.Launch(filepath.Join(w.Dir, "sallyport.yml"), w.LogFile())
	if err != nil {
		return fmt.Errorf("starting sallyport: %w", err)
	}
	w.server = process
	if w.guarded == "" {
		w.guarded = w.Repo.Branch("main")
	}
	w.App.SetWebhook(w.URL()+"/api/github/hook", w.signs.github)
	return w.until(ctx, "sallyport is ready", w.ready)
}

// Stop ends Sallyport and reports its exit status.
func (w *World) Stop() (int, error) {
	process := w.server
	w.server = nil
	if process == nil {
		return 0, errors.New("sallyport is not running")
	}
	return process.Stop()
}

// Running reports whether Sallyport is meant to be running.
func (w *World) Running() bool { return w.server != nil }

// Kill ends Sallyport as a power cut would.
func (w *World) Kill() error {
	process := w.server
	w.server = nil
	if process == nil {
		return errors.New("sallyport is not running")
	}
	if w.second != nil {
		w.server, w.second = w.second, nil
		w.balance()
	}
	return process.Kill()
}

// patience bounds how long a story waits for something to come true: well above what the program itself takes its time for, of
// which the longest is the minute after which whoever queues looks for a turn that was lost.
const patience = 150 * time.Second

// until waits for a condition. What it last saw instead is in the error.
func (w *World) until(ctx context.Context, what string, met func(context.Context) (string, bool)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pause := time.NewTicker(25 * time.Millisecond)
	defer pause.Stop()
	saw := "nothing"
	for {
		now, ok := met(ctx)
		if ok {
			return nil
		}
		if ctx.Err() == nil {
			saw = now // what is seen when time runs out is only that it ran out
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s; last seen: %s", what, saw)
		case <-pause.C:
		}
	}
}

func nomadJob(name, tier string, count int) string {
	return fmt.Sprintf("job %q {\n  datacenters = [%q]\n  group \"main\" {\n    count = %d\n  }\n}\n", name, tier, count)
}

// Person is somebody in the town, moving in if need be.
func (w *World) Person(login string) *githubtest.Account { return w.person(login) }

// Idle waits until GitHub has handed over every webhook and Sallyport has no pass due or running.
func (w *World) Idle(ctx context.Context) error {
	if err := w.GitHub.Settle(ctx); err != nil {
		return err
	}
	return w.until(ctx, "sallyport is idle", func(ctx context.Context) (string, bool) {
		body, _, err := w.Get(ctx, "/metrics")
		busy := busyJobs(string(body))
		return fmt.Sprintf("%v %v", busy, err), err == nil && len(busy) == 0
	})
}

// Log is what Sallyport has logged so far, that of a second replica after that of the first.
func (w *World) Log() string {
	var all strings.Builder
	for _, file := range []string{w.LogFile(), w.secondLog(), filepath.Join(w.Dir, "third.log")} {
		if text, err := os.ReadFile(file); err == nil { // what has not begun has logged nothing
			all.Write(text)
		}
	}
	return strings.TrimSpace(all.String())
}

func (w *World) secondLog() string { return filepath.Join(w.Dir, "second.log") }
