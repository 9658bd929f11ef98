package config

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// BulldozerFile is where a repository that lands by bulldozer says how.
const BulldozerFile = ".bulldozer.yml"

// Bulldozer is a bulldozer configuration: how to land, or where that is written.
type Bulldozer struct {
	Landing *automerge.Policy
	Remote  *policybot.Remote // the file is kept there; Landing is then nil
}

// IsBulldozer tells bulldozer's file from ours by its name; an organization's shared one has no dot.
func IsBulldozer(file string) bool {
	return strings.TrimPrefix(path.Base(strings.ReplaceAll(file, `\`, "/")), ".") == strings.TrimPrefix(BulldozerFile, ".")
}

// ParseBulldozer reads the text of a bulldozer configuration of either version, whatever its file is called. Any problem
// makes the whole file unfit to land by.
func ParseBulldozer(file string, text []byte) (Bulldozer, *Problems) {
	d := &document{file: file}
	root := d.open(text)
	if root == nil {
		return Bulldozer{}, d.done()
	}
	b := d.bulldozer(root)
	if problems := d.done(); problems != nil {
		return Bulldozer{}, problems
	}
	return b, nil
}

func (d *document) bulldozer(root ast.Node) Bulldozer {
	if old := d.peek(root, "mode"); old {
		return Bulldozer{Landing: d.bulldozerV0(root)}
	}
	f, ok := d.mapping(root, "the configuration", "version", "merge", "update", "remote", "path", "ref")
	if !ok {
		return Bulldozer{}
	}
	if f.has("remote") {
		for _, key := range []string{"version", "merge", "update"} {
			if f.has(key) {
				d.refuseToken(f.keys[key], key+" stands beside remote; only one of them can hold", "keep one of them")
			}
		}
		return Bulldozer{Remote: d.remote(f)}
	}
	for _, key := range []string{"path", "ref"} {
		if f.has(key) {
			d.refuseToken(f.keys[key], key+" is only understood beside remote", "add remote: OWNER/REPOSITORY, or leave it out")
		}
	}
	d.version(f)
	p := &automerge.Policy{Method: pull.MethodMerge}
	if given(f, "merge") {
		d.bulldozerMerge(p, f.values["merge"])
	}
	if given(f, "update") {
		p.Update = d.bulldozerUpdate(f.values["update"])
	}
	return Bulldozer{Landing: p}
}

// peek reports whether a mapping has a key, without reading it.
func (d *document) peek(n ast.Node, key string) bool {
	m, ok := n.(*ast.MappingNode)
	for i := 0; ok && i < len(m.Values); i++ {
		if m.Values[i].Key.GetToken().Value == key {
			return true
		}
	}
	return false
}

var bulldozerMethods = []string{pull.MethodMerge, pull.MethodSquash, pull.MethodRebase, pull.MethodFastForward}

func (d *document) bulldozerMerge(p *automerge.Policy, n ast.Node) {
	f, ok := d.mapping(n, "merge", "trigger", "ignore", "whitelist", "blacklist", "delete_after_merge", "allow_merge_with_no_checks",
		"method", "merge_method", "branch_method", "options", "required_statuses")
	if !ok {
		return
	}
	p.If, p.Unless = d.bulldozerConditions(f)
	p.DeleteBranch = d.optionalFlag(f, "delete_after_merge", false)
	p.AllowNoChecks = d.optionalFlag(f, "allow_merge_with_no_checks", false)
	if worded(f, "method") {
		p.Method = d.word(f.values["method"], "method", bulldozerMethods...)
	}
	if given(f, "merge_method") {
		p.Methods = d.bulldozerChoices(f.values["merge_method"])
	}
	if given(f, "branch_method") {
		p.Methods = append(p.Methods, d.branchMethods(f.values["branch_method"])...)
	}
	if given(f, "options") {
		d.bulldozerOptions(p, f.values["options"])
	}
	for _, name := range d.optionalTexts(f, "required_statuses") {
		p.Checks = append(p.Checks, automerge.RequiredCheck{Name: name})
	}
}

// bulldozerConditions reads trigger and ignore, by their old names too. Of two triggers the new one counts, as in
// bulldozer; of two lists that ignore, both.
func (d *document) bulldozerConditions(f fields) (asks, holds *automerge.Match) {
	for _, key := range []string{"trigger", "whitelist"} {
		if given(f, key) && asks == nil {
			asks = d.bulldozerSignals(f.values[key], key, asking)
		}
	}
	for _, key := range []string{"ignore", "blacklist"} {
		if !given(f, key) {
			continue
		}
		m := d.bulldozerSignals(f.values[key], key, holding)
		if holds != nil && m != nil {
			m = &automerge.Match{Parts: []automerge.Match{*holds, *m}}
		}
		holds = m
	}
	return asks, holds
}

// purpose is what signals are for: any one asks or holds, and all together choose a method.
type purpose int

const (
	asking purpose = iota
	holding
	choosing
)

// bulldozerSignals reads signals. None at all would mean every pull request in one place and no pull request in another, so it
// is refused. How many commits there are is no signal by itself in bulldozer: it only narrows the choice of a method.
func (d *document) bulldozerSignals(n ast.Node, what string, of purpose) *automerge.Match {
	before := len(d.problems)
	f, ok := d.mapping(n, what, "labels", "comments", "comment_substrings", "pr_body_substrings", "branches", "branch_patterns", "max_commits", "auto_merge")
	if !ok {
		return nil
	}
	s := automerge.Signals{
		Labels: d.optionalTexts(f, "labels"), Comments: d.optionalTexts(f, "comments"),
		CommentContains: d.optionalTexts(f, "comment_substrings"), BodyContains: d.optionalTexts(f, "pr_body_substrings"),
		AutoMerge: d.optionalFlag(f, "auto_merge", false),
	}
	for _, branch := range d.optionalTexts(f, "branches") {
		s.Target = append(s.Target, literal(branch))
	}
	if given(f, "branch_patterns") {
		s.TargetMatches = d.branchPatterns(f.values["branch_patterns"], of)
	}
	if given(f, "max_commits") {
		if most := d.whole(f.values["max_commits"], "max_commits", 0); of == choosing {
			s.CommitsAtMost = most
		}
	}
	m := automerge.Match{All: of == choosing, Signals: s}
	if m.Wants() == "" && len(d.problems) == before {
		d.refuse(n, what+" names no signal", "name one, or leave "+what+" out; max_commits counts under merge_method alone")
	}
	return &m
}

// branchPatterns reads expressions, which match a whole branch name. bulldozer anchors only the outer alternatives; what holds
// back does so by either reading.
func (d *document) branchPatterns(n ast.Node, of purpose) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, entry := range d.optionalList(n, "branch_patterns") {
		text, ok := d.text(entry, "an entry of branch_patterns")
		if d.expressions++; d.expressions > expressionMost {
			d.refuse(entry, fmt.Sprintf("more than %d expressions in one file", expressionMost), "do with fewer")
			return out
		}
		_, err := regexp.Compile(text) // by itself first: in brackets, ")|(" would be an expression too
		compiled, _ := regexp.Compile("^(?:" + text + ")$")
		if ok && err != nil {
			d.refuse(entry, fmt.Sprintf("an entry of branch_patterns is not a regular expression: %v", err), "write it as Go reads it (RE2)")
			continue
		}
		out = append(out, compiled)
		if loose, err := regexp.Compile("^" + text + "$"); err == nil && of == holding && strings.Contains(text, "|") {
			out = append(out, loose)
		}
	}
	return out
}

var globMeta = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`)

// literal is a pattern that matches one name alone.
func literal(name string) string { return globMeta.Replace(name) }

func (d *document) bulldozerChoices(n ast.Node) []automerge.Choice {
	var out []automerge.Choice
	for _, entry := range d.list(n, "merge_method") {
		f, ok := d.mapping(entry, "an entry of merge_method", "method", "trigger")
		switch {
		case !ok:
		case !given(f, "method"):
			d.refuseToken(f.at, "the entry has no method", "add method: "+series(bulldozerMethods))
		case !given(f, "trigger"):
			d.refuseToken(f.at, "the entry has no trigger", "say when this method is the one, or write it as merge.method")
		default:
			c := automerge.Choice{Method: d.word(f.values["method"], "method", bulldozerMethods...)}
			if m := d.bulldozerSignals(f.values["trigger"], "trigger", choosing); m != nil {
				c.If = *m
			}
			out = append(out, c)
		}
	}
	return out
}

func (d *document) branchMethods(n ast.Node) []automerge.Choice {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.refuse(n, "branch_method must be a mapping of branches to methods, not "+kind(n), "write branch: method")
		return nil
	}
	var out []automerge.Choice
	seen := map[string]bool{}
	for _, entry := range m.Values {
		branch := entry.Key.GetToken().Value
		if seen[branch] {
			d.refuseToken(entry.Key.GetToken(), fmt.Sprintf("the branch %q is there twice", branch), "keep one of them")
		}
		seen[branch] = true
		out = append(out, automerge.Choice{Method: d.word(entry.Value, "a method", bulldozerMethods...),
			If: automerge.Match{Signals: automerge.Signals{Target: []string{literal(branch)}}}})
	}
	return out
}

func (d *document) bulldozerOptions(p *automerge.Policy, n ast.Node) {
	f, ok := d.mapping(n, "options", "squash")
	if !ok || !given(f, "squash") {
		return
	}
	f, ok = d.mapping(f.values["squash"], "squash", "title", "body", "message_delimiter")
	if !ok {
		return
	}
	if worded(f, "title") {
		p.Squash.Title = d.word(f.values["title"], "title", automerge.TitlePull, automerge.TitleFirstCommit, automerge.TitleGitHub, documentedTitle)
		if p.Squash.Title == documentedTitle {
			p.Squash.Title = automerge.TitleGitHub
		}
	}
	if worded(f, "body") {
		p.Squash.Body = d.word(f.values["body"], "body", automerge.BodyPull, automerge.BodyCommits, automerge.BodyEmpty)
	}
	if worded(f, "message_delimiter") {
		p.Squash.Delimiter = d.optional(f, "message_delimiter")
	}
}

// documentedTitle is how bulldozer's documentation spells [automerge.TitleGitHub].
const documentedTitle = "github_default_title"

// worded is given, for words of which the empty one means the default.
func worded(f fields, key string) bool {
	s, ok := f.values[key].(*ast.StringNode)
	return given(f, key) && (!ok || s.Value != "")
}

func (d *document) bulldozerUpdate(n ast.Node) *automerge.Update {
	f, ok := d.mapping(n, "update", "trigger", "ignore", "whitelist", "blacklist", "ignore_drafts", "required_statuses")
	if !ok {
		return nil
	}
	u := &automerge.Update{IgnoreDrafts: d.optionalFlag(f, "ignore_drafts", false), Checks: d.optionalTexts(f, "required_statuses")}
	u.If, u.Unless = d.bulldozerConditions(f)
	switch {
	case u.If == nil && u.Unless == nil && !given(f, "ignore_drafts") && len(u.Checks) == 0:
		return nil // bulldozer takes this for switched off
	case u.If != nil: // whoever asks by a trigger gets the update, draft or not and whatever the checks say
		u.IgnoreDrafts, u.Checks = false, nil
	}
	return u
}

// bulldozerV0 reads the first format, in which one word stands for a set of labels.
func (d *document) bulldozerV0(n ast.Node) *automerge.Policy {
	f, ok := d.mapping(n, "the configuration", "mode", "strategy", "deleteAfterMerge", "ignoreSquashedMessages")
	if !ok {
		return nil
	}
	p := &automerge.Policy{Method: pull.MethodMerge, DeleteBranch: d.optionalFlag(f, "deleteAfterMerge", false)}
	d.optionalFlag(f, "ignoreSquashedMessages", false) // bulldozer reads it and never heeds it
	if given(f, "strategy") {
		p.Method = d.word(f.values["strategy"], "strategy", bulldozerMethods...)
	}
	labels := func(names ...string) *automerge.Match {
		return &automerge.Match{Signals: automerge.Signals{Labels: names}}
	}
	p.Update = &automerge.Update{If: labels("update me", "update-me", "update_me")}
	p.Squash.Body = automerge.BodyCommits
	switch d.word(f.values["mode"], "mode", "whitelist", "blacklist", "pr_body") {
	case "whitelist":
		p.If = labels("merge when ready", "merge-when-ready", "merge_when_ready")
	case "blacklist":
		p.Unless = labels("wip", "do not merge", "do-not-merge", "do_not_merge")
	case "pr_body":
		p.If = &automerge.Match{Signals: automerge.Signals{CommentContains: []string{"==MERGE_WHEN_READY=="}}}
		p.Squash = automerge.Text{Body: automerge.BodyPull, Delimiter: "==COMMIT_MSG=="}
	}
	return p
}
