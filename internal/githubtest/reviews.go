package githubtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Review is a submitted review.
type Review struct {
	ID int64 // never changes

	pull      *Pull
	author    *Account
	state     string // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED
	body      string
	commit    string
	at        time.Time
	edited    time.Time
	editor    *Account // who changed the text last; nil for nobody
	dismissal string   // why it was dismissed
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
	p.askedPeople = slices.DeleteFunc(p.askedPeople, func(a *Account) bool { return a == by })
	p.emitReview("submitted", r, by)
	return r, nil
}

// DismissReview takes a review's decision back.
func (p *Pull) DismissReview(r *Review, by *Account, message string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.dismiss(r, by, message)
}

func (p *Pull) dismiss(r *Review, by *Account, message string) error {
	switch {
	case p.repo.role(by) < pull.Write:
		return fmt.Errorf("dismissing a review of %s: %s may not write", p.ref(), by.login)
	case r.state != "APPROVED" && r.state != "CHANGES_REQUESTED":
		return fmt.Errorf("dismissing a review of %s: it has no decision", p.ref())
	}
	p.event("ReviewDismissedEvent", by, r.state, nodeID("PRR", r.ID))
	r.state, r.dismissal = "DISMISSED", message
	p.emitReview("dismissed", r, by)
	return nil
}

// Dismissal is why the review was dismissed; "" while it was not.
func (r *Review) Dismissal() string {
	r.pull.s.mu.Lock()
	defer r.pull.s.mu.Unlock()
	return r.dismissal
}

// EditReview changes a review's text, never its decision.
func (p *Pull) EditReview(r *Review, by *Account, body string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	before := r.body
	r.body, r.edited, r.editor = body, p.s.now(), by
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
