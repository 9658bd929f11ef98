package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
)

// title reads {matches: …, not_matches: …}, or one expression that must match.
func (d *document) title(n ast.Node) *approval.Title {
	var t approval.Title
	f, ok := d.mapping(n, "title", "matches", "not_matches")
	if !ok {
		return &t
	}
	if f.has("matches") {
		t.Matches = d.checked(f.values["matches"], "matches", d.expression)
	}
	if f.has("not_matches") {
		t.NotMatches = d.checked(f.values["not_matches"], "not_matches", d.expression)
	}
	if !f.has("matches") && !f.has("not_matches") {
		d.refuse(n, "title says nothing of the title", "add matches: or not_matches: with a regular expression")
	}
	return &t
}

// expressionMost bounds the regular expressions of one file: each costs far more than its text.
const expressionMost = 200

func (d *document) expression(text string) error {
	return d.rationed(text, approval.CheckExpression)
}

func (d *document) phrase(text string) error {
	return d.rationed(text, approval.CheckPhrase)
}

func (d *document) rationed(text string, check func(string) error) error {
	if d.expressions++; d.expressions > expressionMost {
		return &approval.ConditionError{Text: fmt.Sprintf("more than %d expressions and phrases in one file", expressionMost), Mend: "do with fewer"}
	}
	return check(text)
}

// paths reads a list of patterns, or {paths: …, ignore: …}.
func (d *document) paths(n ast.Node, what string) *approval.Paths {
	if _, whole := n.(*ast.MappingNode); !whole {
		return &approval.Paths{Match: d.globs(n, what)}
	}
	var p approval.Paths
	f, _ := d.mapping(n, what, "paths", "ignore")
	if f.has("paths") {
		p.Match = d.globs(f.values["paths"], "paths")
	} else {
		d.refuseToken(f.at, what+" has no paths", "add paths: with a list of patterns")
	}
	if f.has("ignore") {
		p.Ignore = d.globs(f.values["ignore"], "ignore")
	}
	return &p
}

func (d *document) sizes(n ast.Node) []approval.Size {
	var sizes []approval.Size
	for _, entry := range d.entries(n, "size") {
		f, ok := d.mapping(entry, "size", "added", "deleted", "total")
		if !ok {
			continue
		}
		if len(f.values) == 0 {
			d.refuse(entry, "size compares nothing", `add added:, deleted: or total: with a comparison, for example "> 100"`)
		}
		sizes = append(sizes, approval.Size{
			Added: d.comparison(f, "added"), Deleted: d.comparison(f, "deleted"), Total: d.comparison(f, "total"),
		})
	}
	return sizes
}

func (d *document) comparison(f fields, key string) string {
	if !f.has(key) {
		return ""
	}
	value, ok := d.text(f.values[key], key)
	if ok {
		d.objection(f.values[key], approval.CheckComparison(value))
	}
	return value
}

// results reads checks: or workflows:. Our own check runs are no condition for what they are to say.
func (d *document) results(n ast.Node, what, names string, keys ...string) *approval.Results {
	var r approval.Results
	f, ok := d.mapping(n, what, append([]string{names}, keys...)...)
	if !ok {
		return &r
	}
	if !f.has(names) {
		d.refuseToken(f.at, what+" has no "+names, "add "+names+": with what must have ended")
	} else {
		r.Names = d.checked(f.values[names], names, notOurs)
	}
	r.Conclusions = []string{"success"}
	if f.has("conclusions") {
		r.Conclusions = d.conclusions(f.values["conclusions"])
	}
	if f.has("app") {
		r.App = int64(d.whole(f.values["app"], "app", 1))
	}
	return &r
}

func notOurs(name string) error {
	if !strings.HasPrefix(name, "sallyport/") {
		return nil
	}
	return &approval.ConditionError{Text: fmt.Sprintf("%s is what this policy decides, so it cannot be a condition", name), Mend: "name another check"}
}

func (d *document) conclusions(n ast.Node) []string {
	var words []string
	for _, entry := range d.entries(n, "conclusions") {
		word := d.word(entry, "a conclusion", approval.Conclusions...)
		if slices.Contains(words, word) {
			d.refuse(entry, fmt.Sprintf("%q is listed twice", word), "keep one of them")
		}
		words = append(words, word)
	}
	return words
}

func (d *document) signedBy(n ast.Node) *approval.Signatures {
	var s approval.Signatures
	f, ok := d.mapping(n, "signatures", "valid", "by", "keys")
	if !ok {
		return &s
	}
	if len(f.values) == 0 {
		d.refuse(n, "signatures says nothing", "write signatures: {valid: true}")
	}
	if f.has("valid") && !d.flag(f.values["valid"], "valid") {
		d.refuse(f.values["valid"], "valid can only be true", "put what bad signatures deserve into the rule that follows")
	}
	if f.has("by") {
		s.By = d.people(f.values["by"], "by")
	}
	if f.has("keys") {
		s.Keys = d.checked(f.values["keys"], "keys", approval.CheckFingerprint)
	}
	return &s
}
