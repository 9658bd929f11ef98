package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/command"
	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

// gatedPolicy is what the benchmarks' repositories are guarded by. The checks are those of one life.
const gatedPolicy = `version: 1
rules:
  - name: staging is approved by default
    paths: [staging/**]
    require: {}
  - name: production needs an admin
    paths: [prod/**, .sallyport.yml, .github/**]
    require: {approvals: {count: 1, from: [admin]}, duo: author}
  - name: everything else needs a second pair of eyes
    paths: ["**"]
    require: {approvals: {count: 1, from: [write]}}
automerge:
  method: merge
  checks: [%s]
`

// town builds a world with a running server of its own process, so that memory can be read.
func town(b *testing.B, o story.Options, checks ...string) *story.World {
	b.Helper()
	o.Dir = b.TempDir()
	if o.Launch == nil {
		o.Launch = command.Inside(context.Background(), true)
	}
	w, err := story.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := w.Close(); err != nil {
			b.Error(err)
		}
		if b.Failed() {
			keep := filepath.Join(os.TempDir(), "sallyport-bench.log")
			_ = os.WriteFile(keep, []byte(w.Log()), 0o600)
			b.Logf("the server's log is %s", keep)
		}
	})
	file := filepath.Join(o.Dir, "policy.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, gatedPolicy, strings.Join(checks, ", ")), 0o600); err != nil {
		b.Fatal(err)
	}
	play(b, w, "policy "+file, "start")
	return w
}

// play carries out lines of a story.
func play(b *testing.B, w *story.World, lines ...string) {
	b.Helper()
	for _, line := range lines {
		words := strings.Fields(line)
		if err := w.Run(context.Background(), words[0], words[1:]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLife counts what one pull request costs from opening to landing: 3 files, 2 commits, 3 check runs and 2
// statuses from start to success, an admin's review, a Duo push, a merge.
func BenchmarkLife(b *testing.B) {
	checks := []string{"ci", "lint", "plan"}
	statuses := []string{"scan", "licenses"}
	for name, floor := range map[string]string{"alone": "", "floor": lifeFloor} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := town(b, story.Options{}, append(slices.Clone(checks), statuses...)...)
				if floor != "" {
					path := filepath.Join(b.TempDir(), "floor.yml")
					if err := os.WriteFile(path, []byte(floor), 0o600); err != nil {
						b.Fatal(err)
					}
					play(b, w, "floor "+path)
				}
				settle(b, w)
				w.GitHub.ResetCalls()
				live(b, w, checks, statuses)
				report(b, w.GitHub.Calls())
			}
		})
	}
}

// lifeFloor asks what the town's own policy asks.
const lifeFloor = "version: 1\nrules:\n  - {name: production needs an admin anywhere, paths: [prod/**], require: {approvals: {count: 1, from: [admin]}, duo: author}}\n"

func live(b *testing.B, w *story.World, checks, statuses []string) {
	play(b, w, "propose dev prod/a.nomad prod/b.nomad", "push dev prod/c.nomad", "blocked approval no-admin-approval")
	p, _ := w.Repo.FindPull(1)
	for _, state := range [][2]string{{"queued", ""}, {"in_progress", ""}, {"completed", "success"}} {
		for _, name := range checks {
			if _, err := w.Repo.CheckRun(w.CI, name, p.Head(), state[0], state[1]); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, state := range []string{"pending", "success"} {
		for _, name := range statuses {
			play(b, w, "status dev "+name+" "+state)
		}
	}
	settle(b, w)
	play(b, w, "review ana approves", "phone dev approves", "landed")
	settle(b, w)
}

// settle waits until GitHub has handed over everything and Sallyport has nothing due.
func settle(b *testing.B, w *story.World) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.Idle(ctx); err != nil {
		b.Fatal(err)
	}
}

// report says how many requests there were, and prints them once in the order they were made.
func report(b *testing.B, calls []githubtest.Call) {
	points, graph, writes := 0, 0, 0
	for _, c := range calls {
		points += c.Points
		if c.Operation != "" {
			graph++
		}
		if c.Write {
			writes++
		}
		if testing.Verbose() {
			fmt.Println("  ", c)
		}
	}
	b.ReportMetric(float64(len(calls)), "requests")
	b.ReportMetric(float64(graph), "graphql")
	b.ReportMetric(float64(points), "points")
	b.ReportMetric(float64(writes), "writes")
}

// BenchmarkReaction measures from the last needed event to the merge on GitHub, and the calls in between, which are
// made one after the other.
func BenchmarkReaction(b *testing.B) {
	for _, latency := range []time.Duration{0, 100 * time.Millisecond} {
		b.Run(fmt.Sprintf("latency=%s", latency), func(b *testing.B) {
			w := town(b, story.Options{}, "ci")
			var times []time.Duration
			var calls int
			for b.Loop() {
				play(b, w, "propose dev staging/web.nomad", "blocked automerge check-missing", "check approval success", "check duo success")
				settle(b, w)
				w.GitHub.SetLatency(latency)
				w.GitHub.ResetCalls()
				begin := time.Now()
				play(b, w, "ci green")
				merged := awaitMerge(b, w)
				times = append(times, merged.Sub(begin))
				row := w.GitHub.Calls()
				calls = max(calls, callsUntil(row, "/merge"))
				b.Logf("in a row: %v", row[:callsUntil(row, "/merge")])
				w.GitHub.SetLatency(0)
				play(b, w, "landed")
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(calls), "calls-in-a-row")
		})
	}
}

func awaitMerge(b *testing.B, w *story.World) time.Time {
	pulls := w.Repo.Pulls()
	p := pulls[len(pulls)-1]
	for deadline := time.Now().Add(20 * time.Second); p.Merged() == ""; {
		if time.Now().After(deadline) {
			b.Fatal("it did not merge")
		}
		time.Sleep(200 * time.Microsecond)
	}
	return time.Now()
}

// callsUntil counts the calls up to the first to that path or by that operation's name.
func callsUntil(calls []githubtest.Call, what string) int {
	for i, c := range calls {
		if strings.HasSuffix(c.Path, what) || c.Operation == what {
			return i + 1
		}
	}
	return len(calls)
}

// BenchmarkStorm opens 50 pull requests and sends 20 events for each within seconds.
func BenchmarkStorm(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database, func(b *testing.B) {
			for b.Loop() {
				storm(b, database, 50, 20)
			}
		})
	}
}

func storm(b *testing.B, database string, pulls, events int) {
	server := &measured{}
	o := story.Options{Launch: server.launch(b)}
	if database == "postgres" {
		o.Database = pgtest.Database(b)
	}
	w := town(b, o, "ci")
	settle(b, w)
	w.GitHub.ResetCalls()
	for i := range pulls {
		play(b, w, fmt.Sprintf("propose dev staging/web-%d.nomad", i))
	}
	begin := time.Now()
	for round := range events {
		for _, p := range w.Repo.Pulls() {
			stormEvent(b, w, p, round, events)
		}
	}
	landed := awaitLandings(w, 3*time.Minute)
	took := time.Since(begin)
	settle(b, w)
	refused := 0
	for _, d := range w.App.Deliveries() {
		if d.StatusCode/100 != 2 {
			refused++
		}
	}
	tally := map[string]int{}
	for _, c := range w.GitHub.Calls() {
		tally[cmp.Or(c.Operation, c.Route)]++
	}
	b.Logf("requests by operation: %v", tally)
	b.ReportMetric(float64(len(w.GitHub.Calls())), "requests")
	b.ReportMetric(float64(refused), "refused")
	b.ReportMetric(float64(landed), "landed")
	b.ReportMetric(took.Seconds(), "s-until-all-landed")
	b.ReportMetric(server.peak(b), "peak-MiB")
}

// awaitLandings waits until every pull request is merged, or time is up, and counts them.
func awaitLandings(w *story.World, patience time.Duration) int {
	landed := 0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		landed = 0
		for _, p := range w.Repo.Pulls() {
			if p.Merged() != "" {
				landed++
			}
		}
		if landed == len(w.Repo.Pulls()) {
			break
		}
	}
	return landed
}

// stormEvent alternates checks and statuses that nothing waits for, and ends with the check that all wait for.
func stormEvent(b *testing.B, w *story.World, p *githubtest.Pull, round, events int) {
	var err error
	switch {
	case round == events-1:
		_, err = w.Repo.CheckRun(w.CI, "ci", p.Head(), "completed", "success")
	case round%2 == 0:
		_, err = w.Repo.CheckRun(w.CI, fmt.Sprintf("side-%d", round), p.Head(), "in_progress", "")
	default:
		err = w.Repo.Status(w.Person("dev"), p.Head(), fmt.Sprintf("note-%d", round), "pending")
	}
	if err != nil {
		b.Fatal(err)
	}
}

// measured is a server in a process of its own.
type measured struct{ cmd *exec.Cmd }

func (m *measured) launch(b *testing.B) func(string, string) (story.Process, error) {
	bin := filepath.Join(b.TempDir(), "sallyport")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	return func(config, logPath string) (story.Process, error) {
		log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		defer log.Close()
		m.cmd = exec.Command(bin, "serve", "--config", config)
		m.cmd.Stderr = log
		return &process{m.cmd}, m.cmd.Start()
	}
}

// peak is the process's largest resident size so far, in MiB; now is its present one.
func (m *measured) peak(b *testing.B) float64 { return m.status(b, "VmHWM:") }
func (m *measured) now(b *testing.B) float64  { return m.status(b, "VmRSS:") }

// cpu is the processor time that the process has used, in seconds.
func (m *measured) cpu(b *testing.B) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var user, system float64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		b.Fatal(err)
	}
	const ticks = 100 // per second, on Linux
	return (user + system) / ticks
}

func (m *measured) status(b *testing.B, key string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kb float64
		if rest, ok := strings.CutPrefix(line, key); ok {
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatalf("no %s", key)
	return 0
}

// BenchmarkStart measures from exec to a green /readyz on SQLite, and the idle size afterwards.
func BenchmarkStart(b *testing.B) {
	server := &measured{}
	launch := server.launch(b)
	for b.Loop() {
		begin := time.Now()
		w := town(b, story.Options{Launch: func(config, log string) (story.Process, error) {
			begin = time.Now()
			return launch(config, log)
		}}, "ci")
		ready := time.Since(begin)
		settle(b, w)
		b.ReportMetric(float64(ready.Milliseconds()), "ready-ms")
		b.ReportMetric(server.now(b), "idle-MiB")
	}
}

// moment is how long the cost of a movement is counted: those who can wait are read later, at a pace.
const moment = time.Minute

// BenchmarkBaseMoves has 200 open pull requests that want to be kept up to date, moves their target once, and counts what the next
// minute costs beside the naive design, which updates every one of them and looks at each again for it.
func BenchmarkBaseMoves(b *testing.B) {
	const open = 200
	for _, strict := range []bool{false, true} {
		b.Run(fmt.Sprintf("strict=%v", strict), func(b *testing.B) {
			for b.Loop() {
				baseMoves(b, open, strict)
			}
		})
	}
}

func baseMoves(b *testing.B, open int, strict bool) {
	w := town(b, story.Options{}, "ci")
	file := filepath.Join(w.Dir, "fresh.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, gatedPolicy+"  update: {}\n", "ci"), 0o600); err != nil {
		b.Fatal(err)
	}
	play(b, w, "policy "+file)
	if strict {
		play(b, w, "protect strict")
	}
	for i := range open {
		play(b, w, fmt.Sprintf("propose dev staging/web-%d.nomad", i), "gate automerge wait check-missing")
	}
	if strict { // whatever is green waits for its turn; the first is updated, tested and about to land
		play(b, w, "main docs/notes.md=begin")
		for i := range open {
			play(b, w, fmt.Sprintf("ci green pr%d", i+1))
		}
		play(b, w, "updates 1")
	}
	calm(b, w)
	w.GitHub.ResetCalls()
	if strict {
		for _, p := range w.Repo.Pulls() {
			if _, err := w.Repo.CheckRun(w.CI, "ci", p.Head(), "completed", "success"); err != nil {
				b.Fatal(err)
			}
		}
	} else {
		play(b, w, "main docs/notes.md=moved")
	}
	time.Sleep(moment)
	calm(b, w)
	updates := 0
	for _, c := range w.GitHub.Calls() {
		if strings.HasSuffix(c.Path, "/update-branch") {
			updates++
		}
	}
	// For each that is behind, the naive design reads, updates, reads the new head and writes three check runs on it.
	calls, naive := len(w.GitHub.Calls()), open*(1+1+1+3)
	b.ReportMetric(float64(updates), "updates")
	b.ReportMetric(float64(calls), "requests")
	b.ReportMetric(float64(naive), "naive-requests")
	b.ReportMetric(float64(naive)/float64(calls), "naive/ours")
}

// calm waits for so many passes that a story's patience is too short for them.
func calm(b *testing.B, w *story.World) {
	var err error
	for range 20 {
		if err = w.Idle(context.Background()); err == nil {
			return
		}
	}
	b.Fatal(err)
}
