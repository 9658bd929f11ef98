package githubtest

import (
	"fmt"
	"slices"
	"time"
)

// CheckRun is one check of a GitHub App on a commit. Status is queued, in_progress or completed; the conclusion is
// empty until completed.
type CheckRun struct {
	ID int64 // never changes

	repo       *Repo
	suite      *CheckSuite
	app        *App
	name       string
	sha        string
	status     string
	conclusion string
	externalID string
	detailsURL string
	output     checkOutput
	actions    []checkAction
	started    time.Time
	completed  time.Time
}

type checkOutput struct {
	Title       string            `json:"title"`
	Summary     string            `json:"summary"`
	Text        string            `json:"text"`
	Annotations []checkAnnotation `json:"annotations"`
}

type checkAnnotation struct {
	Path            string `json:"path"`
	StartLine       int    `json:"start_line"`
	EndLine         int    `json:"end_line"`
	AnnotationLevel string `json:"annotation_level"`
	Message         string `json:"message"`
	Title           string `json:"title,omitempty"`
	RawDetails      string `json:"raw_details,omitempty"`
}

type checkAction struct {
	Label       string `json:"label"`
	Description string `json:"description"`
	Identifier  string `json:"identifier"`
}

// checkInput is what creating or updating a check run may say; nil fields stay as they are.
type checkInput struct {
	Name        *string        `json:"name"`
	HeadSHA     *string        `json:"head_sha"`
	Status      *string        `json:"status"`
	Conclusion  *string        `json:"conclusion"`
	ExternalID  *string        `json:"external_id"`
	DetailsURL  *string        `json:"details_url"`
	StartedAt   *time.Time     `json:"started_at"`
	CompletedAt *time.Time     `json:"completed_at"`
	Output      *checkOutput   `json:"output"`
	Actions     *[]checkAction `json:"actions"`
}

// CheckRun sets the check run of that name, app and commit, creating it on first mention, and anew where one that ended is
// to run again. It is how other apps' CI reports.
func (r *Repo) CheckRun(app *App, name, sha, status, conclusion string) (*CheckRun, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	in := checkInput{Name: &name, HeadSHA: &sha, Status: &status}
	if conclusion != "" {
		in.Conclusion = &conclusion
	}
	if run := r.newestRun(app, name, sha); run != nil && (run.status != "completed" || status == "completed") {
		return run, asError(r.s.updateCheckRun(run, in))
	}
	run, err := r.s.createCheckRun(r, app, in)
	return run, asError(err)
}

// FindCheckRun is the app's newest run of that name on the commit.
func (r *Repo) FindCheckRun(app *App, name, sha string) (CheckView, bool) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	run := r.newestRun(app, name, sha)
	if run == nil {
		return CheckView{}, false
	}
	return run.view(), true
}

// Rollup is what GitHub makes of all checks on a commit: SUCCESS, FAILURE, PENDING, or nothing where there are none.
func (r *Repo) Rollup(sha string) string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.rollup(sha)
}

// CheckRuns lists all check runs on a commit, oldest first.
func (r *Repo) CheckRuns(sha string) []CheckView {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	var all []CheckView
	for _, c := range r.runsBySHA[sha] {
		all = append(all, c.view())
	}
	return all
}

// CheckView is a check run as a person sees it at one moment.
type CheckView struct {
	ID                     int64
	App                    int64
	Name, SHA              string
	Status, Conclusion     string
	Title, Summary, Text   string
	ExternalID, DetailsURL string
	Buttons                []string // identifiers
	Annotations            []string // "path:line: message"
	StartedAt, CompletedAt time.Time
}

func (c *CheckRun) view() CheckView {
	v := CheckView{
		ID: c.ID, App: c.app.ID, Name: c.name, SHA: c.sha, Status: c.status, Conclusion: c.conclusion,
		Title: c.output.Title, Summary: c.output.Summary, Text: c.output.Text, ExternalID: c.externalID,
		DetailsURL: c.detailsURL, StartedAt: c.started, CompletedAt: c.completed,
	}
	for _, a := range c.actions {
		v.Buttons = append(v.Buttons, a.Identifier)
	}
	for _, a := range c.output.Annotations {
		v.Annotations = append(v.Annotations, fmt.Sprintf("%s:%d: %s", a.Path, a.StartLine, a.Message))
	}
	return v
}

func (r *Repo) newestRun(app *App, name, sha string) *CheckRun {
	for _, c := range slices.Backward(r.runsBySHA[sha]) {
		if c.app == app && c.name == name {
			return c
		}
	}
	return nil
}

func (r *Repo) checkRun(id int64) *CheckRun {
	i, found := slices.BinarySearchFunc(r.checkRuns, id, func(c *CheckRun, id int64) int { return int(c.ID - id) })
	if !found {
		return nil
	}
	return r.checkRuns[i]
}

// openPullsAt lists the open pull requests of the same repository whose head is the commit: GitHub names no forks here.
func (r *Repo) openPullsAt(sha string) []*Pull {
	var at []*Pull
	for _, p := range r.pulls {
		if !p.closed && !p.fromFork() && p.headSHA == sha {
			at = append(at, p)
		}
	}
	return at
}
