package githubtest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// pullRoutes are pull requests, their reviews and their landing.
func (s *Server) pullRoutes(mux *http.ServeMux) {
	read, write := access{tokens, "pull_requests", "read"}, access{tokens, "pull_requests", "write"}
	push := access{tokens, "contents", "write"}
	const base = "/repos/{owner}/{repo}/pulls"
	s.handle(mux, "GET "+base, read, listPulls)
	s.handle(mux, "GET "+base+"/{number}", read, withPull(func(q *request, p *Pull) (answer, *apiError) { return ok(p.askedJSON()) }))
	s.handle(mux, "PATCH "+base+"/{number}", write, withPull(editPull))
	s.handle(mux, "GET "+base+"/{number}/commits", read, withPull(listPullCommits))
	s.handle(mux, "GET "+base+"/{number}/files", read, withPull(listPullFiles))
	s.handle(mux, "GET "+base+"/{number}/comments", read, withPull(listRemarks))
	s.handle(mux, "POST "+base+"/{number}/comments", write, withPull(createRemark))
	s.handle(mux, "GET "+base+"/{number}/merge", read, withPull(isMerged))
	s.handle(mux, "PUT "+base+"/{number}/merge", push, withPull(mergePull))
	s.handle(mux, "PUT "+base+"/{number}/update-branch", push, withPull(updatePullBranch))
	s.handle(mux, "GET "+base+"/{number}/reviews", read, withPull(listReviews))
	s.handle(mux, "POST "+base+"/{number}/reviews", write, withPull(createReview))
	s.handle(mux, "PUT "+base+"/{number}/reviews/{review}/dismissals", write, withPull(dismissReview))
	s.handle(mux, "GET "+base+"/{number}/requested_reviewers", read, withPull(func(_ *request, p *Pull) (answer, *apiError) {
		return ok(object{"users": p.askedPeopleJSON(), "teams": listed(p.askedTeams, (*Team).json)})
	}))
	s.handle(mux, "POST "+base+"/{number}/requested_reviewers", write, withPull(requestReviews))
}

// withPull finds the pull request of the path first.
func withPull(h func(*request, *Pull) (answer, *apiError)) handler {
	return func(q *request) (answer, *apiError) {
		if p := q.pull(); p != nil {
			return h(q, p)
		}
		return answer{}, notFound()
	}
}

// listPulls filters and orders as GitHub does: newest first unless asked otherwise.
func listPulls(q *request) (answer, *apiError) {
	query := q.URL.Query()
	state := orDefault(query.Get("state"), "open")
	var hits []*Pull
	for _, p := range q.repo.pulls {
		label := p.headOwner() + ":" + p.headBranch
		if (state == "all" || (state == "open") == !p.closed) && (query.Get("base") == "" || query.Get("base") == p.baseBranch) &&
			(query.Get("head") == "" || query.Get("head") == label) {
			hits = append(hits, p)
		}
	}
	slices.SortStableFunc(hits, func(a, b *Pull) int {
		if query.Get("sort") == "updated" {
			return cmp.Or(a.updated.Compare(b.updated), cmp.Compare(a.Number, b.Number))
		}
		return cmp.Compare(a.Number, b.Number)
	})
	if query.Get("direction") == "desc" || query.Get("direction") == "" && orDefault(query.Get("sort"), "created") == "created" {
		slices.Reverse(hits)
	}
	return ok(listed(page(q, hits), (*Pull).simpleJSON))
}

func editPull(q *request, p *Pull) (answer, *apiError) {
	var in struct {
		Title, Body, Base, State *string
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	by := q.who.account()
	if err := p.edit(by, Edit{Title: in.Title, Body: in.Body, Base: in.Base}); err != nil {
		return answer{}, invalid("PullRequest", err.Error())
	}
	if in.State != nil && *in.State == "closed" {
		p.close(by)
	}
	return ok(p.json())
}

func listPullCommits(q *request, p *Pull) (answer, *apiError) {
	// GitHub shows the first 250 commits of a pull request and keeps quiet about the others.
	all := p.commits()
	return ok(listed(page(q, all[:min(len(all), 250)]), p.repo.commitJSON))
}

func listPullFiles(q *request, p *Pull) (answer, *apiError) {
	files, err := p.changed()
	if err != nil {
		return answer{}, &apiError{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	// GitHub stops at 3,000 files and keeps quiet about the others.
	files = files[:min(len(files), 3000)]
	return ok(listed(page(q, files), func(f fileChange) object { return f.json(p.repo, p.headSHA) }))
}

func isMerged(q *request, p *Pull) (answer, *apiError) {
	if p.merged() {
		return answer{status: http.StatusNoContent}, nil
	}
	return answer{}, notFound()
}

func mergePull(q *request, p *Pull) (answer, *apiError) {
	var in struct {
		CommitTitle   string `json:"commit_title"`
		CommitMessage string `json:"commit_message"`
		SHA           string `json:"sha"`
		MergeMethod   string `json:"merge_method"`
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	sha, err := q.s.mergePull(p, mergeRequest{By: q.who.actor(), Method: in.MergeMethod, SHA: in.SHA, Title: in.CommitTitle, Message: in.CommitMessage})
	if err != nil {
		return answer{}, err
	}
	return ok(object{"sha": sha, "merged": true, "message": "Pull Request successfully merged"})
}

func updatePullBranch(q *request, p *Pull) (answer, *apiError) {
	var in struct {
		Expected string `json:"expected_head_sha"`
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	if err := q.s.updateBranch(p, q.who.actor(), in.Expected); err != nil {
		return answer{}, err
	}
	return answer{http.StatusAccepted, object{"message": "Updating pull request branch.", "url": p.page()}}, nil
}

func listReviews(q *request, p *Pull) (answer, *apiError) {
	return ok(listed(page(q, p.reviews), func(r *Review) object { return r.json(false) }))
}

func createReview(q *request, p *Pull) (answer, *apiError) {
	var in struct {
		Event    string
		Body     string
		CommitID string `json:"commit_id"`
	}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	state := map[string]string{"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}[strings.ToUpper(in.Event)]
	r, err := p.review(q.who.account(), state, in.Body, in.CommitID)
	if err != nil {
		return answer{}, &apiError{Status: http.StatusUnprocessableEntity, Message: "Unprocessable Entity: " + err.Error()}
	}
	return ok(r.json(false))
}

// dismissReview wants a message, and a review that still decides something.
func dismissReview(q *request, p *Pull) (answer, *apiError) {
	var in struct{ Message string }
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	if in.Message == "" {
		return answer{}, invalid("PullRequestReview", "message cannot be blank")
	}
	for _, r := range p.reviews {
		if r.ID != q.number("review") {
			continue
		}
		if r.state != "APPROVED" && r.state != "CHANGES_REQUESTED" {
			return answer{}, &apiError{Status: http.StatusUnprocessableEntity, Message: "Can not dismiss a review that has no decision"}
		}
		r.state, r.dismissal = "DISMISSED", in.Message
		p.emitReview("dismissed", r, q.who.account())
		return ok(r.json(false))
	}
	return answer{}, notFound()
}
