package automerge

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// vetoes lists what holds the pull request back by the policy's own words, and what would have to ask for it.
func (c Case) vetoes() []pull.Reason {
	if c.Policy == nil {
		return nil
	}
	if c.Policy.Unless != nil {
		if what, ok := c.Policy.Unless.vetoed(c.Request); ok {
			return []pull.Reason{{Code: "vetoed", State: pull.Wait, Message: fmt.Sprintf("It is held back by %s.", what),
				Evidence: map[string]string{"held back by": what, "policy": "unless"}, Next: "Take that away."}}
		}
	}
	if c.Policy.If == nil || c.enqueuedByHand() {
		return nil
	}
	if _, ok := c.Policy.If.triggered(c.Request); ok {
		return nil
	}
	wants := c.Policy.If.Wants()
	reason := pull.Reason{Code: "not-triggered", State: pull.Wait,
		Message:  fmt.Sprintf("Nothing has asked for it to land. The policy waits for %s.", wants),
		Evidence: map[string]string{"waits for": wants}, Next: "Give it what the policy waits for, once it is meant to land."}
	if who, heard := c.unheard(); heard {
		reason.Evidence["heard from"] = who
		reason.Next = "Somebody with write access has to say it."
	}
	return []pull.Reason{reason}
}

// unheard names somebody whose words would have asked for the landing, had they been allowed to.
func (c Case) unheard() (string, bool) {
	for _, who := range c.Policy.If.heard(c.Request) {
		if !mayWrite(c.Request, who) {
			return orNobody(who.Login), true
		}
	}
	return "", false
}

// landCommand asks for a landing where a comment can.
const landCommand = "/sallyport land"

// triggered is asked for what sets a landing going: there, the command counts as the comment that is waited for.
func (m Match) triggered(r pull.Request) (string, bool) { return m.withCommand().asked(r) }

func (m Match) withCommand() Match {
	m.Command, m.Parts = true, slices.Clone(m.Parts)
	for i := range m.Parts {
		m.Parts[i] = m.Parts[i].withCommand()
	}
	return m
}

func (m Match) commanded(r pull.Request, counts speaker) string {
	if !m.Command {
		return ""
	}
	return among(r.Comments, r, counts, []string{landCommand}, same) // on a line of the diff it is no command
}
