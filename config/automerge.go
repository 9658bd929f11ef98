package config

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

var automergeKeys = []string{"method", "methods", "checks", "allow_no_checks", "check_deadline", "priority", "if", "unless", "squash", "merge", "delete_branch", "batch", "update"}

var methods = []string{pull.MethodExact, pull.MethodMerge, pull.MethodSquash, pull.MethodRebase, pull.MethodFastForward, pull.MethodQueue}

func (d *document) automerge(n ast.Node) *automerge.Policy {
	f, ok := d.mapping(n, "automerge", automergeKeys...)
	if !ok {
		return nil
	}
	// GitHub's own default, and the method that keeps every reviewed commit as it is.
	policy := &automerge.Policy{Method: pull.MethodMerge}
	for _, key := range automergeKeys {
		if f.has(key) {
			d.landing(policy, key, f.values[key])
		}
	}
	if f.has("batch") && !policy.Exact() {
		d.refuseToken(f.keys["batch"], "batch lands several by commits of Sallyport's own, and nothing here lands by exact", "write method: exact beside it, or leave batch out")
	}
	return policy
}

func (d *document) landing(p *automerge.Policy, key string, n ast.Node) {
	switch key {
	case "method":
		p.Method = d.word(n, key, methods...)
	case "methods":
		p.Methods = d.choices(n)
	case "checks":
		p.Checks = d.requiredChecks(n)
	case "allow_no_checks":
		p.AllowNoChecks = d.flag(n, key)
	case "check_deadline":
		p.CheckDeadline = d.period(n, key)
	case "priority":
		if f, ok := d.mapping(n, key, "labels"); ok && f.has("labels") {
			p.Priority = d.texts(f.values["labels"], "labels")
		}
	case "if":
		p.If = d.match(n, key)
	case "unless":
		p.Unless = d.match(n, key)
	case "squash":
		p.Squash = d.landingText(n, key, automerge.TitlePull, automerge.TitleFirstCommit, automerge.TitleGitHub)
	case "merge":
		p.Merge = d.landingText(n, key, automerge.TitlePull, automerge.TitleGitHub)
	case "delete_branch":
		p.DeleteBranch = d.flag(n, key)
	case "batch":
		p.Batch = d.batch(n)
	case "update":
		p.Update = d.updating(n)
	}
}

// updating reads which pull requests are kept up to date; an empty mapping means all of them.
func (d *document) updating(n ast.Node) *automerge.Update {
	f, ok := d.mapping(n, "update", "if", "unless", "ignore_drafts", "checks")
	if !ok {
		return nil
	}
	var u automerge.Update
	if f.has("if") {
		u.If = d.match(f.values["if"], "if")
	}
	if f.has("unless") {
		u.Unless = d.match(f.values["unless"], "unless")
	}
	if f.has("ignore_drafts") {
		u.IgnoreDrafts = d.flag(f.values["ignore_drafts"], "ignore_drafts")
	}
	if f.has("checks") {
		u.Checks = d.some(f.values["checks"], "checks")
	}
	return &u
}

// choices reads methods with their conditions, which must say when: one without a condition would make those below
// it pointless.
func (d *document) choices(n ast.Node) []automerge.Choice {
	var out []automerge.Choice
	for _, entry := range d.list(n, "methods") {
		f, ok := d.mapping(entry, "an entry of methods", "method", "if")
		if !ok {
			continue
		}
		var c automerge.Choice
		if f.has("method") {
			c.Method = d.word(f.values["method"], "method", methods...)
		} else if f.lacks("method") {
			d.refuseToken(f.at, "the entry has no method", "add method: with one of "+series(methods))
		}
		if f.has("if") {
			if m := d.match(f.values["if"], "if"); m != nil {
				c.If = *m
			}
		} else if f.lacks("if") {
			d.refuseToken(f.at, "the entry has no if", "say when this method is the one, or write it as automerge.method")
		}
		out = append(out, c)
	}
	return out
}

// requiredChecks reads names, or {name, app, accept}.
func (d *document) requiredChecks(n ast.Node) []automerge.RequiredCheck {
	var out []automerge.RequiredCheck
	for _, entry := range d.list(n, "checks") {
		if _, plain := entry.(*ast.MappingNode); !plain {
			if name, ok := d.text(entry, "an entry of checks"); ok {
				out = append(out, automerge.RequiredCheck{Name: name})
				d.anybodys(entry, name)
			}
			continue
		}
		out = append(out, d.requiredCheck(entry))
	}
	return out
}

func (d *document) requiredCheck(n ast.Node) automerge.RequiredCheck {
	var c automerge.RequiredCheck
	f, ok := d.mapping(n, "an entry of checks", "name", "app", "accept")
	if !ok {
		return c
	}
	if f.has("name") {
		c.Name, _ = d.text(f.values["name"], "name")
	} else if f.lacks("name") {
		d.refuseToken(f.at, "the check has no name", "add name: with the check's name")
	}
	if f.has("app") {
		c.App = int64(d.whole(f.values["app"], "app", 1))
	} else if f.lacks("app") {
		d.anybodys(n, c.Name)
	}
	if f.has("accept") {
		for _, entry := range d.entries(f.values["accept"], "accept") {
			c.Accept = append(c.Accept, d.word(entry, "an entry of accept", "neutral", "skipped"))
		}
	}
	return c
}

// anybodys warns of a check that is nobody's in particular. Where the branch's rules expect it of an app, that is said there.
func (d *document) anybodys(n ast.Node, name string) {
	d.caution(n, fmt.Sprintf("the check %q counts from anybody, and whoever may write can set a commit status of that name", name),
		"write {name: NAME, app: ID} with the id of the app that reports it, or have a rule of the branch require it of an app")
}

func (d *document) period(n ast.Node, what string) (value time.Duration) {
	text, ok := d.text(n, what)
	if !ok {
		return 0
	}
	value, err := period(text)
	if err != nil {
		d.refuse(n, fmt.Sprintf("%s is %q, which %v", what, text, err), "write a number and a unit, for example 10m")
	}
	return value
}

func (d *document) landingText(n ast.Node, what string, titles ...string) automerge.Text {
	var t automerge.Text
	f, ok := d.mapping(n, what, "title", "body", "delimiter")
	if !ok {
		return t
	}
	if f.has("title") {
		t.Title = d.word(f.values["title"], "title", titles...)
	}
	if f.has("body") {
		t.Body = d.word(f.values["body"], "body", automerge.BodyPull, automerge.BodyCommits, automerge.BodyEmpty)
	}
	if f.has("delimiter") {
		t.Delimiter, _ = d.text(f.values["delimiter"], "delimiter")
		if t.Body != automerge.BodyPull && t.Body != "" || !f.has("body") {
			d.refuseToken(f.keys["delimiter"], "a delimiter marks a part of the pull request's description, which this body is not", "write body: pull_request_body beside it, or leave it out")
		}
	}
	return t
}
