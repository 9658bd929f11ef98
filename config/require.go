package config

import (
	"errors"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
)

func (d *document) requirement(n ast.Node, what string) approval.Requirement {
	var q approval.Requirement
	f, ok := d.mapping(n, what, "approvals", "duo", "signatures", "any", "all")
	if !ok {
		return q
	}
	if f.has("approvals") {
		q.Approvals = d.approvals(f.values["approvals"])
	}
	if f.has("duo") {
		q.Duo = d.word(f.values["duo"], "duo", approval.DuoAuthor, approval.DuoApprover, approval.DuoBoth)
	}
	if f.has("signatures") {
		q.Signatures = d.flag(f.values["signatures"], "signatures")
	}
	if f.has("any") {
		q.Any = d.requirements(f.values["any"], "any")
	}
	if f.has("all") {
		q.All = d.requirements(f.values["all"], "all")
	}
	return q
}

// requirements reads the parts of an any: or all:. A part that demands nothing is refused: in any: it would undo the
// whole rule, in all: it can only be a slip.
func (d *document) requirements(n ast.Node, what string) []approval.Requirement {
	var parts []approval.Requirement
	for _, entry := range d.list(n, what) {
		before := len(d.problems)
		part := d.requirement(entry, "an entry of "+what)
		if part.Demands() == 0 && len(d.problems) == before {
			d.refuse(entry, "an entry of "+what+" that requires nothing", "say what it requires, or leave it out")
		}
		parts = append(parts, part)
	}
	return parts
}

func (d *document) approvals(n ast.Node) *approval.Approvals {
	a := &approval.Approvals{Count: 1}
	f, ok := d.mapping(n, "approvals", "count", "from")
	if !ok {
		return a
	}
	if f.has("count") {
		a.Count = d.whole(f.values["count"], "count", 1)
	}
	if f.has("from") {
		a.From = d.from(f.values["from"])
	}
	return a
}

func (d *document) from(n ast.Node) []string {
	var words []string
	for _, entry := range d.list(n, "from") {
		word, ok := d.text(entry, "an entry of from")
		if !ok {
			continue
		}
		var refused *approval.FromError
		if _, err := approval.ParseFrom(word); errors.As(err, &refused) {
			d.refuse(entry, refused.Text, refused.Mend)
		}
		words = append(words, word)
	}
	return words
}
