package githubtest

import (
	"maps"
	"slices"
	"time"
)

// Comment is a comment on a pull request's conversation.
type Comment struct {
	ID int64 // never changes

	pull      *Pull
	author    *Account
	app       *App // the app that wrote it
	body      string
	at        time.Time
	edited    time.Time
	editor    *Account // who changed the text last; nil for nobody
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
	c.body, c.edited, c.editor = body, p.s.now(), by
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
	p.tell("issue_comment", action, by, object{"issue": p.issueJSON(), "comment": c.json()}, more)
}

// tell sends an event about what people wrote.
func (p *Pull) tell(event, action string, by *Account, body, more object) {
	maps.Copy(body, more)
	p.s.emit(delivery{event: event, action: action, repo: p.repo, sender: by, body: body})
}
