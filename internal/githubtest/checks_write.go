package githubtest

import (
	"net/http"
	"slices"
)

var (
	checkStatuses    = []string{"queued", "in_progress", "completed", "waiting", "requested", "pending"}
	checkConclusions = []string{"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}
)

// createCheckRun makes a new check run of the app and announces it.
func (s *Server) createCheckRun(r *Repo, app *App, in checkInput) (*CheckRun, *apiError) {
	switch {
	case in.Name == nil || *in.Name == "" || in.HeadSHA == nil:
		return nil, invalid("CheckRun", "name and head_sha are required")
	case !r.git.has("commit", *in.HeadSHA):
		return nil, &apiError{Status: http.StatusUnprocessableEntity, Message: "No commit found for SHA: " + *in.HeadSHA}
	}
	c := &CheckRun{repo: r, app: app, name: *in.Name, sha: *in.HeadSHA, status: "queued", started: s.now()}
	if err := c.apply(in); err != nil {
		return nil, err
	}
	c.ID, c.suite = s.nextID(), r.suite(app, c.sha)
	c.detailsURL = orDefault(c.detailsURL, s.url)
	r.checkRuns = append(r.checkRuns, c)
	r.runsBySHA[c.sha] = append(r.runsBySHA[c.sha], c)
	c.emit("created", app.bot, nil)
	if c.status == "completed" {
		c.emit("completed", app.bot, nil)
	}
	c.suite.settle()
	r.advanceAt(c.sha)
	return c, nil
}

// updateCheckRun changes a check run in place and announces its completion.
func (s *Server) updateCheckRun(c *CheckRun, in checkInput) *apiError {
	before := *c
	if err := c.apply(in); err != nil {
		*c = before
		return err
	}
	if c.status == "completed" && (before.status != "completed" || before.conclusion != c.conclusion) {
		c.emit("completed", c.app.bot, nil)
		c.suite.settle()
	}
	c.repo.advanceAt(c.sha)
	return nil
}

// apply checks and takes over what a caller said of the check run.
func (c *CheckRun) apply(in checkInput) *apiError {
	set(&c.name, in.Name)
	set(&c.externalID, in.ExternalID)
	set(&c.detailsURL, in.DetailsURL)
	set(&c.started, in.StartedAt)
	if err := c.applyState(in); err != nil {
		return err
	}
	if in.Output != nil {
		if err := c.applyOutput(*in.Output); err != nil {
			return err
		}
	}
	if in.Actions != nil {
		return c.applyActions(*in.Actions)
	}
	return nil
}

// applyState leaves a completed run as it ended where it is told to go on: GitHub answers as if all were well, takes whatever
// else it is told, and goes on showing the old conclusion.
func (c *CheckRun) applyState(in checkInput) *apiError {
	ended := c.status == "completed"
	if in.Conclusion != nil {
		c.conclusion, c.status = *in.Conclusion, "completed"
	} else if !ended {
		set(&c.status, in.Status)
	}
	switch {
	case !slices.Contains(checkStatuses, c.status):
		return invalid("CheckRun", "status is not one of the known ones")
	case c.status == "completed" && !slices.Contains(checkConclusions, c.conclusion):
		return invalid("CheckRun", "a completed check run needs a known conclusion")
	case c.status == "completed" && in.CompletedAt != nil:
		c.completed = *in.CompletedAt
	case c.status == "completed" && (c.completed.IsZero() || in.Conclusion != nil):
		c.completed = c.repo.s.now()
	}
	return nil
}

func (c *CheckRun) applyOutput(o checkOutput) *apiError {
	const limit = 65535
	switch {
	case o.Title == "" || o.Summary == "":
		return invalid("CheckRun", "output needs title and summary")
	case len(o.Summary) > limit || len(o.Text) > limit:
		return invalid("CheckRun", "output is longer than 65535 characters")
	case len(o.Annotations) > 50:
		return invalid("CheckRun", "output has more than 50 annotations")
	}
	// GitHub adds annotations to those of earlier updates; everything else is replaced.
	o.Annotations = append(slices.Clone(c.output.Annotations), o.Annotations...)
	c.output = o
	return nil
}

func (c *CheckRun) applyActions(actions []checkAction) *apiError {
	if len(actions) > 3 {
		return invalid("CheckRun", "more than three actions")
	}
	for _, a := range actions {
		if a.Label == "" || len(a.Label) > 20 || len(a.Description) > 40 || a.Identifier == "" || len(a.Identifier) > 20 {
			return invalid("CheckRun", "an action's label, description or identifier is empty or too long")
		}
	}
	c.actions = actions
	return nil
}

// settle announces the suite's completion once its last run has completed.
func (s *CheckSuite) settle() {
	s.updated = s.repo.s.now()
	if status, _ := s.state(); status == "completed" {
		s.repo.s.emit(delivery{event: "check_suite", action: "completed", repo: s.repo, sender: s.app.bot,
			body: object{"check_suite": s.json(true)}})
	}
}

// emit announces a check run: news goes to everybody, a request only to the app that made the run.
func (c *CheckRun) emit(action string, by *Account, more object) {
	body := object{"check_run": c.json(true)}
	for k, v := range more {
		body[k] = v
	}
	d := delivery{event: "check_run", action: action, repo: c.repo, sender: by, body: body}
	if action == "rerequested" || action == "requested_action" {
		d.only = c.app
	}
	c.repo.s.emit(d)
}

// set takes over a value that was given.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func orDefault(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
