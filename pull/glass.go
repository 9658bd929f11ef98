package pull

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// GlassState is where a break-glass landing stands. The zero value lifts nothing.
type GlassState string

// The states of a break-glass landing.
const (
	GlassOpen      GlassState = "open"
	GlassWithdrawn GlassState = "withdrawn"
	GlassExpired   GlassState = "expired"
	GlassVoid      GlassState = "void" // something that it was opened for has changed
	GlassLanded    GlassState = "landed"
)

// GlassPeople is how many different humans have to break the glass together.
const GlassPeople = 2

// Glass is a landing past the gates that people asked for in an emergency: who, why, of which head, and until when. It
// opens nothing by itself; whether it holds is judged each time (automerge.JudgeGlass).
type Glass struct {
	Head    string     `json:"head"`
	Branch  string     `json:"branch"` // the target
	Voices  []Voice    `json:"voices"` // who opened it, then who agreed
	Expires time.Time  `json:"expires"`
	State   GlassState `json:"state"`
	Why     string     `json:"why,omitempty"` // how it ended, once it has
	By      Account    `json:"by,omitzero"`   // who withdrew it
	EndedAt time.Time  `json:"ended_at,omitzero"`
}

// Voice is one person's word that the glass is to be broken, with a reason of their own.
type Voice struct {
	Account Account   `json:"account"`
	Role    string    `json:"role"` // in the repository, as it was then
	Reason  string    `json:"reason"`
	Request string    `json:"request"` // the delivery that brought it
	At      time.Time `json:"at"`
}

// Open reports whether it still may come to something.
func (g *Glass) Open() bool { return g != nil && g.State == GlassOpen }

// Name stands for all that was agreed on: a phone that acknowledged under one name acknowledged nothing under another.
func (g *Glass) Name() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q", g.Head, g.Branch)
	for _, v := range g.Voices {
		fmt.Fprintf(h, " %d %q %q", v.Account.ID, v.Reason, v.Request)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Lines say who broke the glass and why, one line each.
func (g *Glass) Lines() []string {
	lines := make([]string, len(g.Voices))
	for i, v := range g.Voices {
		lines[i] = v.Account.Login + ": " + v.Reason
	}
	return lines
}

// Logins are those of its people.
func (g *Glass) Logins() []string {
	logins := make([]string, len(g.Voices))
	for i, v := range g.Voices {
		logins[i] = v.Account.Login
	}
	return logins
}

// Ended is the glass as it ends.
func (g *Glass) Ended(state GlassState, why string, at time.Time) *Glass {
	ended := *g
	ended.State, ended.Why, ended.EndedAt = state, why, at
	return &ended
}

// GlassReason makes of what somebody wrote a reason that can stand in a commit, on a phone and on a page: one short line
// of characters that can be seen. It is empty where that leaves nothing that says anything.
func GlassReason(words []string) string {
	text := OneLine(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.Join(words, " ")))
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	return text
}

// Debrief is the issue in which a break-glass landing is looked into afterwards: it is owed from the moment of the
// landing until it was opened.
type Debrief struct {
	Title   string    `json:"title"`
	Body    string    `json:"body,omitempty"` // gone once the issue is there
	Mark    string    `json:"mark"`           // by which our own issue is found again
	Issue   int       `json:"issue,omitempty"`
	Tries   int       `json:"tries,omitempty"`
	TriedAt time.Time `json:"tried_at,omitzero"`
	Detail  string    `json:"detail,omitempty"` // why it could not be opened yet
	At      time.Time `json:"at"`
}

// Owed reports whether the issue is still to be opened.
func (d *Debrief) Owed() bool { return d != nil && d.Issue == 0 }
