package githubtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// PressButton presses a button that the check run offers; GitHub shows them to people who may write.
func (r *Repo) PressButton(by *Account, checkRun int64, identifier string) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	c := r.checkRun(checkRun)
	switch {
	case c == nil:
		return fmt.Errorf("pressing %q: no check run %d", identifier, checkRun)
	case r.role(by) < pull.Write:
		return fmt.Errorf("pressing %q on %s: %s may not write", identifier, c.name, by.login)
	case !slices.ContainsFunc(c.actions, func(a checkAction) bool { return a.Identifier == identifier }):
		return fmt.Errorf("pressing %q: %s offers no such button", identifier, c.name)
	}
	c.emit("requested_action", by, object{"requested_action": object{"identifier": identifier}})
	return nil
}

// Rerun presses "Re-run" on a check run.
func (r *Repo) Rerun(by *Account, checkRun int64) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	c := r.checkRun(checkRun)
	if c == nil || r.role(by) < pull.Write {
		return fmt.Errorf("re-running check run %d: it does not exist, or %s may not write", checkRun, by.login)
	}
	c.emit("rerequested", by, nil)
	return nil
}

// RerunSuite presses "Re-run all checks" of an app on a commit.
func (r *Repo) RerunSuite(by *Account, app *App, sha string) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.role(by) < pull.Write {
		return fmt.Errorf("re-running the checks on %s: %s may not write", sha, by.login)
	}
	r.s.emit(delivery{event: "check_suite", action: "rerequested", repo: r, only: app, sender: by,
		body: object{"check_suite": r.suite(app, sha).json(true)}})
	return nil
}

// StaleRuns marks the runs that have been unfinished for 14 days as stale, as GitHub does.
func (r *Repo) StaleRuns() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	for _, c := range r.checkRuns {
		if c.status != "completed" && r.s.now().Sub(c.started) >= 14*24*time.Hour {
			c.status, c.conclusion, c.completed = "completed", "stale", r.s.now()
		}
	}
}

// Status is a commit status, which anybody who may write can set.
type Status struct {
	ID int64 // never changes

	repo        *Repo
	sha         string
	context     string
	state       string // error, failure, pending, success
	description string
	target      string
	creator     *Account
	at          time.Time
}

// Status sets a commit status in a person's or app's name.
func (r *Repo) Status(by *Account, sha, context, state string) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if by.app == nil && r.role(by) < pull.Write {
		return fmt.Errorf("setting %s: %s may not write", context, by.login)
	}
	_, err := r.setStatus(by, Status{sha: sha, context: context, state: state})
	return asError(err)
}

func (r *Repo) setStatus(by *Account, st Status) (*Status, *apiError) {
	switch {
	case !r.git.has("commit", st.sha):
		return nil, &apiError{Status: 422, Message: "No commit found for SHA: " + st.sha}
	case !slices.Contains([]string{"error", "failure", "pending", "success"}, st.state):
		return nil, invalid("Status", "state is not one of the known ones")
	}
	st.ID, st.repo, st.creator, st.at = r.s.nextID(), r, by, r.s.now()
	st.context = orDefault(st.context, "default")
	r.statuses[st.sha] = append(r.statuses[st.sha], &st)
	r.s.emit(delivery{event: "status", repo: r, sender: by, body: st.eventJSON()})
	r.advanceAt(st.sha)
	return &st, nil
}

// latestStatuses is the newest status of each context on the commit, oldest first.
func (r *Repo) latestStatuses(sha string) []*Status {
	newest := map[string]*Status{}
	for _, s := range r.statuses[sha] {
		newest[s.context] = s
	}
	return slices.DeleteFunc(slices.Clone(r.statuses[sha]), func(s *Status) bool { return newest[s.context] != s })
}
