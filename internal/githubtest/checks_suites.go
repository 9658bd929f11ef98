package githubtest

import (
	"slices"
	"time"
)

// CheckSuite gathers one app's check runs on one commit.
type CheckSuite struct {
	ID int64 // never changes

	repo    *Repo
	app     *App
	sha     string
	branch  string
	created time.Time
	updated time.Time
	run     *workflowRun // set where GitHub Actions made the suite
}

// workflowRun is one run of an Actions workflow.
type workflowRun struct{ path, event string }

// RunWorkflow says that the app's check suite on a commit is a run of the workflow file, started by that kind of event.
func (r *Repo) RunWorkflow(app *App, sha, path, event string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.suite(app, sha).run = &workflowRun{path, event}
}

// suite is the app's check suite on a commit, created on first mention.
func (r *Repo) suite(app *App, sha string) *CheckSuite {
	for _, s := range r.suites {
		if s.app == app && s.sha == sha {
			return s
		}
	}
	now := r.s.now()
	s := &CheckSuite{ID: r.s.nextID(), repo: r, app: app, sha: sha, branch: r.branchAt(sha), created: now, updated: now}
	r.suites = append(r.suites, s)
	return s
}

// branchAt names a branch whose tip is the commit; empty for none.
func (r *Repo) branchAt(sha string) string {
	for _, name := range r.git.branches() {
		if r.git.branch(name) == sha {
			return name
		}
	}
	return ""
}

func (r *Repo) suitesOn(sha string) []*CheckSuite {
	var on []*CheckSuite
	for _, s := range r.suites {
		if s.sha == sha {
			on = append(on, s)
		}
	}
	return on
}

func (s *CheckSuite) runs() []*CheckRun {
	var runs []*CheckRun
	for _, c := range s.repo.runsBySHA[s.sha] {
		if c.suite == s {
			runs = append(runs, c)
		}
	}
	return runs
}

// latest drops the runs that a newer one of the same name replaced.
func latest(runs []*CheckRun) []*CheckRun {
	type key struct {
		app  *App
		name string
	}
	newest := map[key]*CheckRun{}
	for _, c := range runs {
		newest[key{c.app, c.name}] = c
	}
	return slices.DeleteFunc(slices.Clone(runs), func(c *CheckRun) bool { return newest[key{c.app, c.name}] != c })
}

// state is the suite's status and, once all its runs are completed, its conclusion: the worst of theirs.
func (s *CheckSuite) state() (status, conclusion string) {
	runs := latest(s.runs())
	if len(runs) == 0 {
		return "queued", ""
	}
	worst := []string{"action_required", "timed_out", "cancelled", "failure", "stale", "success", "neutral", "skipped"}
	best := len(worst)
	for _, c := range runs {
		if c.status != "completed" {
			return "in_progress", ""
		}
		best = min(best, slices.Index(worst, c.conclusion))
	}
	return "completed", worst[max(best, 0)]
}
