package config

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
)

func (d *document) requirement(n ast.Node, what string) approval.Requirement {
	var q approval.Requirement
	f, ok := d.mapping(n, what, "approvals", "owners", "codeowners", "duo", "signatures", "any", "all")
	if !ok {
		return q
	}
	if f.has("approvals") {
		q.Approvals = d.approvals(f.values["approvals"])
	}
	if f.has("owners") {
		q.Owners = d.owners(f.values["owners"])
	}
	if f.has("codeowners") {
		q.Codeowners = d.codeowners(f.values["codeowners"])
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
		if part.Demands() == 0 && part.Codeowners == nil && len(d.problems) == before {
			d.refuse(entry, "an entry of "+what+" that requires nothing", "say what it requires, or leave it out")
		}
		parts = append(parts, part)
	}
	return parts
}

// owners reads {count, files: [{paths, from}]}.
func (d *document) owners(n ast.Node) *approval.Owners {
	o := &approval.Owners{Count: 1}
	f, ok := d.mapping(n, "owners", "count", "files")
	if !ok {
		return o
	}
	if f.has("count") {
		o.Count = d.whole(f.values["count"], "count", 1)
	}
	if !f.has("files") {
		d.refuseToken(f.at, "owners has no files", "add files: with a list of {paths: […], from: […]}")
		return o
	}
	for _, entry := range d.list(f.values["files"], "files") {
		o.Files = append(o.Files, d.ownership(entry))
	}
	return o
}

func (d *document) ownership(n ast.Node) approval.Ownership {
	var o approval.Ownership
	f, ok := d.mapping(n, "an entry of files", "paths", "from")
	if !ok {
		return o
	}
	if f.has("paths") {
		o.Paths = d.globs(f.values["paths"], "paths")
	} else {
		d.refuseToken(f.at, "the entry has no paths", "add paths: with a list of patterns")
	}
	if f.has("from") {
		o.From = d.people(f.values["from"], "from")
	} else {
		d.refuseToken(f.at, "the entry has no from", "add from: with the paths' owners")
	}
	return o
}

// codeowners reads true, or {count, unowned}.
func (d *document) codeowners(n ast.Node) *approval.Codeowners {
	c := &approval.Codeowners{Count: 1}
	if b, whole := n.(*ast.BoolNode); whole {
		if !b.Value {
			d.refuse(n, "codeowners can only be true", "leave the key out")
		}
		return c
	}
	f, ok := d.mapping(n, "codeowners", "count", "unowned")
	if !ok {
		return c
	}
	if f.has("count") {
		c.Count = d.whole(f.values["count"], "count", 1)
	}
	if f.has("unowned") {
		c.Unowned = d.word(f.values["unowned"], "unowned", approval.SpecialAllow)
	}
	return c
}

// block reads who may hold a rule's paths up.
func (d *document) block(n ast.Node) *approval.Block {
	b := &approval.Block{}
	f, ok := d.mapping(n, "block", "from", "comments", "lift")
	if !ok {
		return b
	}
	if f.has("from") {
		b.From = d.people(f.values["from"], "from")
	} else {
		d.refuseToken(f.at, "block has no from", "add from: with those who may block")
	}
	if f.has("comments") {
		b.Comments = d.checked(f.values["comments"], "comments", d.phrase)
	}
	if f.has("lift") {
		b.Lift = d.people(f.values["lift"], "lift")
	}
	return b
}

// reviewRequests reads whom to ask for reviews: a mode alone, or {mode, count}.
func (d *document) reviewRequests(n ast.Node) *approval.ReviewRequests {
	r := &approval.ReviewRequests{}
	f, ok := d.mapping(n, "request_reviews", "mode", "count")
	if !ok {
		return r
	}
	if f.has("mode") {
		r.Mode = d.word(f.values["mode"], "mode", approval.ReviewAll, approval.ReviewRandom, approval.ReviewTeams)
	} else {
		d.refuseToken(f.at, "request_reviews has no mode", "add mode: all, random or teams")
	}
	if f.has("count") {
		r.Count = d.whole(f.values["count"], "count", 1)
		if r.Mode == approval.ReviewAll || r.Mode == approval.ReviewTeams {
			d.refuseToken(f.keys["count"], "count is for mode: random only", "leave it out")
		}
	}
	return r
}
