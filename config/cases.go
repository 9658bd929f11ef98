package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/pull"
)

// Case is one declarative test of a policy: a pull request as it might be, and what the gates should say of it.
type Case struct {
	Name   string
	Line   int    // where the case stands in its file
	Policy string // as written: a path beside the file; "" is the policy file there
	Floor  string // likewise the organisation's floor; "" for none

	Files  []pull.File // without object ids
	Author CasePerson
	Pusher CasePerson   // the author where the case does not say
	People []CasePerson // who else could approve
	Named  []CasePerson // everybody the case mentions, each once

	Reviews   []CaseReview
	Commits   []CaseCommit // none: a single one, by the author
	Checks    []pull.Check
	Workflows []pull.Workflow
	Labels    []string
	Title     string
	Source    string // the head's branch
	Target    string // "" is the default branch
	Draft     bool
	Size      *pull.Size
	// Properties are the repository's custom properties.
	Properties pull.Properties

	Repository string // "owner/name"
	Body       string // the pull request's own text
	Comments   []CaseComment
	Codeowners string // the text of the CODEOWNERS file; "" for none

	Expect Expect
}

// CasePerson is somebody in a case. A login that ends in [bot] is a machine's.
type CasePerson struct {
	Login string
	Role  pull.Role
	Teams []string // "org/slug", lower-case
	stood bool     // role or teams were written down here
}

// CaseReview is a review in a case.
type CaseReview struct {
	By      CasePerson
	State   pull.ReviewState
	Earlier bool // given on a head before the present one, which changed something else
}

// CaseComment is something that a person wrote on the present head, or on an earlier one.
type CaseComment struct {
	By      CasePerson
	Text    string
	Edited  bool
	Earlier bool
}

// CaseCommit is a commit in a case. Unattributed is one that GitHub can name no account for.
type CaseCommit struct {
	Author, Committer CasePerson
	CoAuthors         []CasePerson
	Unattributed      bool
	Signed            bool
	SignedBy          CasePerson
	Key               string // fingerprint, upper-case
}

// Expect is what a case demands of a decision. What is empty is not looked at.
type Expect struct {
	Approval   string // pass, wait or block
	Codes      []string
	Duo        string // required, not-required, author, approver or both
	Signatures string // required, not-required, pass or block
	Rules      []ExpectRule
}

// ExpectRule is what one rule should come to: pass, wait, block or not-governing.
type ExpectRule struct{ Rule, State string }

// The words of expectations that are no state.
const (
	Required     = "required"
	NotRequired  = "not-required"
	NotGoverning = "not-governing"
)

// casesMost bounds one file; a thousand cases take well under a second.
const casesMost = 2000

// ParseCases reads a file of policy tests: a YAML list of cases. Any problem makes the whole file unfit to run.
func ParseCases(path string, text []byte) ([]Case, *Problems) {
	d := &document{file: path}
	root := d.open(text)
	if root == nil {
		return nil, d.done()
	}
	entries := d.list(root, "a file of policy tests")
	if len(entries) > casesMost {
		d.refuse(entries[casesMost], fmt.Sprintf("more than %d cases", casesMost), "split the file")
		entries = nil
	}
	var cases []Case
	lines := map[string]int{}
	for _, entry := range entries {
		c := d.oneCase(entry)
		if first, twice := lines[c.Name]; twice && c.Name != "" {
			d.refuse(entry, fmt.Sprintf("a case named %q is there already, on line %d", c.Name, first), "give each case a name of its own")
		}
		lines[c.Name] = c.Line
		cases = append(cases, c)
	}
	if problems := d.done(); problems != nil {
		return nil, problems
	}
	return cases, nil
}

func (d *document) oneCase(n ast.Node) Case {
	f, ok := d.mapping(n, "a case", "name", "policy", "floor", "change", "author", "pusher", "people", "reviews", "commits",
		"checks", "workflows", "labels", "title", "source", "target", "draft", "size", "properties",
		"repository", "body", "comments", "codeowners", "expect")
	if !ok {
		return Case{}
	}
	c := Case{Line: f.at.Position.Line}
	for _, key := range []string{"name", "change", "author", "expect"} {
		if f.lacks(key) {
			d.refuseToken(f.at, "the case has no "+key, "add "+key+":")
		}
	}
	cast := &cast{doc: d, at: map[string]int{}}
	read(f, "name", func(n ast.Node) { c.Name = d.name(n) })
	read(f, "policy", func(n ast.Node) { c.Policy, _ = d.text(n, "policy") })
	read(f, "floor", func(n ast.Node) { c.Floor, _ = d.text(n, "floor") })
	read(f, "author", func(n ast.Node) { c.Author = cast.person(n, "author") })
	read(f, "people", func(n ast.Node) { c.People = cast.people(n, "people") })
	read(f, "pusher", func(n ast.Node) { c.Pusher = cast.person(n, "pusher") })
	read(f, "reviews", func(n ast.Node) { c.Reviews = cast.reviews(n) })
	read(f, "commits", func(n ast.Node) { c.Commits = cast.commits(n) })
	read(f, "comments", func(n ast.Node) { c.Comments = cast.comments(n) })
	d.change(f, &c)
	read(f, "expect", func(n ast.Node) { c.Expect = d.expect(n) })
	c.Named = cast.list
	return c
}

// read hands the value of a key over, if it is there.
func read(f fields, key string, take func(ast.Node)) {
	if f.has(key) {
		take(f.values[key])
	}
}

func (d *document) expect(n ast.Node) Expect {
	var e Expect
	f, ok := d.mapping(n, "expect", "approval", "code", "duo", "signatures", "by_rule")
	if !ok {
		return e
	}
	read(f, "approval", func(n ast.Node) { e.Approval = d.word(n, "approval", stateWords...) })
	read(f, "code", func(n ast.Node) { e.Codes = d.oneOrMore(n, "code") })
	read(f, "duo", func(n ast.Node) { e.Duo = d.word(n, "duo", Required, NotRequired, "author", "approver", "both") })
	read(f, "signatures", func(n ast.Node) {
		e.Signatures = d.word(n, "signatures", Required, NotRequired, pull.Pass.String(), pull.Block.String())
	})
	read(f, "by_rule", func(n ast.Node) { e.Rules = d.byRule(n) })
	if len(f.keys) == 0 {
		d.refuseToken(f.at, "expect is empty", "say what the case expects, for example approval: pass")
	}
	return e
}

var stateWords = []string{pull.Pass.String(), pull.Wait.String(), pull.Block.String()}

// oneOrMore reads a text, or a list of texts.
func (d *document) oneOrMore(n ast.Node, what string) []string {
	if _, several := n.(*ast.SequenceNode); several {
		return d.texts(n, what)
	}
	if one, ok := d.text(n, what); ok {
		return []string{one}
	}
	return nil
}

// byRule reads a mapping whose keys are the names of rules.
func (d *document) byRule(n ast.Node) []ExpectRule {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		d.refuse(n, "by_rule must be a mapping of rule names to states, not "+kind(n), "write by_rule: {the rule's name: pass}")
		return nil
	}
	var rules []ExpectRule
	seen := map[string]bool{}
	for _, entry := range m.Values {
		name := entry.Key.GetToken()
		if seen[name.Value] {
			d.refuseToken(name, fmt.Sprintf("the rule %q is there twice", name.Value), "keep one of them")
		}
		seen[name.Value] = true
		rules = append(rules, ExpectRule{name.Value, d.word(entry.Value, name.Value, append(stateWords[:3:3], NotGoverning)...)})
	}
	return rules
}
