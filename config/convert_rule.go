package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
)

// requires reads what a rule asks for.
func (c *converter) requires(rule policybot.Rule) demand {
	for _, condition := range rule.Requires.Conditions {
		c.refuse(rule.Line, fmt.Sprintf("the rule %q requires the condition %s", rule.Name, condition.Key()))
	}
	if rule.Requires.Count == 0 {
		return demand{}
	}
	c.options(rule)
	from := c.from(rule, rule.Requires.Actors)
	if len(from) == 0 {
		c.refuse(rule.Line, fmt.Sprintf("the rule %q wants approvals, and names nobody who can give them", rule.Name))
	}
	return demand{approvals: fmt.Sprintf("{approvals: {count: %d, from: [%s]%s}}", rule.Requires.Count, quotedWords(from), counting(rule.Options)+c.trusted(rule))}
}

// counting says whose approvals count although they shaped the change.
func counting(o policybot.Options) string {
	var b strings.Builder
	for _, say := range []struct {
		key   string
		given bool
	}{{"author", o.AllowAuthor && !o.AllowContributor}, {"contributors", o.AllowContributor}, {"non_author_contributors", o.AllowNonAuthorContributor && !o.AllowContributor}} {
		if say.given {
			b.WriteString(", " + say.key + ": counts")
		}
	}
	return b.String()
}

// trusted says whose commits make nobody a contributor. Of an organisation we cannot say that: then they do make one.
func (c *converter) trusted(rule policybot.Rule) string {
	by := rule.Options.IgnoreCommitsBy
	if by.Empty() || len(by.Organizations) > 0 {
		return ""
	}
	return fmt.Sprintf(", ignore_commits_by: [%s]", quotedWords(c.from(rule, by)))
}

// options refuses what would make our reading laxer, and notes what makes it stricter.
func (c *converter) options(rule policybot.Rule) {
	o, m := rule.Options, rule.Options.Methods
	for what, given := range map[string]bool{
		"github_review: false":           !m.Review && len(m.ReviewPatterns) == 0,
		"github_review_comment_patterns": len(m.ReviewPatterns) > 0,
		"ignore_edited_comments":         o.IgnoreEditedComments,
	} {
		if given {
			c.refuse(rule.Line, fmt.Sprintf("the rule %q has %s", rule.Name, what))
		}
	}
	for text, given := range map[string]bool{
		"An approval counts for the content it saw; after a push that changes that, it does not.":          !o.InvalidateOnPush,
		"Reviews that no longer count are named as such, but not dismissed on GitHub.":                     o.InvalidateOnPush,
		"Comments and descriptions do not approve; GitHub reviews do.":                                     len(m.Comments)+len(m.CommentPatterns)+len(m.BodyPatterns) > 0,
		"Whoever made an update merge is a contributor, too.":                                              o.IgnoreUpdateMerges,
		"Whoever made a commit is a contributor, also in an organisation whose commits are to be ignored.": len(o.IgnoreCommitsBy.Organizations) > 0,
		"After an ignored commit that changes the content, an approval counts no more.":                    !o.IgnoreCommitsBy.Empty() && o.InvalidateOnPush,
		"Nobody is asked for a review by itself.":                                                          o.RequestReview.Enabled,
	} {
		if given {
			c.note(text)
		}
	}
	slices.Sort(c.notes)
}

// from names people in our words.
func (c *converter) from(rule policybot.Rule, actors policybot.Actors) []string {
	var words []string
	for _, login := range actors.Users {
		word := login
		if entry, err := approval.ParseFrom(login); err != nil || entry.Login == "" {
			word = "user:" + login
		}
		words = append(words, word)
	}
	for _, team := range actors.Teams {
		words = append(words, "@"+team)
	}
	if len(actors.Permissions) > 0 {
		words = append(words, slices.Min(actors.Permissions).String())
	}
	for _, org := range actors.Organizations {
		c.refuse(rule.Line, fmt.Sprintf("the rule %q counts everybody in the organisation %s", rule.Name, org))
	}
	for _, word := range words {
		if _, err := approval.ParseFrom(word); err != nil {
			c.refuse(rule.Line, fmt.Sprintf("the rule %q: %v", rule.Name, err))
		}
	}
	return words
}

// globs turns what a rule asks of paths into patterns that match the same paths.
func (c *converter) globs(rule policybot.Rule, patterns []policybot.Pattern) []string {
	var globs []string
	for _, p := range patterns {
		if p.IsGlob() {
			globs = append(globs, c.glob(rule, p.String()))
			continue
		}
		glob, ok := globOf(p.String())
		if !ok {
			c.refuse(rule.Line, fmt.Sprintf("the rule %q has the expression %s, which no path pattern equals", rule.Name, p))
			continue
		}
		globs = append(globs, glob)
	}
	return globs
}

// glob takes a glob as it is, since our patterns are read by the same library, unless we refuse to have it written.
func (c *converter) glob(rule policybot.Rule, text string) string {
	if err := approval.CheckPattern(text); err != nil {
		c.refuse(rule.Line, fmt.Sprintf("the rule %q has the glob %s, which is no path pattern: %v", rule.Name, text, err))
	}
	return text
}

var (
	folderText = regexp.MustCompile(`^\^((?:[A-Za-z0-9_/-]|\\\.)+/)(?:\.\*\$?)?$`)
	fileText   = regexp.MustCompile(`^\^((?:[A-Za-z0-9_/-]|\\\.)+)\$$`)
	endingText = regexp.MustCompile(`^(?:\^((?:[A-Za-z0-9_/-]|\\\.)+/)\.\*|\^?\.\*)?(\\\.(?:[A-Za-z0-9_-]|\\\.)+)\$$`)
)

// globOf knows a folder (^prod/), one file (^go\.mod$) and an ending (\.md$, ^docs/.*\.md$).
func globOf(text string) (string, bool) {
	plain := strings.NewReplacer(`\.`, ".")
	if m := folderText.FindStringSubmatch(text); m != nil {
		return plain.Replace(m[1]) + "**/*", true // docs/** would match a file called docs, too
	}
	if m := fileText.FindStringSubmatch(text); m != nil {
		return plain.Replace(m[1]), true
	}
	if m := endingText.FindStringSubmatch(text); m != nil {
		return plain.Replace(m[1]) + "**/*" + plain.Replace(m[2]), true
	}
	return "", false
}

// disjoint refuses regions that may share a path: the first rule that matches a path governs it alone.
func (c *converter) disjoint(regions []region) {
	for i, a := range regions {
		for _, b := range regions[i+1:] {
			if overlap(a.globs, b.globs) {
				c.refuse(b.line, fmt.Sprintf("the rules %q and %q may apply to one path", a.name, b.name))
			}
		}
	}
}

func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			x, y := plainStart(x), plainStart(y)
			if strings.HasPrefix(x, y) || strings.HasPrefix(y, x) {
				return true
			}
		}
	}
	return false
}

// plainStart is what every path that the pattern matches begins with, but for the slash behind a folder that may itself be meant.
func plainStart(glob string) string {
	if i := strings.IndexAny(glob, `*?[{\`); i >= 0 {
		return glob[:i]
	}
	return glob
}
