package server

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// idleActions change nothing that a judge looks at; they are a welcome hint, not a reason to hurry.
var idleActions = []string{
	"assigned", "unassigned", "review_requested", "review_request_removed",
	"milestoned", "demilestoned", "locked", "unlocked",
}

func (rd reader) pullRequest(p *payload, d *pull.Delivery) error {
	scope, err := rd.numbered(p, p.PullRequest.Number)
	if err != nil {
		return err
	}
	scope.Unhurried = slices.Contains(idleActions, p.Action)
	d.Scopes = append(d.Scopes, scope)
	d.News.SHA = p.PullRequest.Head.SHA
	if by, ok := pusher(p); ok && d.News.SHA != "" {
		d.Pushes = append(d.Pushes, pull.Push{Repo: p.PullRequest.Head.Repo.ID, SHA: d.News.SHA, By: by})
	}
	return nil
}

// pusher is who moved the head in the repository that it is in, where the payload tells. To open a pull request is not to have pushed its branch:
// for a branch of this repository the push event tells who did. A fork's push events never reach us, so there the
// fork's owner is taken to have pushed what they propose from it themselves.
func pusher(p *payload) (pull.Account, bool) {
	sender, head := p.Sender.account(), p.PullRequest.Head.Repo
	switch p.Action {
	case "synchronize":
		return sender, sender.Known() && head.ID != 0
	case "opened":
		fork := head.ID != 0 && head.ID != p.Repository.ID
		return sender, sender.Known() && fork && sender.ID == p.PullRequest.User.ID && sender.ID == head.Owner.ID
	}
	return pull.Account{}, false
}

func (rd reader) review(p *payload, d *pull.Delivery) error {
	scope, err := rd.numbered(p, p.PullRequest.Number)
	if err != nil {
		return err
	}
	d.Scopes = append(d.Scopes, scope)
	d.News.SHA = p.PullRequest.Head.SHA
	return nil
}

// remark is a comment on a line of the diff: words for which a policy may listen, as in any other comment, and never a command.
// A review brings many of them at once, so that they are gathered.
func (rd reader) remark(p *payload, d *pull.Delivery) error {
	err := rd.review(p, d)
	d.Scopes = unhurried(d.Scopes)
	return err
}

// comment takes commands from new comments only: an edited one may be anybody's words under another's name.
func (rd reader) comment(p *payload, d *pull.Delivery) error {
	if p.Issue.PullRequest == nil {
		return nil
	}
	scope, err := rd.numbered(p, p.Issue.Number)
	if err != nil {
		return err
	}
	if p.Action == "created" {
		d.News.Command = pull.CommandIn(p.Comment.Body)
	}
	if len(d.News.Command) > 0 {
		d.News.Comment = p.Comment.ID
	}
	scope.Unhurried = len(d.News.Command) == 0
	d.Scopes = append(d.Scopes, scope)
	return nil
}

func (rd reader) mergeGroup(p *payload, d *pull.Delivery) error {
	branch, ok := strings.CutPrefix(p.MergeGroup.Base, "refs/heads/")
	switch {
	case p.Repository.ID <= 0:
		return errNoRepository
	case !ok || p.MergeGroup.Head == "":
		return errNoHead
	}
	d.News.SHA = p.MergeGroup.Head
	scope := pull.Scope{Repo: p.Repository.ID, Branch: branch}
	if number := grouped(p.MergeGroup.Ref, branch); number > 0 {
		scope = pull.Scope{Repo: p.Repository.ID, Number: number}
	}
	d.Scopes = append(d.Scopes, scope)
	return nil
}

// grouped is the pull request that a group was built for, by the name of its branch; 0 where the name does not tell. GitHub
// announces the groups of all others by themselves.
func grouped(ref, branch string) int {
	rest, ok := strings.CutPrefix(ref, "refs/heads/gh-readonly-queue/"+branch+"/pr-")
	digits, _, cut := strings.Cut(rest, "-")
	number, err := strconv.Atoi(digits)
	if !ok || !cut || err != nil {
		return 0
	}
	return number
}

func (rd reader) numbered(p *payload, number int) (pull.Scope, error) {
	switch {
	case p.Repository.ID <= 0:
		return pull.Scope{}, errNoRepository
	case number <= 0:
		return pull.Scope{}, errNoPull
	}
	return pull.Scope{Repo: p.Repository.ID, Number: number}, nil
}
