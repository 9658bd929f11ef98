package githubtest

import (
	"net/http"
	"slices"
)

// issueRoutes are issues, and a pull request's conversation and labels.
func (s *Server) issueRoutes(mux *http.ServeMux) {
	read, write := access{tokens, "issues", "read"}, access{tokens, "issues", "write"}
	const base = "/repos/{owner}/{repo}/issues"
	s.handle(mux, "GET "+base, read, listIssues)
	s.handle(mux, "POST "+base, write, createIssue)
	s.handle(mux, "GET "+base+"/{number}", read, showIssue)
	s.handle(mux, "GET "+base+"/{number}/comments", read, withPull(listComments))
	s.handle(mux, "POST "+base+"/{number}/comments", write, withPull(createComment))
	// Go's patterns cannot tell /comments/{id} from /{number}/comments, so this one takes what the others leave.
	s.handle(mux, "GET "+base+"/{comments}/{id}", read, withComment(getComment))
	s.handle(mux, "PATCH "+base+"/comments/{id}", write, withComment(editComment))
	s.handle(mux, "DELETE "+base+"/comments/{id}", write, withComment(deleteComment))
	s.handle(mux, "GET "+base+"/comments/{id}/reactions", read, withComment(listReactions))
	s.handle(mux, "POST "+base+"/comments/{id}/reactions", write, withComment(createReaction))
	s.handle(mux, "GET "+base+"/{number}/labels", read, withPull(showLabels))
	s.handle(mux, "POST "+base+"/{number}/labels", write, withPull(addLabels))
	s.handle(mux, "DELETE "+base+"/{number}/labels/{name}", write, withPull(removeLabel))
	s.handle(mux, "GET /repos/{owner}/{repo}/labels", read, func(q *request) (answer, *apiError) {
		return ok(listed(page(q, q.repo.labels), (*Label).json))
	})
}

// withComment finds the comment of the path first.
func withComment(h func(*request, *Comment) (answer, *apiError)) handler {
	return func(q *request) (answer, *apiError) {
		for _, p := range q.repo.pulls {
			for _, c := range p.comments {
				if c.ID == q.number("id") {
					return h(q, c)
				}
			}
		}
		return answer{}, notFound()
	}
}

func listComments(q *request, p *Pull) (answer, *apiError) {
	return ok(listed(page(q, p.comments), (*Comment).json))
}

func getComment(q *request, c *Comment) (answer, *apiError) {
	if q.PathValue("comments") != "comments" {
		return answer{}, notFound()
	}
	return ok(c.json())
}

type bodyInput struct{ Body string }

func createComment(q *request, p *Pull) (answer, *apiError) {
	var in bodyInput
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	if in.Body == "" {
		return answer{}, invalid("IssueComment", "Body cannot be blank")
	}
	return created(p.comment(q.who.account(), in.Body).json())
}

func editComment(q *request, c *Comment) (answer, *apiError) {
	var in bodyInput
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	if c.author != q.who.account() && !q.who.can(q.repo, "contents", "write") {
		return answer{}, forbidden()
	}
	c.pull.editComment(c, q.who.account(), in.Body)
	return ok(c.json())
}

func deleteComment(q *request, c *Comment) (answer, *apiError) {
	c.pull.comments = slices.DeleteFunc(c.pull.comments, func(o *Comment) bool { return o == c })
	c.pull.emitComment("deleted", c, q.who.account(), nil)
	return answer{status: http.StatusNoContent}, nil
}

func listReactions(q *request, c *Comment) (answer, *apiError) {
	return ok(listed(page(q, c.reactions), reaction.json))
}

func createReaction(q *request, c *Comment) (answer, *apiError) {
	var in struct{ Content string }
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	if !slices.Contains(reactionContents, in.Content) {
		return answer{}, invalid("Reaction", "content is not one of the known ones")
	}
	r, fresh := c.react(q.who.account(), in.Content)
	if fresh {
		return created(r.json())
	}
	return ok(r.json())
}

func showLabels(q *request, p *Pull) (answer, *apiError) { return ok(page(q, p.labelsJSON())) }

func addLabels(q *request, p *Pull) (answer, *apiError) {
	var in struct{ Labels []string }
	// GitHub also takes a bare list of names, and that is what some clients send.
	if q.decode(&in.Labels) != nil {
		if err := q.decode(&in); err != nil {
			return answer{}, err
		}
	}
	for _, name := range in.Labels {
		p.addLabel(q.who.account(), name)
	}
	return ok(p.labelsJSON())
}

func removeLabel(q *request, p *Pull) (answer, *apiError) {
	if !p.removeLabel(q.who.account(), q.PathValue("name")) {
		return answer{}, &apiError{Status: http.StatusNotFound, Message: "Label does not exist"}
	}
	return ok(p.labelsJSON())
}
