package automerge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// words finds a wanted text among the comments, those on lines of the diff too, and the description, said by somebody who
// counts.
func (m Match) words(r pull.Request, counts speaker, wanted []string, fits func(text, want string) bool) string {
	return among(slices.Concat(r.Comments, r.Remarks), r, counts, wanted, fits)
}

func among(comments []pull.Comment, r pull.Request, counts speaker, wanted []string, fits func(text, want string) bool) string {
	for _, c := range comments {
		if said(c.Body, wanted, fits) && counts(r, spoke(c)) {
			return fmt.Sprintf("the words of %s", orNobody(spoke(c).Login))
		}
	}
	return ""
}

func (m Match) body(r pull.Request, counts speaker) string {
	for _, c := range r.Comments {
		if c.ID == 0 && said(c.Body, m.BodyContains, strings.Contains) && counts(r, spoke(c)) {
			return "the description"
		}
	}
	return ""
}

// spoke is whose words a comment is: whoever may write can change other people's, and then they are theirs.
func spoke(c pull.Comment) pull.Account {
	if c.Edited {
		return c.EditedBy
	}
	return c.Author
}

func same(text, want string) bool { return strings.TrimSpace(text) == strings.TrimSpace(want) }

func said(text string, wanted []string, fits func(text, want string) bool) bool {
	return slices.ContainsFunc(wanted, func(want string) bool { return fits(text, want) })
}

func orNobody(login string) string {
	if login == "" {
		return "somebody unknown"
	}
	return login
}

// Ask names the people whose words could set something going, so that their standing is read.
func Ask(p *Policy, r pull.Request) []string {
	if p == nil {
		return nil
	}
	conditions := []Match{}
	if p.If != nil {
		conditions = append(conditions, *p.If)
	}
	for _, c := range p.Methods {
		conditions = append(conditions, c.If)
	}
	if p.Update != nil && p.Update.If != nil {
		conditions = append(conditions, *p.Update.If)
	}
	var logins []string
	for _, m := range conditions {
		for _, who := range m.heard(r) {
			if who.Known() && who.Kind != pull.Bot {
				logins = append(logins, who.Login)
			}
		}
	}
	slices.Sort(logins)
	return slices.Compact(logins)
}

// heard is whose words say something that the condition listens for.
func (m Match) heard(r pull.Request) []pull.Account {
	var who []pull.Account
	for _, c := range r.Comments {
		if m.hears(c) {
			who = append(who, spoke(c))
		}
	}
	for _, c := range r.Remarks {
		if m.heeds(c) {
			who = append(who, spoke(c))
		}
	}
	return who
}

// hears reports whether a comment of the conversation, or the description, says something that the condition listens for.
func (m Match) hears(c pull.Comment) bool {
	return m.heeds(c) || c.ID == 0 && said(c.Body, m.BodyContains, strings.Contains) ||
		len(m.Comments)+len(m.CommentContains) > 0 && same(c.Body, landCommand) ||
		slices.ContainsFunc(m.Parts, func(part Match) bool { return part.hears(c) })
}

// heeds reports whether a comment says it wherever it was written: on a line of the diff the command is no command.
func (m Match) heeds(c pull.Comment) bool {
	return said(c.Body, m.Comments, same) || said(c.Body, m.CommentContains, strings.Contains) ||
		slices.ContainsFunc(m.Parts, func(part Match) bool { return part.heeds(c) })
}

// Listens reports whether anything that decides on landings hangs on what people write in comments.
func (p *Policy) Listens() bool {
	if p == nil {
		return false
	}
	conditions := []*Match{p.If, p.Unless}
	for _, c := range p.Methods {
		conditions = append(conditions, &c.If)
	}
	if p.Update != nil {
		conditions = append(conditions, p.Update.If, p.Update.Unless)
	}
	return slices.ContainsFunc(conditions, func(m *Match) bool { return m != nil && m.listens() })
}

func (m Match) listens() bool {
	return len(m.Comments)+len(m.CommentContains) > 0 || slices.ContainsFunc(m.Parts, Match.listens)
}
