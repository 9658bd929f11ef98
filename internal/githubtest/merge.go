package githubtest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// mergeRequest is a wish to land a pull request.
type mergeRequest struct {
	By      actor
	Method  string // merge, squash, rebase; empty means merge
	SHA     string // the head that is meant; empty accepts any
	Title   string
	Message string
	Admin   bool // a person pressing "merge without waiting for requirements"
}

// MergeBy lets a person land a pull request with GitHub's button. Protection binds them as it would there; admins pass
// where rules do not bind admins.
func (p *Pull) MergeBy(by *Account, method string) (string, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	sha, err := p.s.mergePull(p, mergeRequest{By: byPerson(by), Method: method})
	return sha, asError(err)
}

// mergePull lands a pull request and returns what landed.
func (s *Server) mergePull(p *Pull, m mergeRequest) (string, *apiError) {
	if m.Method == "" {
		m.Method = "merge"
	}
	if err := s.mergeRefused(p, m); err != nil {
		return "", err
	}
	base := p.baseTip()
	sha, err := s.landing(p, m, base)
	if errors.Is(err, errConflict) {
		return "", &apiError{Status: http.StatusMethodNotAllowed, Message: "Pull Request is not mergeable"}
	}
	if err != nil {
		return "", &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	u := refUpdate{Ref: "refs/heads/" + p.baseBranch, Before: base, After: sha, By: m.By, Pull: p, Method: m.Method}
	if no := p.repo.refusals(u); len(no) > 0 {
		return "", &apiError{Status: http.StatusMethodNotAllowed, Message: strings.Join(no, " ")}
	}
	commits := p.commits()
	if err := p.repo.move(u); err != nil {
		return "", &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	p.land(sha, m.By.account, base, commits)
	return sha, s.tidy(p, m.By)
}

// mergeRefused is why the pull request cannot land, as far as no rule of the branch is concerned.
func (s *Server) mergeRefused(p *Pull, m mergeRequest) *apiError {
	no := func(status int, message string) *apiError { return &apiError{Status: status, Message: message} }
	set := p.repo.settings
	switch {
	case !m.By.mayWrite(p.repo):
		return no(http.StatusForbidden, "Resource not accessible by integration")
	case p.repo.archived:
		return no(http.StatusForbidden, "Repository was archived so is read-only.")
	case p.closed:
		return no(http.StatusMethodNotAllowed, "Pull Request is not mergeable")
	case p.draft:
		return no(http.StatusMethodNotAllowed, "Pull Request is still a draft")
	case m.SHA != "" && m.SHA != p.headSHA:
		return no(http.StatusConflict, "Head branch was modified. Review and try the merge again.")
	case m.Method == "merge" && !set.Merge:
		return no(http.StatusMethodNotAllowed, "Merge commits are not allowed on this repository.")
	case m.Method == "squash" && !set.Squash:
		return no(http.StatusMethodNotAllowed, "Squash merges are not allowed on this repository.")
	case m.Method == "rebase" && !set.Rebase:
		return no(http.StatusMethodNotAllowed, "Rebase merges are not allowed on this repository.")
	case m.Method != "merge" && m.Method != "squash" && m.Method != "rebase":
		return no(http.StatusUnprocessableEntity, "Invalid merge method: "+m.Method)
	}
	return workflowRefusal(p, m.By)
}

// workflowRefusal keeps apps without the workflows permission from landing workflow files.
func workflowRefusal(p *Pull, by actor) *apiError {
	if by.install == nil || by.install.can("workflows", "write") {
		return nil
	}
	if files := p.workflows(); len(files) > 0 {
		return &apiError{Status: http.StatusForbidden, Message: fmt.Sprintf(
			"refusing to allow a GitHub App to create or update workflow `%s` without `workflows` permission", files[0])}
	}
	return nil
}

// landing makes the commit that the base would move to.
func (s *Server) landing(p *Pull, m mergeRequest, base string) (string, error) {
	title, message := m.Title, m.Message
	switch m.Method {
	case "squash":
		if title == "" {
			title = fmt.Sprintf("%s (#%d)", p.title, p.Number)
		}
		if message == "" {
			message = p.squashMessage()
		}
		tree, err := p.repo.git.mergeTree(base, p.headSHA)
		if err != nil {
			return "", err
		}
		return s.store(p.repo, commitObject{Tree: tree, Parents: []string{base}, Author: s.identity(p.author),
			Committer: s.webIdentity(), Message: joinMessage(title, message)})
	case "rebase":
		sha, _, err := s.replay(p.repo, p.commits(), base, m.By.account)
		return sha, err
	}
	if title == "" {
		title = fmt.Sprintf("Merge pull request #%d from %s/%s", p.Number, p.headOwner(), p.headBranch)
	}
	if message == "" {
		message = p.title
	}
	return s.mergeCommit(p.repo, base, p.headSHA, s.identity(m.By.account), joinMessage(title, message))
}

// squashMessage lists the squashed commits' messages, as GitHub suggests when there are several.
func (p *Pull) squashMessage() string {
	var lines []string
	for _, sha := range p.commits() {
		if c, err := p.repo.git.commit(sha); err == nil {
			lines = append(lines, "* "+strings.TrimSpace(c.Message))
		}
	}
	if len(lines) == 1 {
		return ""
	}
	return strings.Join(lines, "\n\n")
}

func joinMessage(title, message string) string {
	if message == "" {
		return title
	}
	return title + "\n\n" + message
}

func (p *Pull) headOwner() string {
	if p.headRepo == nil {
		return "unknown"
	}
	return p.headRepo.owner.login
}

// tidy deletes the head branch after landing where the repository wishes it; pull requests into that branch move on
// to where the landed one went.
func (s *Server) tidy(p *Pull, by actor) *apiError {
	if !p.repo.settings.DeleteBranch || p.fromFork() || p.headTip() == "" {
		return nil
	}
	for _, o := range p.repo.pulls {
		if !o.closed && o.baseBranch == p.headBranch {
			if err := o.edit(by.account, Edit{Base: &p.baseBranch}); err != nil {
				return &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
			}
		}
	}
	u := refUpdate{Ref: "refs/heads/" + p.headBranch, Before: p.headTip(), After: zeroSHA, By: by}
	if err := p.repo.move(u); err != nil {
		return &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	return nil
}

// updateBranch merges the base's tip into the head branch, as the button of that name does.
func (s *Server) updateBranch(p *Pull, by actor, expected string) *apiError {
	switch {
	case expected != "" && expected != p.headSHA:
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "expected head sha didn’t match current head ref."}
	case p.closed || p.headTip() == "":
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "Pull request is closed, or its branch is gone."}
	case p.repo.git.contains(p.headSHA, p.baseTip()):
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "There are no new commits on the base branch."}
	case p.fromFork() && !p.canModify || !p.fromFork() && !by.mayWrite(p.repo):
		return &apiError{Status: http.StatusForbidden, Message: "Resource not accessible by integration"}
	}
	message := fmt.Sprintf("Merge branch '%s' into %s", p.baseBranch, p.headBranch)
	sha, err := s.mergeCommit(p.headRepo, p.headSHA, p.baseTip(), s.identity(by.account), message)
	if errors.Is(err, errConflict) {
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "merge conflict between base and head"}
	}
	if err == nil {
		err = p.headRepo.move(refUpdate{Ref: "refs/heads/" + p.headBranch, Before: p.headSHA, After: sha, By: by})
	}
	if err != nil {
		return &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	return nil
}

// UpdateBranch presses "Update branch" on the pull request.
func (p *Pull) UpdateBranch(by *Account) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return asError(p.s.updateBranch(p, byPerson(by), ""))
}
