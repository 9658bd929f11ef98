package config

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/automerge"
)

// PolicyFile is where a repository keeps its policy in our own language.
const PolicyFile = ".sallyport.yml"

// Policy is a repository's policy file.
type Policy struct {
	Approval approval.Policy
	// Warnings are things that do no harm and are hardly meant, like a rule that can never match.
	Warnings []Problem
	// Automerge is nil where the file has no such section: then nothing lands by itself.
	Automerge *automerge.Policy
	// Always says that the file, as an organisation's floor, stands in for the policy of repositories that have none.
	Always bool
	// OnForeign says what a landing past the gate leads to: report, or freeze, which stops landing on the branch.
	OnForeign string
	// BreakGlass says who may land past the gates in an emergency; nil where nobody may.
	BreakGlass *automerge.BreakGlass
	// PolicyBot is the policy of a repository that has only policy-bot's file; the other fields are then zero.
	PolicyBot *policybot.Policy
}

// What a landing past the gate leads to.
const (
	OnForeignReport = "report"
	OnForeignFreeze = "freeze"
)

// ParsePolicy reads the text of a policy file: in the language of policy-bot or bulldozer where the path names one of
// their files, else in ours.
// Any problem makes the whole file unfit to judge by: the Policy is then the zero value, which lets nothing through.
func ParsePolicy(path string, text []byte) (Policy, *Problems) {
	if isPolicyBot(path) {
		bot, problems := ParsePolicyBot(path, text)
		return Policy{PolicyBot: bot}, problems
	}
	if IsBulldozer(path) {
		b, problems := ParseBulldozer(path, text)
		return Policy{Automerge: b.Landing}, problems
	}
	d := &document{file: path}
	root := d.open(text)
	if root == nil {
		return Policy{}, d.done()
	}
	policy := d.policy(root)
	if problems := d.done(); problems != nil {
		return Policy{}, problems
	}
	policy.Warnings = append(d.warnings(policy.Approval), d.cautions...)
	return policy, nil
}

func (d *document) policy(root ast.Node) Policy {
	f, ok := d.mapping(root, "the policy", "version", "applies", "rules", "automerge", "history", "on_foreign", "break_glass")
	if !ok {
		return Policy{}
	}
	d.version(f)
	var policy Policy
	if f.has("rules") {
		policy.Approval.Rules = d.rules(f.values["rules"])
	} else if f.lacks("rules") {
		d.refuseToken(f.at, "the policy has no rules", "add rules: with at least one rule")
	}
	if f.has("history") {
		policy.Approval.History = d.word(f.values["history"], "history", approval.EveryCommit)
	}
	if f.has("applies") {
		policy.Always = d.word(f.values["applies"], "applies", "always") != ""
	}
	if f.has("on_foreign") {
		policy.OnForeign = d.word(f.values["on_foreign"], "on_foreign", OnForeignReport, OnForeignFreeze)
	}
	if f.has("automerge") {
		policy.Automerge = d.automerge(f.values["automerge"])
	}
	if f.has("break_glass") {
		policy.BreakGlass = d.breakGlass(f.values["break_glass"])
	}
	return policy
}

func (d *document) version(f fields) {
	if f.lacks("version") {
		d.refuseToken(f.at, "the policy has no version", "begin the file with version: 1")
		return
	}
	i, ok := f.values["version"].(*ast.IntegerNode)
	if !f.has("version") {
		return
	}
	if !ok || fmt.Sprint(i.Value) != "1" {
		d.refuse(f.values["version"], "this version of the policy format is not known", "write version: 1")
	}
}

const nameRunes = 120

// name reads a rule's name, which ends up in titles: one short line of characters that can be seen.
func (d *document) name(n ast.Node) string {
	name, ok := d.text(n, "name")
	if !ok {
		return ""
	}
	if utf8.RuneCountInString(name) > nameRunes {
		d.refuse(n, fmt.Sprintf("the name is longer than %d characters", nameRunes), "shorten it")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			d.refuse(n, "the name holds characters that cannot be seen", "write it in plain text on one line")
			break
		}
	}
	return name
}
