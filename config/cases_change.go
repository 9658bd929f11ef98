package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/pull"
)

// change reads what the pull request is, but for its people.
func (d *document) change(f fields, c *Case) {
	read(f, "change", func(n ast.Node) { c.Files = d.files(n) })
	read(f, "labels", func(n ast.Node) { c.Labels = d.texts(n, "labels") })
	read(f, "title", func(n ast.Node) { c.Title, _ = d.text(n, "title") })
	read(f, "source", func(n ast.Node) { c.Source, _ = d.text(n, "source") })
	read(f, "target", func(n ast.Node) { c.Target, _ = d.text(n, "target") })
	read(f, "repository", func(n ast.Node) { c.Repository = d.repository(n) })
	read(f, "body", func(n ast.Node) { c.Body, _ = d.text(n, "body") })
	read(f, "codeowners", func(n ast.Node) { c.Codeowners, _ = d.text(n, "codeowners") })
	read(f, "draft", func(n ast.Node) { c.Draft = d.flag(n, "draft") })
	read(f, "properties", func(n ast.Node) {
		c.Properties.Values = map[string]pull.Property{}
		for name, values := range d.properties(n, "properties") {
			c.Properties.Values[name] = pull.Property{Values: values, Many: len(values) > 1}
		}
	})
	read(f, "size", func(n ast.Node) { c.Size = d.size(n) })
	read(f, "checks", func(n ast.Node) {
		for _, entry := range d.list(n, "checks") {
			c.Checks = append(c.Checks, d.check(entry))
		}
	})
	read(f, "workflows", func(n ast.Node) {
		for _, entry := range d.list(n, "workflows") {
			c.Workflows = append(c.Workflows, d.workflow(entry))
		}
	})
}

// files reads changed paths. A rename is two, as git sees it: the old path gone, the new one there.
func (d *document) files(n ast.Node) []pull.File {
	var files []pull.File
	seen := map[string]bool{}
	for _, entry := range d.list(n, "change") {
		for _, file := range d.changed(entry) {
			if seen[file.Path] {
				d.refuse(entry, fmt.Sprintf("the path %q is there twice", file.Path), "keep one of them")
			}
			seen[file.Path] = true
			files = append(files, file)
		}
	}
	return files
}

// changeModes are the words for what a path becomes. What is not plain text comes out of nothing, or goes there.
var changeModes = map[string]pull.Mode{
	"text": pull.Regular, "executable": pull.Executable, "symlink": pull.Symlink, "submodule": pull.Submodule, "removed": pull.Absent,
}

func (d *document) changed(n ast.Node) []pull.File {
	if _, detailed := n.(*ast.MappingNode); !detailed {
		path, ok := d.path(n, "a changed path")
		if !ok {
			return nil
		}
		return []pull.File{{Path: path, OldMode: pull.Regular, NewMode: pull.Regular}}
	}
	f, _ := d.mapping(n, "a changed path", "path", "was", "mode")
	if f.lacks("path") {
		d.refuseToken(f.at, "the change has no path", "add path:")
	}
	if !f.has("path") {
		return nil
	}
	path, ok := d.path(f.values["path"], "path")
	if !ok {
		return nil
	}
	file := pull.File{Path: path, OldMode: pull.Regular, NewMode: pull.Regular}
	read(f, "mode", func(n ast.Node) {
		file.NewMode = changeModes[d.word(n, "mode", "text", "executable", "symlink", "submodule", "removed")]
	})
	if !f.has("was") {
		return []pull.File{file}
	}
	file.OldMode = pull.Absent
	was, ok := d.path(f.values["was"], "was")
	if !ok {
		return nil
	}
	return []pull.File{{Path: was, OldMode: pull.Regular}, file}
}

// path reads a path as git writes it. Odd characters are allowed: a case may be about them.
func (d *document) path(n ast.Node, what string) (string, bool) {
	path, ok := d.text(n, what)
	if !ok {
		return "", false
	}
	if strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.Contains(path, "//") {
		d.refuse(n, fmt.Sprintf("%q is not a path as git writes it", path), "name a file from the root of the repository, without a leading slash")
		return "", false
	}
	return path, true
}

func (d *document) repository(n ast.Node) string {
	name, ok := d.text(n, "repository")
	owner, repo, cut := strings.Cut(name, "/")
	if ok && (!cut || owner == "" || repo == "" || strings.Contains(repo, "/")) {
		d.refuse(n, fmt.Sprintf("%q is not a repository", name), "write owner/name")
	}
	return name
}

func (d *document) size(n ast.Node) *pull.Size {
	f, ok := d.mapping(n, "size", "added", "deleted")
	if !ok {
		return nil
	}
	s := &pull.Size{}
	read(f, "added", func(n ast.Node) { s.Added = d.whole(n, "added", 0) })
	read(f, "deleted", func(n ast.Node) { s.Deleted = d.whole(n, "deleted", 0) })
	return s
}

// conclusions are GitHub's words for how a check can end, and ours for one that has not.
var conclusions = []string{"success", "failure", "neutral", "skipped", "cancelled", "timed_out", "action_required", "stale",
	"startup_failure", "error", "running"}

func (d *document) check(n ast.Node) pull.Check {
	c := pull.Check{Kind: pull.CheckRun}
	f, ok := d.mapping(n, "a check", "name", "conclusion", "app", "kind")
	if !ok {
		return c
	}
	if f.lacks("name") {
		d.refuseToken(f.at, "the check has no name", "add name:")
	}
	read(f, "name", func(n ast.Node) { c.Name, _ = d.text(n, "name") })
	read(f, "app", func(n ast.Node) { c.App = int64(d.whole(n, "app", 1)) })
	read(f, "kind", func(n ast.Node) {
		c.Kind = pull.CheckKind(d.word(n, "kind", string(pull.CheckRun), string(pull.CommitStatus)))
	})
	c.Status, c.Conclusion = d.conclusion(f)
	return c
}

func (d *document) workflow(n ast.Node) pull.Workflow {
	var w pull.Workflow
	f, ok := d.mapping(n, "a workflow", "path", "conclusion")
	if !ok {
		return w
	}
	if f.lacks("path") {
		d.refuseToken(f.at, "the workflow has no path", "add path: with the path of the workflow's file")
	}
	read(f, "path", func(n ast.Node) { w.Path, _ = d.path(n, "path") })
	w.Status, w.Conclusion = d.conclusion(f)
	return w
}

// conclusion is success where the case does not say.
func (d *document) conclusion(f fields) (status, conclusion string) {
	conclusion = "success"
	read(f, "conclusion", func(n ast.Node) { conclusion = d.word(n, "conclusion", conclusions...) })
	if conclusion == "running" {
		return "in_progress", ""
	}
	return "completed", conclusion
}
