package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
)

func (d *document) botFiles(key string, n ast.Node) policybot.Condition {
	known := []string{"paths", "globs", "ignore", "ignore_globs"}
	if key == "only_changed_files" {
		known = known[:2]
	}
	f, _ := d.mapping(n, key, known...)
	paths := d.neededPaths(f, key, n)
	if key == "only_changed_files" {
		return policybot.OnlyChangedFiles{Paths: paths}
	}
	return policybot.ChangedFiles{None: key == "no_changed_files", Paths: paths, Ignore: d.optionalPaths(f, "ignore", "ignore_globs")}
}

func (d *document) botFileChange(key string, n ast.Node) policybot.Condition {
	f, _ := d.mapping(n, key, "paths", "globs")
	return policybot.FileChange{
		Deleted: key == "file_deleted" || key == "file_not_deleted", None: key == "file_not_added" || key == "file_not_deleted",
		Paths: d.neededPaths(f, key, n),
	}
}

// neededPaths reads paths and globs, which policy-bot takes as alternatives. Without any, a predicate would never hold, or always.
func (d *document) neededPaths(f fields, what string, n ast.Node) []policybot.Pattern {
	if f.values == nil {
		return nil
	}
	before := len(d.problems)
	patterns := d.optionalPaths(f, "paths", "globs")
	switch {
	case len(patterns) > 0 || len(d.problems) > before:
	case given(f, "paths"):
		d.refuse(n, "paths is an empty list", "list at least one regular expression")
	case given(f, "globs"):
		d.refuse(n, "globs is an empty list", "list at least one glob")
	default:
		d.refuse(n, what+" has no paths", "add paths: with regular expressions, or globs:")
	}
	return patterns
}

func (d *document) optionalPaths(f fields, expressions, globs string) []policybot.Pattern {
	return slices.Concat(d.optionalRegexps(f, expressions), d.optionalGlobs(f, globs))
}

func (d *document) optionalGlobs(f fields, key string) []policybot.Pattern {
	return optionalEach(d, f, key, d.botGlob)
}

// formMost bounds what the globs of one file stand for once their braces are written out: each form is tried on every path.
const formMost = 4000

func (d *document) botGlob(n ast.Node, what string) (policybot.Pattern, bool) {
	text, ok := d.text(n, what)
	if !ok {
		return policybot.Pattern{}, false
	}
	forms, err := approval.CountForms(text)
	if err != nil {
		d.objection(n, err)
		return policybot.Pattern{}, false
	}
	if d.forms += forms; d.forms > formMost {
		d.refuse(n, fmt.Sprintf("the globs of the file stand for more than %d patterns", formMost), "do with fewer")
		return policybot.Pattern{}, false
	}
	p, err := policybot.CompileGlob(text)
	return p, err == nil
}

var comparisonText = regexp.MustCompile(`^\s*([<>=])[ \t]*(\d{1,12})\s*$`)

func (d *document) botLines(n ast.Node) policybot.Condition {
	var c policybot.ModifiedLines
	f, ok := d.mapping(n, "modified_lines", "additions", "deletions", "total", "files")
	if !ok {
		return c
	}
	compares := false
	for key, into := range map[string]*policybot.Comparison{"additions": &c.Additions, "deletions": &c.Deletions, "total": &c.Total} {
		if text := d.optional(f, key); text != "" {
			compares = true
			*into = d.botComparison(f.values[key], text)
		}
	}
	if !compares {
		d.refuse(n, "modified_lines compares nothing, so it never holds", `add additions:, deletions: or total:, for example "> 100"`)
	}
	if given(f, "files") {
		c.Files = d.botFileFilter(f.values["files"])
	}
	return c
}

func (d *document) botComparison(n ast.Node, text string) policybot.Comparison {
	parts := comparisonText.FindStringSubmatch(text)
	if parts == nil {
		d.refuse(n, fmt.Sprintf("%q is no comparison", text), `write one of < = > and a number, for example "> 100"`)
		return policybot.Comparison{}
	}
	bound, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		d.refuse(n, "the number is too large", "write a smaller one")
	}
	return policybot.Comparison{Op: parts[1], Bound: bound}
}

func (d *document) botFileFilter(n ast.Node) policybot.FileFilter {
	f, ok := d.mapping(n, "files", "include", "include_globs", "exclude", "exclude_globs")
	if !ok {
		return policybot.FileFilter{}
	}
	return policybot.FileFilter{
		Include: d.optionalPaths(f, "include", "include_globs"),
		Exclude: d.optionalPaths(f, "exclude", "exclude_globs"),
	}
}
