package githubtest

import (
	"errors"
	"net/http"
	"strings"
)

func (q *request) ref() string { return "refs/" + q.PathValue("ref") }

func getRef(q *request) (answer, *apiError) {
	if q.repo.git.refs[q.ref()] == "" {
		return answer{}, notFound()
	}
	return ok(q.repo.refJSON(q.ref()))
}

func matchingRefs(q *request) (answer, *apiError) {
	var hits []string
	for _, ref := range sortedKeys(q.repo.git.refs) {
		if strings.HasPrefix(ref, q.ref()) {
			hits = append(hits, ref)
		}
	}
	return ok(listed(page(q, hits), q.repo.refJSON))
}

func createRef(q *request) (answer, *apiError) {
	var in struct{ Ref, SHA string }
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	switch {
	case !strings.HasPrefix(in.Ref, "refs/") || strings.Count(in.Ref, "/") < 2:
		return answer{}, invalid("Reference", "Reference name must start with 'refs/' and contain at least two slashes")
	case q.repo.git.refs[in.Ref] != "":
		return answer{}, &apiError{Status: http.StatusUnprocessableEntity, Message: "Reference already exists"}
	}
	if err := q.moveRef(refUpdate{Ref: in.Ref, Before: zeroSHA, After: in.SHA, By: q.who.actor()}); err != nil {
		return answer{}, err
	}
	return created(q.repo.refJSON(in.Ref))
}

func updateRef(q *request) (answer, *apiError) {
	var in struct {
		SHA   string
		Force bool
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	before := q.repo.git.refs[q.ref()]
	if before == "" {
		return answer{}, &apiError{Status: http.StatusUnprocessableEntity, Message: "Reference does not exist"}
	}
	if err := q.moveRef(refUpdate{Ref: q.ref(), Before: before, After: in.SHA, Force: in.Force, By: q.who.actor()}); err != nil {
		return answer{}, err
	}
	return ok(q.repo.refJSON(q.ref()))
}

func deleteRef(q *request) (answer, *apiError) {
	before := q.repo.git.refs[q.ref()]
	if before == "" {
		return answer{}, &apiError{Status: http.StatusUnprocessableEntity, Message: "Reference does not exist"}
	}
	if err := q.moveRef(refUpdate{Ref: q.ref(), Before: before, After: zeroSHA, Force: true, By: q.who.actor()}); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, nil
}

// moveRef moves a ref under all rules, and says no in REST's way.
func (q *request) moveRef(u refUpdate) *apiError {
	var protected *protectedError
	switch err := q.repo.allowed(u); {
	case errors.As(err, &protected):
		return &apiError{Status: http.StatusUnprocessableEntity,
			Message: "Repository rule violations found\n\n" + strings.Join(protected.problems, "\n\n") + "\n\n"}
	case errors.Is(err, errNotFastForward):
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "Update is not a fast forward"}
	case err != nil:
		return &apiError{Status: http.StatusUnprocessableEntity, Message: "Object does not exist"}
	}
	if err := q.repo.move(u); err != nil {
		return &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	return nil
}
