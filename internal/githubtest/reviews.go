package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Review is a submitted review.
type Review struct {
	ID int64 // never changes

	pull   *Pull
	author *Account
	state  string // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED
	body   string
	commit string
	at     time.Time
}

// Review submits a review of the present head. The state is one of pull's review states.
func (p *Pull) Review(by *Account, state pull.ReviewState, body string) (*Review, error) {
	return p.ReviewAt(by, state, body, "")
}

// ReviewAt submits a review of an earlier commit of the pull request; an empty commit means the head.
func (p *Pull) ReviewAt(by *Account, state pull.ReviewState, body, commit string) (*Review, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.review(by, string(state), body, commit)
}

func (p *Pull) review(by *Account, state, body, commit string) (*Review, error) {
	decisive := state == "APPROVED" || state == "CHANGES_REQUESTED"
	switch {
	case !decisive && state != "COMMENTED":
		return nil, fmt.Errorf("reviewing %s: unknown state %q", p.ref(), state)
	case decisive && by == p.author:
		return nil, fmt.Errorf("reviewing %s: can not approve or request changes on your own pull request", p.ref())
	case by.app == nil && p.repo.role(by) < pull.Read:
		return nil, fmt.Errorf("reviewing %s: %s cannot read the repository", p.ref(), by.login)
	}
	if commit == "" {
		commit = p.headSHA
	}
	r := &Review{ID: p.s.nextID(), pull: p, author: by, state: state, body: body, commit: commit, at: p.s.now()}
	p.reviews = append(p.reviews, r)
	p.emitReview("submitted", r, by)
	return r, nil
}

// DismissReview takes a review's decision back.
func (p *Pull) DismissReview(r *Review, by *Account, message string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.dismiss(r, by)
}

func (p *Pull) dismiss(r *Review, by *Account) error {
	switch {
	case p.repo.role(by) < pull.Write:
		return fmt.Errorf("dismissing a review of %s: %s may not write", p.ref(), by.login)
	case r.state != "APPROVED" && r.state != "CHANGES_REQUESTED":
		return fmt.Errorf("dismissing a review of %s: it has no decision", p.ref())
	}
	r.state = "DISMISSED"
	p.emitReview("dismissed", r, by)
	return nil
}

// EditReview changes a review's text, never its decision.
func (p *Pull) EditReview(r *Review, by *Account, body string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	before := r.body
	r.body = body
	p.s.emit(delivery{event: "pull_request_review", action: "edited", repo: p.repo, sender: by, body: object{
		"review": r.json(true), "pull_request": p.simpleJSON(), "changes": object{"body": object{"from": before}},
	}})
}

func (p *Pull) emitReview(action string, r *Review, by *Account) {
	p.updated = p.s.now()
	p.s.emit(delivery{event: "pull_request_review", action: action, repo: p.repo, sender: by,
		body: object{"review": r.json(true), "pull_request": p.simpleJSON()}})
}

// latestReviews is each reviewer's newest decision, or newest comment when they never decided, oldest first.
func (p *Pull) latestReviews() []*Review {
	latest := map[*Account]*Review{}
	for _, r := range p.reviews {
		if before := latest[r.author]; before == nil || r.state != "COMMENTED" || before.state == "COMMENTED" {
			latest[r.author] = r
		}
	}
	var out []*Review
	for _, r := range latest {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *Review) int { return int(a.ID - b.ID) })
	return out
}

// Comment is a comment on a pull request's conversation.
type Comment struct {
	ID int64 // never changes

	pull      *Pull
	author    *Account
	app       *App // the app that wrote it
	body      string
	at        time.Time
	edited    time.Time
	reactions []reaction
}

type reaction struct {
	ID      int64
	By      *Account
	Content string
	At      time.Time
}

// Comment adds a comment to the conversation.
func (p *Pull) Comment(by *Account, body string) *Comment {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.comment(by, body)
}

func (p *Pull) comment(by *Account, body string) *Comment {
	now := p.s.now()
	c := &Comment{ID: p.s.nextID(), pull: p, author: by, app: by.app, body: body, at: now, edited: now}
	p.comments = append(p.comments, c)
	p.emitComment("created", c, by, nil)
	return c
}

// EditComment changes a comment's text.
func (p *Pull) EditComment(c *Comment, by *Account, body string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.editComment(c, by, body)
}

func (p *Pull) editComment(c *Comment, by *Account, body string) {
	before := c.body
	c.body, c.edited = body, p.s.now()
	p.emitComment("edited", c, by, object{"changes": object{"body": object{"from": before}}})
}

// DeleteComment removes a comment.
func (p *Pull) DeleteComment(c *Comment, by *Account) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.comments = slices.DeleteFunc(p.comments, func(o *Comment) bool { return o == c })
	p.emitComment("deleted", c, by, nil)
}

// Comments lists the texts of the conversation, each as "login: text", oldest first.
func (p *Pull) Comments() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var all []string
	for _, c := range p.comments {
		all = append(all, c.author.login+": "+c.body)
	}
	return all
}

// Reactions lists the reactions to a comment, each as "login: content".
func (c *Comment) Reactions() []string {
	c.pull.s.mu.Lock()
	defer c.pull.s.mu.Unlock()
	var all []string
	for _, r := range c.reactions {
		all = append(all, r.By.login+": "+r.Content)
	}
	return all
}

func (c *Comment) react(by *Account, content string) (reaction, bool) {
	for _, r := range c.reactions {
		if r.By == by && r.Content == content {
			return r, false
		}
	}
	r := reaction{ID: c.pull.s.nextID(), By: by, Content: content, At: c.pull.s.now()}
	c.reactions = append(c.reactions, r)
	return r, true
}

func (p *Pull) emitComment(action string, c *Comment, by *Account, more object) {
	p.updated = p.s.now()
	body := object{"issue": p.issueJSON(), "comment": c.json()}
	for k, v := range more {
		body[k] = v
	}
	p.s.emit(delivery{event: "issue_comment", action: action, repo: p.repo, sender: by, body: body})
}

// Label is a label of a repository.
type Label struct {
	ID int64 // never changes

	repo  *Repo
	name  string
	color string
}

// label finds the repository's label of that name in any case, created on first mention.
func (r *Repo) label(name string) *Label {
	for _, l := range r.labels {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	l := &Label{ID: r.s.nextID(), repo: r, name: name, color: "ededed"}
	r.labels = append(r.labels, l)
	return l
}

// Label puts a label on the pull request.
func (p *Pull) Label(by *Account, name string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.addLabel(by, name)
}

func (p *Pull) addLabel(by *Account, name string) {
	l := p.repo.label(name)
	if slices.Contains(p.labels, l) {
		return
	}
	p.labels = append(p.labels, l)
	p.emit("labeled", by, object{"label": l.json()})
}

// Unlabel takes a label off the pull request; it reports whether the label was on it.
func (p *Pull) Unlabel(by *Account, name string) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.removeLabel(by, name)
}

func (p *Pull) removeLabel(by *Account, name string) bool {
	i := slices.IndexFunc(p.labels, func(l *Label) bool { return strings.EqualFold(l.name, name) })
	if i < 0 {
		return false
	}
	l := p.labels[i]
	p.labels = slices.Delete(p.labels, i, i+1)
	p.emit("unlabeled", by, object{"label": l.json()})
	return true
}
