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

// after reports whether v came later than o. GitHub's clock shows whole seconds; within one, only two of a kind can be
// told apart.
func (v voice) after(o voice) bool {
	return v.at.After(o.at) || v.at.Equal(o.at) && v.kind == o.kind && o.id > 0 && v.id > o.id
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
	id        int64  // GitHub counts up the ids of one kind; 0 where kinds are mixed
}

// voices are all that was said. Reviews that decide nothing are read as comments, too.
func voices(request pull.Request) (reviews, comments []voice, body *voice) {
	for _, r := range request.Reviews {
		v := voice{r.Author, r.At, "review", r.Commit, r.Content, r.Elsewhere, r.Edited, r.Body, unquoted(r.Body), r.ID}
		if r.State == pull.Commented {
			v.kind, v.id = "comment", 0
			comments = append(comments, v)
		}
		reviews = append(reviews, v)
	}
	for _, c := range request.Comments {
		v := voice{c.Author, c.At, "comment", c.Commit, c.Content, c.Elsewhere, c.Edited, c.Body, unquoted(c.Body), c.ID}
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
	for _, c := range h.comments {
		spoken(c, m.comment)
	}
	if h.body != nil {
		spoken(*h.body, func(text string) bool { return anyMatch(m.BodyPatterns, text) })
	}
	for i, v := range h.reviews {
		state := h.request.Reviews[i].State
		if state == pull.Dismissed && m.reviews() && h.latest[v.who.ID].ID == v.id {
			ignored = append(ignored, v.ignored("approval-dismissed", "it was dismissed", "Ask "+v.who.Login+" to review again"))
		}
		if state != pull.Approved || !m.reviews() {
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
	for _, c := range h.comments {
		if m.comment(c.text) {
			out = append(out, c)
		}
	}
	if h.body != nil && anyMatch(m.BodyPatterns, h.body.text) {
		out = append(out, *h.body)
	}
	for i, v := range h.reviews {
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
