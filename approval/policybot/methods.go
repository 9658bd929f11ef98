package policybot

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Methods are the ways in which people may say something: comments that contain a text or match a pattern, GitHub
// reviews (whose text must match, where ReviewPatterns are given), and the pull request's own text.
type Methods struct {
	Comments        []string
	CommentPatterns []Pattern
	Review          bool
	ReviewPatterns  []Pattern
	BodyPatterns    []Pattern
}

// DefaultMethods are what policy-bot reads where nothing is said. For disapproval the thumb points down.
func DefaultMethods(up bool) Methods {
	if up {
		return Methods{Comments: []string{":+1:", "👍"}, Review: true}
	}
	return Methods{Comments: []string{":-1:", "👎"}, Review: true}
}

func (m Methods) reviews() bool { return m.Review || len(m.ReviewPatterns) > 0 }

func (m Methods) comment(text string) bool {
	for _, c := range m.Comments {
		if strings.Contains(text, c) {
			return true
		}
	}
	return anyMatch(m.CommentPatterns, text)
}

// voice is something that an account said.
type voice struct {
	who       pull.Account
	at        time.Time
	kind      string // review, comment, body
	commit    string
	content   string
	elsewhere bool
	edited    bool
	text      string
	own       string // the text without what it quotes
}

// voices are all that was said, oldest kind first. Reviews that decide nothing are read as comments, too.
func (h *hearing) voices() (reviews, comments []voice, body *voice) {
	for _, r := range h.request.Reviews {
		v := voice{r.Author, r.At, "review", r.Commit, r.Content, r.Elsewhere, r.Edited, r.Body, unquoted(r.Body)}
		if r.State == pull.Commented {
			v.kind = "comment"
			comments = append(comments, v)
		}
		reviews = append(reviews, v)
	}
	for _, c := range h.request.Comments {
		v := voice{c.Author, c.At, "comment", c.Commit, c.Content, c.Elsewhere, c.Edited, c.Body, unquoted(c.Body)}
		if c.ID == 0 {
			v.kind = "body"
			body = &v
			continue
		}
		comments = append(comments, v)
	}
	return reviews, comments, body
}

// agreeing are the voices that say yes (approve, revoke a disapproval) by the methods, and those that sound like it
// and do not count: edited words could be somebody else's, quoted words are.
func (h *hearing) agreeing(m Methods) (yes []voice, ignored []pull.Reason) {
	reviews, comments, body := h.voices()
	spoken := func(v voice, match func(string) bool) {
		switch {
		case !match(v.text):
		case !match(v.own):
			ignored = append(ignored, v.ignored("comment-quoted", "it is only in a quotation", "Ask "+v.who.Login+" to write it in words of their own"))
		case v.edited:
			ignored = append(ignored, v.ignored("comment-edited", "it was edited after it was written", "Ask "+v.who.Login+" to write a new one"))
		default:
			yes = append(yes, v)
		}
	}
	for _, c := range comments {
		spoken(c, m.comment)
	}
	if body != nil {
		spoken(*body, func(text string) bool { return anyMatch(m.BodyPatterns, text) })
	}
	for i, v := range reviews {
		if h.request.Reviews[i].State != pull.Approved || !m.reviews() {
			continue
		}
		if len(m.ReviewPatterns) > 0 {
			spoken(v, func(text string) bool { return anyMatch(m.ReviewPatterns, text) })
			continue
		}
		yes = append(yes, v)
	}
	return yes, ignored
}

// objecting are the voices that disapprove by the methods. Here a doubtful voice counts: it is the careful side.
func (h *hearing) objecting(m Methods) []voice {
	var out []voice
	reviews, comments, body := h.voices()
	for _, c := range comments {
		if m.comment(c.text) {
			out = append(out, c)
		}
	}
	if body != nil && anyMatch(m.BodyPatterns, body.text) {
		out = append(out, *body)
	}
	for i, v := range reviews {
		fits := len(m.ReviewPatterns) == 0 || anyMatch(m.ReviewPatterns, v.text)
		if h.request.Reviews[i].State == pull.ChangesRequested && m.reviews() && fits {
			out = append(out, v)
		}
	}
	return out
}

func (v voice) ignored(code, why, next string) pull.Reason {
	return pull.Reason{
		Code: code, Message: fmt.Sprintf("The %s of %s does not count: %s.", v.kind, v.who.Login, why), Next: next,
		Evidence: map[string]string{"login": v.who.Login, "kind": v.kind},
	}
}
