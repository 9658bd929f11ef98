package automerge

import (
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// cancels reports whether the words take a break-glass back.
func (c Command) cancels() bool {
	return len(c.Words) == 2 && c.Words[0] == "break-glass" && c.Words[1] == "cancel"
}

// breakGlass opens a landing past the gates, has a second person agree, or takes it back.
func (c Command) breakGlass() Order {
	if c.cancels() {
		return c.mendGlass()
	}
	if no := c.glassRefused(); no != nil {
		return Order{Say: fmt.Sprintf("Nothing was done (%s): %s %s", no.Code, no.Message, no.Next)}
	}
	voice := pull.Voice{Account: c.By, Role: c.Role.String(), Reason: pull.GlassReason(c.Words[1:]), Request: c.Delivery, At: c.At}
	if !c.Glass.Open() {
		g := &pull.Glass{Head: c.Head, Branch: c.Branch, Voices: []pull.Voice{voice}, Expires: c.At.Add(c.Breaking.Lasts), State: pull.GlassOpen}
		return Order{Glass: g, Alarm: fmt.Sprintf("%s wants to break the glass on #%d into %s, until %s: %s.", c.By.Login, c.Key.Number, c.Branch, clock(g.Expires), voice.Reason),
			Say: fmt.Sprintf("%s wants to break the glass for %.10s until %s: %s. It does not hold yet: a second person who may do so has to agree, with /sallyport break-glass and a reason of their own.",
				c.By.Login, c.Head, clock(g.Expires), voice.Reason)}
	}
	g := *c.Glass
	g.Voices = []pull.Voice{c.Glass.Voices[0], voice}
	return Order{Glass: &g, Alarm: fmt.Sprintf("%s agrees to break the glass on #%d into %s: %s.", c.By.Login, c.Key.Number, c.Branch, voice.Reason),
		Say: fmt.Sprintf("%s Once both have acknowledged the merge on their phones, it lands past the gates, until %s. /sallyport break-glass cancel takes that back.",
			Broken(&g), clock(g.Expires))}
}

// mendGlass takes an open break-glass back: whoever may break the glass can, and the author.
func (c Command) mendGlass() Order {
	switch {
	case !c.Glass.Open():
		return Order{Say: "Nothing was done (break-glass-none): nobody has broken the glass here."}
	case c.By.ID != c.Author.ID && !c.Breaking.may(c.By):
		return Order{Say: fmt.Sprintf("Nothing was done (break-glass-not-allowed): %s may not break the glass, and so not mend it either.", c.By.Login)}
	}
	g := c.Glass.Ended(pull.GlassWithdrawn, c.By.Login+" took it back.", c.At)
	g.By = c.By
	return Order{Glass: g, Say: "The break-glass is taken back: every gate holds again."}
}

// glassRefused says why somebody's word is not taken.
func (c Command) glassRefused() *pull.Reason {
	person, phone := "", ""
	if c.Breaking.Phone != nil {
		person, phone = c.Breaking.Phone(c.By.Login)
	}
	no := func(code, message, next string) *pull.Reason {
		return &pull.Reason{Code: code, Message: message, Next: next}
	}
	switch {
	case c.Breaking.Off != nil:
		return c.Breaking.Off
	case c.Breaking.Shut != nil && c.Breaking.may(c.By):
		return c.Breaking.Shut
	case c.By.Kind != pull.User || !c.Breaking.may(c.By):
		return no("break-glass-not-allowed", fmt.Sprintf("%s, whose role is %s, is not among those who may break the glass.", c.By.Login, c.Role), "The policy's break_glass names them.")
	case pull.GlassReason(c.Words[1:]) == "":
		return no("break-glass-no-reason", "the reason is missing.", "Say why, as in /sallyport break-glass the database is down and CI with it.")
	case person == "" || phone == "":
		return no("break-glass-unmapped", fmt.Sprintf("the people file names no phone for %s, who would have to acknowledge the merge.", c.By.Login), "Ask an operator to add the login and its Duo user.")
	case !c.Glass.Open():
		return nil
	case len(c.Glass.Voices) >= pull.GlassPeople:
		return no("break-glass-agreed", "two people have broken the glass already.", "/sallyport break-glass cancel takes that back.")
	}
	first := c.Glass.Voices[0].Account
	other, otherPhone := c.Breaking.Phone(first.Login)
	if first.ID == c.By.ID || c.Same(first.Login, c.By.Login) || other == person || otherPhone == phone {
		return no("break-glass-same-person", fmt.Sprintf("%s has spoken already, and it takes two different people.", person), "Somebody else who may do so has to agree.")
	}
	return nil
}

func (b Breaking) may(a pull.Account) bool { return b.May != nil && b.May(a) }
