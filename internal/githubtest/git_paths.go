package githubtest

import (
	"fmt"
	"strings"
)

// entry is what a tree holds at a path; false when nothing is there. The empty path is the tree itself.
func (g *gitRepo) entry(tree, path string) (treeEntry, bool) {
	at := treeEntry{Mode: "40000", ID: tree}
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, "/")
		entries, err := g.tree(at.ID)
		if err != nil {
			return treeEntry{}, false
		}
		hit := false
		for _, e := range entries {
			if e.Name == name {
				at, hit = e, true
				break
			}
		}
		if !hit {
			return treeEntry{}, false
		}
	}
	return at, true
}

// flatten lists everything below a tree but the folders, by path.
func (g *gitRepo) flatten(tree, prefix string, into map[string]treeEntry) error {
	entries, err := g.tree(tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Mode != "40000" {
			into[prefix+e.Name] = e
		} else if err := g.flatten(e.ID, prefix+e.Name+"/", into); err != nil {
			return err
		}
	}
	return nil
}

// grow builds the tree objects for a flat listing and returns the root's id and every tree on the way.
func grow(files map[string]treeEntry) (string, []gitObject) {
	type folder map[string]treeEntry
	folders := map[string]folder{}
	var entries []treeEntry
	for path, e := range files {
		name, rest, deep := strings.Cut(path, "/")
		if !deep {
			entries = append(entries, treeEntry{e.Mode, name, e.ID})
			continue
		}
		if folders[name] == nil {
			folders[name] = folder{}
		}
		folders[name][rest] = e
	}
	var built []gitObject
	for name, f := range folders {
		id, below := grow(f)
		built = append(built, below...)
		entries = append(entries, treeEntry{"40000", name, id})
	}
	tree := formatTree(entries)
	return tree.id(), append(built, tree)
}

// resolve finds what a revision names: a full id, a ref or branch, HEAD, or one of these with ":path" or "^{tree}".
// It is as much of git's language as API callers use.
func (g *gitRepo) resolve(expression, main string) (string, error) {
	rev, path, hasPath := strings.Cut(expression, ":")
	rev, peel := strings.CutSuffix(rev, "^{tree}")
	sha := g.revision(rev, main)
	if sha == "" {
		return "", fmt.Errorf("no revision %q", rev)
	}
	if !hasPath && !peel {
		return sha, nil
	}
	tree := sha
	if c, err := g.commit(sha); err == nil {
		tree = c.Tree
	}
	e, ok := g.entry(tree, strings.Trim(path, "/"))
	if !ok {
		return "", fmt.Errorf("no path %q in %s", path, rev)
	}
	return e.ID, nil
}

// revision looks in git's order: a full id before any ref that is called so, and a tag before a branch.
func (g *gitRepo) revision(rev, main string) string {
	if rev == "HEAD" {
		return g.branch(main)
	}
	if _, err := g.store.object(rev); err == nil {
		return rev
	}
	for _, ref := range []string{rev, "refs/" + rev, "refs/tags/" + rev, "refs/heads/" + rev} {
		if sha := g.refs[ref]; sha != "" {
			return sha
		}
	}
	return ""
}
