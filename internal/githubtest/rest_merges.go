package githubtest

import (
	"errors"
	"net/http"
	"strings"
)

// mergeBranch merges a branch or a commit into a branch, with a commit of GitHub's own.
func mergeBranch(q *request) (answer, *apiError) {
	var in struct {
		Base, Head    string
		CommitMessage string `json:"commit_message"`
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	before := q.repo.git.branch(strings.TrimPrefix(in.Base, "refs/heads/"))
	if before == "" {
		return answer{}, &apiError{Status: http.StatusNotFound, Message: "Base does not exist"}
	}
	head, err := q.repo.git.resolve(in.Head, q.repo.main)
	if err != nil || !q.repo.git.has("commit", head) {
		return answer{}, &apiError{Status: http.StatusNotFound, Message: "Head does not exist"}
	}
	if q.repo.git.contains(before, head) {
		return answer{status: http.StatusNoContent}, nil
	}
	message := orDefault(in.CommitMessage, "Merge "+in.Head+" into "+in.Base)
	sha, err := q.s.mergeCommit(q.repo, before, head, q.s.identity(q.who.account()), message)
	switch {
	case errors.Is(err, errConflict):
		return answer{}, &apiError{Status: http.StatusConflict, Message: "Merge conflict"}
	case err != nil:
		return answer{}, &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	u := refUpdate{Ref: "refs/heads/" + strings.TrimPrefix(in.Base, "refs/heads/"), Before: before, After: sha, By: q.who.actor()}
	if err := q.moveRef(u); err != nil {
		return answer{}, err
	}
	return created(q.repo.commitJSON(sha))
}
