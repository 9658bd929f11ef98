package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
)

func (d *document) approvals(n ast.Node) *approval.Approvals {
	a := &approval.Approvals{Count: 1}
	f, ok := d.mapping(n, "approvals", "count", "from", "distinct_teams", "author", "contributors", "non_author_contributors",
		"ignore_commits_by", "ignore_update_merges", "by")
	if !ok {
		return a
	}
	if f.has("count") {
		a.Count = d.whole(f.values["count"], "count", 1)
	}
	if f.has("from") {
		a.From = d.from(f.values["from"])
	}
	d.teams(f, a)
	a.Author, a.Contributors = d.counting(f, "author"), d.counting(f, "contributors")
	a.NonAuthorContributors = d.counting(f, "non_author_contributors")
	if a.Contributors == approval.Counts && a.NonAuthorContributors == approval.Ignored {
		d.refuseToken(f.keys["non_author_contributors"], "contributors count and are ignored at once", "keep one of the two")
	}
	if f.has("ignore_commits_by") {
		a.IgnoreCommitsBy = d.people(f.values["ignore_commits_by"], "ignore_commits_by")
	}
	if f.has("ignore_update_merges") {
		a.IgnoreUpdateMerges = d.flag(f.values["ignore_update_merges"], "ignore_update_merges")
	}
	if f.has("by") {
		a.By = d.methods(f.values["by"])
	}
	return a
}

// teams reads distinct_teams, which can only hold if the list names as many teams and asks as many people.
func (d *document) teams(f fields, a *approval.Approvals) {
	if !f.has("distinct_teams") {
		return
	}
	n := f.values["distinct_teams"]
	before := len(d.problems)
	a.DistinctTeams = d.whole(n, "distinct_teams", 2)
	named := map[string]bool{}
	for _, word := range a.From {
		if from, err := approval.ParseFrom(word); err == nil && from.Team != "" {
			named[from.Team] = true
		}
	}
	switch {
	case len(d.problems) > before:
	case a.DistinctTeams > len(named):
		d.refuse(n, fmt.Sprintf("distinct_teams is %d, but from names %d teams", a.DistinctTeams, len(named)), "name more teams, or ask for fewer")
	case a.DistinctTeams > a.Count:
		d.refuse(n, fmt.Sprintf("distinct_teams is %d, but count is %d", a.DistinctTeams, a.Count), fmt.Sprintf("write count: %d", a.DistinctTeams))
	}
}

func (d *document) counting(f fields, key string) string {
	if !f.has(key) {
		return ""
	}
	return d.word(f.values[key], key, approval.Counts, approval.Ignored)
}

func (d *document) from(n ast.Node) []string {
	var words []string
	for _, entry := range d.list(n, "from") {
		word, ok := d.text(entry, "an entry of from")
		if !ok {
			continue
		}
		_, err := approval.ParseFrom(word)
		d.objection(entry, err)
		words = append(words, word)
	}
	return words
}

// methods reads the ways to approve. Reviews count unless they are turned off.
func (d *document) methods(n ast.Node) *approval.Methods {
	m := &approval.Methods{Reviews: true}
	f, ok := d.mapping(n, "by", "reviews", "comments", "body")
	if !ok {
		return m
	}
	if f.has("reviews") {
		m.Reviews = d.flag(f.values["reviews"], "reviews")
	}
	if f.has("comments") {
		m.Comments = d.checked(f.values["comments"], "comments", d.phrase)
	}
	if f.has("body") {
		m.Body = d.checked(f.values["body"], "body", d.phrase)
	}
	if !m.Reviews && !f.has("comments") && !f.has("body") {
		d.refuse(n, "by names no way to approve", "add comments: or body:, or leave reviews on")
	}
	return m
}
