package server

import (
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// checkRun carries its own news, so that it can be judged without asking GitHub. Our own check runs come back as
// echoes that concern nobody, unless somebody pressed a button on one.
func (rd reader) checkRun(p *payload, d *pull.Delivery) error {
	run := p.CheckRun
	d.News.SHA = run.Head
	d.News.Check = &pull.Check{
		Kind: pull.CheckRun, Name: clean(run.Name), App: run.App.ID, ID: run.ID,
		Status: strings.ToLower(run.Status), Conclusion: strings.ToLower(run.Conclusion),
		ExternalID: clean(run.ExternalID), StartedAt: run.StartedAt, URL: clean(run.HTMLURL),
	}
	ours := rd.app != 0 && run.App.ID == rd.app
	if ours {
		d.News.Command = pressed(p)
	}
	scopes, err := rd.onCommit(p, run.Head, run.PullRequests)
	if ours && len(d.News.Command) == 0 {
		return err
	}
	d.Scopes = scopes
	return err
}

// pressed reads a button on a check run as the words of a command.
func pressed(p *payload) []string {
	switch p.Action {
	case "requested_action":
		return strings.Fields(clean(p.RequestedAction.Identifier))
	case "rerequested":
		return []string{"recheck"}
	}
	return nil
}

// checkSuite says nothing that its check runs do not say themselves, so it may wait, unless somebody asked for all
// of our checks again.
func (rd reader) checkSuite(p *payload, d *pull.Delivery) error {
	suite := p.CheckSuite
	d.News.SHA = suite.Head
	scopes, err := rd.onCommit(p, suite.Head, suite.PullRequests)
	ours := rd.app != 0 && suite.App.ID == rd.app
	switch {
	case ours && p.Action == "rerequested":
		d.News.Command = []string{"recheck"}
		d.Scopes = scopes
	case !ours:
		d.Scopes = unhurried(scopes)
	}
	return err
}

func (rd reader) workflowRun(p *payload, d *pull.Delivery) error {
	d.News.SHA = p.WorkflowRun.Head
	scopes, err := rd.onCommit(p, p.WorkflowRun.Head, p.WorkflowRun.PullRequests)
	d.Scopes = unhurried(scopes)
	return err
}

func (rd reader) status(p *payload, d *pull.Delivery) error {
	d.News.SHA = p.SHA
	d.News.Check = &pull.Check{
		Kind: pull.CommitStatus, Name: clean(p.Context), ID: p.ID,
		Status: "completed", Conclusion: strings.ToLower(p.State),
		StartedAt: p.CreatedAt, URL: clean(p.TargetURL),
	}
	if d.News.Check.Conclusion == "pending" {
		d.News.Check.Status, d.News.Check.Conclusion = "pending", ""
	}
	scopes, err := rd.onCommit(p, p.SHA, nil)
	d.Scopes = scopes
	return err
}

// onCommit concerns whatever has the commit as its head, which also finds pull requests from forks, and the pull
// requests that GitHub lists, which also finds those not known yet. GitHub lists those of other repositories
// that share the commit as well; they are not this repository's.
func (rd reader) onCommit(p *payload, sha string, listed []pullRequest) ([]pull.Scope, error) {
	switch {
	case p.Repository.ID <= 0:
		return nil, errNoRepository
	case sha == "":
		return nil, errNoHead
	}
	scopes := []pull.Scope{{Repo: p.Repository.ID, Head: sha}}
	for _, pr := range listed {
		if pr.Base.Repo.ID == p.Repository.ID && pr.Number > 0 {
			scopes = append(scopes, pull.Scope{Repo: p.Repository.ID, Number: pr.Number})
		}
	}
	return scopes, nil
}

func unhurried(scopes []pull.Scope) []pull.Scope {
	for i := range scopes {
		scopes[i].Unhurried = true
	}
	return scopes
}
