package approval

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// codeowners is a CODEOWNERS file: its lines, or the reason why it cannot be judged by.
type codeowners struct {
	lines []ownerLine
	fault pull.Reason
}

// ownerLine gives the paths that its pattern matches to its owners. No owners at all is a line that takes them away.
type ownerLine struct {
	number int
	globs  []glob
	owners []From
	emails []string // which name nobody: an address is no identity
}

// codeownersBytes is the size from which GitHub no longer reads the file.
const codeownersBytes = 3 << 20

// readCodeowners reads the file as GitHub does, but for one thing: what GitHub would skip over is a fault here. A line
// that is not understood could be the one that guards the path.
func readCodeowners(s pull.Source) *codeowners {
	file := &codeowners{}
	switch {
	case !s.Present():
		file.fault = ownersFault(s, 0, "codeowners-missing", "The rule asks the code owners, but the target branch has no CODEOWNERS file")
	case s.Unreadable != "":
		file.fault = ownersFault(s, 0, "codeowners-unreadable", "The CODEOWNERS file cannot be read: "+s.Unreadable)
	case len(s.Text) > codeownersBytes:
		file.fault = ownersFault(s, 0, "codeowners-too-large", fmt.Sprintf("The CODEOWNERS file has %d bytes, more than the 3 MB that GitHub reads", len(s.Text)))
	}
	if file.fault.Code != "" {
		return file
	}
	for i, text := range strings.Split(s.Text, "\n") {
		line, err := parseOwnerLine(text)
		if err != nil {
			file.fault = ownersFault(s, i+1, "codeowners-invalid", fmt.Sprintf("%s:%d: %v", s.Path, i+1, err))
			return file
		}
		if line != nil {
			line.number = i + 1
			file.lines = append(file.lines, *line)
		}
	}
	return file
}

func ownersFault(s pull.Source, line int, code, message string) pull.Reason {
	reason := pull.Reason{Code: code, Message: message + ".", Next: "Mend the CODEOWNERS file on the target branch", Evidence: map[string]string{}}
	if s.Path != "" {
		reason.Evidence["file"] = s.Path
	}
	if line > 0 {
		reason.Evidence["line"] = fmt.Sprint(line)
	}
	return reason
}

// owner finds the line that a path belongs to: the last that matches it.
func (c *codeowners) owner(path string) *ownerLine {
	for i := len(c.lines) - 1; i >= 0; i-- {
		if anyMatch(c.lines[i].globs, path) {
			return &c.lines[i]
		}
	}
	return nil
}

var emailShape = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// parseOwnerLine reads one line; nil stands for a blank one or a comment.
func parseOwnerLine(text string) (*ownerLine, error) {
	words := ownerWords(strings.TrimSuffix(text, "\r"))
	if len(words) == 0 {
		return nil, nil
	}
	globs, err := ownerGlobs(words[0])
	if err != nil {
		return nil, err
	}
	line := &ownerLine{globs: globs}
	for _, word := range words[1:] {
		switch name, at := strings.CutPrefix(word, "@"); {
		case at && strings.Contains(name, "/"):
			entry, err := parseTeam(word)
			if err != nil {
				return nil, err
			}
			line.owners = append(line.owners, From{Team: entry.Team, Role: pull.Write})
		case at && loginShape.MatchString(name):
			line.owners = append(line.owners, From{Login: name, Role: pull.Write})
		case emailShape.MatchString(word):
			line.emails = append(line.emails, word)
		default:
			return nil, fmt.Errorf("%q is no owner; owners are @login, @org/team or an e-mail address", word)
		}
	}
	return line, nil
}

// ownerWords splits a line at spaces that no backslash escapes, up to a comment.
func ownerWords(text string) []string {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			word.WriteString(text[i : i+2])
			i++
		case c == ' ' || c == '\t':
			flush()
		case c == '#' && word.Len() == 0:
			return words
		default:
			word.WriteByte(c)
		}
	}
	flush()
	return words
}

// ownerGlobs turns a pattern of CODEOWNERS, which are those of gitignore without negation and character classes, into
// ours.
func ownerGlobs(pattern string) ([]glob, error) {
	if strings.HasPrefix(pattern, "!") || strings.ContainsAny(pattern, "[]") || strings.HasPrefix(pattern, `\#`) {
		return nil, fmt.Errorf("%q uses !, [ ] or \\#, which CODEOWNERS does not know", pattern)
	}
	folder := strings.HasSuffix(pattern, "/") && !strings.HasSuffix(pattern, `\/`)
	trimmed := strings.TrimSuffix(pattern, "/")
	anchored := strings.Contains(trimmed, "/")
	trimmed = strings.TrimPrefix(trimmed, "/")
	if trimmed == "" {
		return compilePattern("**")
	}
	base := ownSegments(trimmed)
	direct := anchored && (base == "*" || strings.HasSuffix(base, "/*"))
	if !anchored {
		base = "**/" + base
	}
	forms := []string{base, base + "/**"}
	switch {
	case folder:
		forms = []string{base + "/**/*"}
	case direct:
		forms = []string{base}
	case strings.HasSuffix(base, "**"):
		forms = []string{base + "/*"}
	}
	return compileAll(forms)
}

// ownSegments keeps braces literal, and lets ** mean more than * only where it stands alone.
func ownSegments(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, s := range segments {
		s = strings.NewReplacer("{", `\{`, "}", `\}`).Replace(s)
		for s != "**" && strings.Contains(s, "**") {
			s = strings.ReplaceAll(s, "**", "*")
		}
		segments[i] = s
	}
	return strings.Join(segments, "/")
}
