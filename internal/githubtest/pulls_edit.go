package githubtest

import (
	"fmt"
	"time"
)

// Edit is a change to a pull request's own fields; nil fields stay as they are.
type Edit struct {
	Title, Body, Base *string
}

// Edit changes title, description or target branch.
func (p *Pull) Edit(by *Account, e Edit) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.edit(by, e)
}

func (p *Pull) edit(by *Account, e Edit) error {
	changes := object{}
	if e.Title != nil && *e.Title != p.title {
		changes["title"] = object{"from": p.title}
		p.title = *e.Title
	}
	if e.Body != nil && *e.Body != p.body {
		changes["body"] = object{"from": p.body}
		p.body, p.edited, p.editor = *e.Body, p.s.now(), by
	}
	if e.Base != nil && *e.Base != p.baseBranch {
		tip := p.repo.git.branch(*e.Base)
		if tip == "" {
			return fmt.Errorf("retargeting %s: branch %s does not exist", p.ref(), *e.Base)
		}
		p.leaveQueue(by, "UNKNOWN_REMOVAL_REASON")
		changes["base"] = object{"ref": object{"from": p.baseBranch}, "sha": object{"from": p.baseSHA}}
		p.baseBranch, p.baseSHA = *e.Base, tip
		p.event("BaseRefChangedEvent", by, "", "")
	}
	if len(changes) > 0 {
		p.emit("edited", by, object{"changes": changes})
	}
	return nil
}

// SetDraft turns the pull request into a draft, or marks it ready for review.
func (p *Pull) SetDraft(by *Account, draft bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.draft == draft {
		return
	}
	if p.draft = draft; draft {
		p.leaveQueue(by, "UNKNOWN_REMOVAL_REASON")
	}
	p.emit(map[bool]string{true: "converted_to_draft", false: "ready_for_review"}[draft], by, nil)
}

// Close closes the pull request without landing it.
func (p *Pull) Close(by *Account) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.close(by)
}

func (p *Pull) close(by *Account) {
	if p.closed {
		return
	}
	p.leaveQueue(by, "UNKNOWN_REMOVAL_REASON")
	p.closed, p.closedAt = true, p.s.now()
	p.event("ClosedEvent", by, "", "")
	p.emit("closed", by, nil)
}

// Reopen opens a closed pull request again.
func (p *Pull) Reopen(by *Account) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if !p.closed || p.merged() {
		return fmt.Errorf("reopening %s: it is not closed, or it is merged", p.ref())
	}
	p.closed, p.closedAt = false, time.Time{}
	if tip := p.headTip(); tip != "" {
		p.headSHA = tip
	}
	p.event("ReopenedEvent", by, "", "")
	p.emit("reopened", by, nil)
	return nil
}
