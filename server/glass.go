package server

import (
	"fmt"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// glass is a break-glass landing as a page tells it: who wants it and why, how it stands, and what is to be done
// afterwards.
type glass struct {
	Tone, Word string
	Voices     []pull.Voice
	Why        string
	Until      time.Time // while it is open
	Review     string    // where the review issue is, once there is one
	Issue      int
	Owed       string // why there is none yet
}

var glassWords = map[pull.GlassState][2]string{
	pull.GlassOpen: {"block", "Open"}, pull.GlassLanded: {"block", "Landed past the gates"}, pull.GlassExpired: {"plain", "Expired"},
	pull.GlassWithdrawn: {"plain", "Taken back"}, pull.GlassVoid: {"plain", "Void"},
}

// glassOf tells of the last break-glass; nil where there was none.
func (s *Server) glassOf(rec pull.Record) *glass {
	g := rec.Request.Glass
	if g == nil {
		return nil
	}
	secrets := s.secrets()
	words := glassWords[g.State]
	view := &glass{Tone: words[0], Word: words[1], Why: redact(g.Why, secrets)}
	for _, v := range g.Voices {
		v.Reason = redact(v.Reason, secrets)
		view.Voices = append(view.Voices, v)
	}
	if g.Open() {
		view.Until, view.Why = g.Expires, "Both have to acknowledge this very merge on their phones; until then every gate holds."
		if len(g.Voices) < pull.GlassPeople {
			view.Why = "It takes a second person who may do so; until then every gate holds."
		}
	}
	switch d := rec.Debrief; {
	case d.Owed():
		view.Owed = "The issue in which it is reviewed is about to be opened."
		if d.Detail != "" {
			view.Owed = fmt.Sprintf("The issue in which it is reviewed could not be opened and is tried again by itself (%s so far): %s", times(d.Tries), redact(d.Detail, secrets))
		}
	case d != nil:
		view.Issue, view.Review = d.Issue, fmt.Sprintf("%s/issues/%d", s.repoURL(rec.Request.Repo), d.Issue)
	}
	return view
}
