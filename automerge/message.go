package automerge

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Text says what a landed commit tells. The zero Text is GitHub's own title and an empty body.
type Text struct {
	Title     string // one of the titles below
	Body      string // one of the bodies below
	Delimiter string // with BodyPull: only what stands between two of these
}

// The titles and bodies of landed commits, in bulldozer's words.
const (
	TitlePull        = "pull_request_title"
	TitleFirstCommit = "first_commit_title"
	TitleGitHub      = "github_default"

	BodyPull    = "pull_request_body"
	BodyCommits = "summarize_commits"
	BodyEmpty   = "empty_body"
)

// LandingMessage is the message of the commit that GitHub makes for a landing by method: the title, what the policy
// wants told, then trailers, of which further are added by the caller. An empty title leaves it to GitHub.
func (p *Policy) LandingMessage(method string, r pull.Request, approvers, further []string) (title, body string) {
	text := Text{}
	if p != nil {
		text = map[string]Text{pull.MethodSquash: p.Squash, pull.MethodMerge: p.Merge}[method]
	}
	parts := []string{text.body(r)}
	if method == pull.MethodMerge && text.Body == "" {
		parts[0] = oneLine(r.Title)
	}
	trailers := trailers(r, approvers)
	if method == pull.MethodSquash {
		trailers = slices.Concat(coAuthors(r), trailers)
	}
	parts = append(parts, strings.Join(append(trailers, further...), "\n"))
	return text.title(method, r), strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n\n")
}

func (t Text) title(method string, r pull.Request) string {
	numbered := func(s string) string { return fmt.Sprintf("%s (#%d)", oneLine(s), r.Number) }
	merge := fmt.Sprintf("Merge pull request #%d from %s/%s", r.Number, r.Head.Owner, r.Head.Branch)
	switch {
	case t.Title == TitleGitHub && method == pull.MethodSquash:
		return ""
	case t.Title == TitlePull:
		return numbered(r.Title)
	case t.Title == TitleFirstCommit && len(r.Commits) > 0:
		first, _, _ := strings.Cut(r.Commits[0].Message, "\n")
		return numbered(cmp.Or(first, r.Title))
	case method == pull.MethodMerge:
		return merge
	}
	return numbered(r.Title)
}

func (t Text) body(r pull.Request) string {
	switch t.Body {
	case BodyPull:
		return harmless(between(r.Body, t.Delimiter))
	case BodyCommits:
		return harmless(summary(r.Commits))
	}
	return ""
}

// between is what stands between the first delimiter and the last, each with the text on lines of its own, as bulldozer has it;
// without a delimiter, everything. Where the delimiter is configured and does not stand so, there is no message: better none
// than one that was not meant for the history.
func between(body, delimiter string) string {
	if delimiter == "" {
		return strings.TrimSpace(body)
	}
	for {
		_, rest, ok := strings.Cut(body, delimiter)
		if !ok {
			return ""
		}
		if inner := enclosed(rest, delimiter); inner != "" {
			return inner
		}
		body = rest
	}
}

// enclosed is what begins on a line of its own and reaches to the last delimiter that begins another.
func enclosed(text, delimiter string) string {
	if begin := strings.TrimLeft(text, blank); !strings.Contains(text[:len(text)-len(begin)], "\n") {
		return ""
	}
	for end := strings.LastIndex(text, delimiter); end >= 0; end = strings.LastIndex(text[:end], delimiter) {
		inner := strings.TrimRight(text[:end], blank)
		if strings.Contains(text[len(inner):end], "\n") {
			return strings.TrimSpace(inner)
		}
	}
	return ""
}

const blank = " \t\r\n\f"

// summary lists the commits' messages, as GitHub does: a single one is told as it is, without its title.
func summary(commits []pull.Commit) string {
	var told []string
	for _, c := range commits {
		title, body, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
		body = strings.TrimSpace(withoutTrailers(body))
		if len(commits) == 1 {
			return body
		}
		told = append(told, strings.TrimSpace("* "+title+"\n\n"+body))
	}
	return strings.Join(told, "\n\n")
}

var (
	coAuthorLine = regexp.MustCompile(`(?im)^[ \t]*co-authored-by:[ \t]*(.+?)[ \t\r]*$`)
	ourLine      = regexp.MustCompile(`(?im)^([ \t]*)(sallyport-[a-z-]*[ \t]*:)`)
)

func withoutTrailers(s string) string { return coAuthorLine.ReplaceAllString(s, "") }

// harmless keeps other people's text from writing trailers that mean something to machines.
func harmless(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\r' || r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(ourLine.ReplaceAllString(withoutTrailers(s), "$1> $2"))
}

// coAuthors are the trailers that keep everybody's name in a squash: those that commits and the description carry,
// and the authors of commits other than the pull request's own.
func coAuthors(r pull.Request) []string {
	var out []string
	seen := map[string]bool{}
	add := func(who string) {
		line := "Co-authored-by: " + oneLine(who)
		if key := strings.ToLower(line); !seen[key] {
			seen[key], out = true, append(out, line)
		}
	}
	for _, c := range r.Commits {
		if c.AuthorEmail != "" && c.Author.Known() && c.Author.ID != r.Author.ID {
			add(fmt.Sprintf("%s <%s>", c.Author.Login, c.AuthorEmail))
		}
	}
	for _, text := range append([]string{r.Body}, messages(r.Commits)...) {
		for _, m := range coAuthorLine.FindAllStringSubmatch(text, -1) {
			add(m[1])
		}
	}
	return out
}

func messages(commits []pull.Commit) []string {
	out := make([]string, len(commits))
	for i, c := range commits {
		out[i] = c.Message
	}
	return out
}
