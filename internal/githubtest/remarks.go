package githubtest

import (
	"fmt"
	"slices"
	"time"
)

// Remark is a comment on a line of a pull request's diff. On GitHub each belongs to a review; here each stands alone, so that
// nothing is told by a review's event that the comment's own does not tell.
type Remark struct {
	ID int64 // never changes

	pull   *Pull
	author *Account
	body   string
	path   string
	line   int
	commit string // the head that it was written on
	at     time.Time
	edited time.Time
}

// Remark comments on the first line of the first changed file.
func (p *Pull) Remark(by *Account, body string) (*Remark, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	files, err := p.changed()
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("remarking on %s: it changes nothing that is known: %w", p.ref(), err)
	}
	return p.remark(by, body, files[0].Path, 1), nil
}

func (p *Pull) remark(by *Account, body, path string, line int) *Remark {
	now := p.s.now()
	r := &Remark{ID: p.s.nextID(), pull: p, author: by, body: body, path: path, line: line, commit: p.headSHA, at: now, edited: now}
	p.remarks = append(p.remarks, r)
	p.emitRemark("created", r, by, nil)
	return r
}

// EditRemark changes its text. GitHub's REST interface tells when that was, and not who it was.
func (p *Pull) EditRemark(r *Remark, by *Account, body string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	before := r.body
	r.body, r.edited = body, p.s.now()
	p.emitRemark("edited", r, by, object{"changes": object{"body": object{"from": before}}})
}

// DeleteRemark removes it.
func (p *Pull) DeleteRemark(r *Remark, by *Account) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.remarks = slices.DeleteFunc(p.remarks, func(o *Remark) bool { return o == r })
	p.emitRemark("deleted", r, by, nil)
}

func (p *Pull) emitRemark(action string, r *Remark, by *Account, more object) {
	p.updated = p.s.now()
	p.tell("pull_request_review_comment", action, by, object{"pull_request": p.simpleJSON(), "comment": r.json()}, more)
}

func (r *Remark) json() object {
	self, page := r.pull.repo.api("/pulls/comments/"+itoa(r.ID)), fmt.Sprintf("%s#discussion_r%d", r.pull.page(), r.ID)
	parent := r.pull.repo.api(r.pull.path())
	return object{
		"url": self, "html_url": page, "pull_request_url": parent, "id": r.ID, "node_id": nodeID("PRRC", r.ID), "pull_request_review_id": nil,
		"diff_hunk": "@@ -0,0 +1 @@", "path": r.path, "position": r.line, "original_position": r.line, "line": r.line, "original_line": r.line,
		"start_line": nil, "original_start_line": nil, "start_side": nil, "side": "RIGHT", "subject_type": "line",
		"commit_id": r.commit, "original_commit_id": r.commit, "user": r.author.json(), "body": r.body,
		"created_at": stamp(r.at), "updated_at": stamp(r.edited), "author_association": r.pull.repo.association(r.author), "reactions": reactionsJSON(self, nil),
		"_links": object{"self": object{"href": self}, "html": object{"href": page}, "pull_request": object{"href": parent}},
	}
}

func listRemarks(q *request, p *Pull) (answer, *apiError) {
	return ok(listed(page(q, p.remarks), (*Remark).json))
}

// createRemark takes comments on what the pull request changes, and on its head alone.
func createRemark(q *request, p *Pull) (answer, *apiError) {
	in := struct {
		Body, Path string
		CommitID   string `json:"commit_id"`
		Line       int
	}{Line: 1}
	if err := q.decode(&in); err != nil {
		return answer{}, err
	}
	files, _ := p.changed()
	switch {
	case in.Body == "":
		return answer{}, invalid("PullRequestReviewComment", "Body cannot be blank")
	case in.CommitID != p.headSHA:
		return answer{}, invalid("PullRequestReviewComment", "commit_id is not part of the pull request")
	case !slices.ContainsFunc(files, func(f fileChange) bool { return f.Path == in.Path }):
		return answer{}, invalid("PullRequestReviewComment", "path could not be resolved")
	}
	return created(p.remark(q.who.account(), in.Body, in.Path, in.Line).json())
}
