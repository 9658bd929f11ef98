package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// GitHub makes a test merge when the head or the merge base moves, and else twice a day: while others land, a pull request shows
// the one with the tip of earlier days (https://github.blog/changelog/2026-02-19-changes-to-test-merge-commit-generation-for-pull-requests).
// What merging into the present tip gives follows from it where the two sides changed different files.

// outdated reports whether GitHub, which can merge this head, shows how it merges into an older tip of the target.
func (p *pullFacts) outdated(base string) bool {
	if p.Mergeable != "MERGEABLE" || p.Test == nil || p.Test.Tree == nil || p.Tip.head() != p.Head {
		return false
	}
	parents := p.Test.parents()
	return p.Test.Parents.TotalCount == 2 && parents[0] != base && parents[1] == p.Head && p.Test.Parents.Nodes[0].Tree.OID != ""
}

// carried is a tree that GitHub has not made: another one with some files changed.
type carried struct {
	onto  string
	files []pull.File
}

// carryOver works out the test merge with the present base from one with an older tip. Where both sides changed the same file
// or moved a folder, only GitHub can tell: then it is Outdated. The trees that it is made of are known afterwards.
func (h *Hub) carryOver(ctx context.Context, repo pull.Repo, p *pullFacts, base pull.Base, known map[string]tree) (pull.TestMerge, error) {
	before := p.Test.Parents.Nodes[0]
	if follows, err := h.follows(ctx, repo, before.OID, base.SHA); err != nil || !follows {
		return pull.TestMerge{}, err // the target was rewritten, or is another one: GitHub makes a test merge for that
	}
	older, merged := before.Tree.OID, p.Test.Tree.OID
	ours, err := h.landingDiff(ctx, repo, sides{base: older, merge: base.Tree}, known, nil)
	if err != nil {
		return pull.TestMerge{}, fmt.Errorf("reading what landed since GitHub's test merge: %w", err)
	}
	theirs, err := h.landingDiff(ctx, repo, sides{base: older, merge: merged}, known, nil)
	if err != nil {
		return pull.TestMerge{}, fmt.Errorf("reading GitHub's test merge with an older tip: %w", err)
	}
	if meet(ours, theirs) {
		return pull.TestMerge{State: pull.Outdated}, nil
	}
	for range maxDepth + 1 {
		w := &walk{hub: h, known: known}
		moved := w.loses(theirs, older, base.Tree) || w.loses(ours, older, merged)
		tree := w.graft(base.Tree, changesOf(theirs))
		switch {
		case len(w.missing) > 0:
			found, err := h.fetchTrees(ctx, repo, w.missing)
			if err != nil {
				return pull.TestMerge{}, err
			}
			for id, t := range found {
				known[id] = t
			}
		case moved || tree == "":
			return pull.TestMerge{State: pull.Outdated}, nil
		default:
			h.carried.put(tree, carried{base.Tree, theirs}, len(theirs)+1)
			return rehearsed(tree, base.SHA, p.Head), nil
		}
	}
	return pull.TestMerge{}, tooDeep("")
}

// lineage is that of two commits, which never changes.
type lineage struct{ older, newer string }

// lineagesKept are pairs of a target's tips, as the open pull requests have them.
const lineagesKept = 10_000

// follows reports whether a commit contains an older one.
func (h *Hub) follows(ctx context.Context, repo pull.Repo, older, newer string) (bool, error) {
	k := lineage{older, newer}
	if yes, ok := h.lineages.get(k); ok {
		return yes, nil
	}
	yes, err := h.leads(ctx, repo, older, newer)
	if err == nil {
		h.lineages.put(k, yes, 1)
	}
	return yes, err
}

// rehearsed is the test merge that GitHub would show of a tree.
func rehearsed(tree, base, head string) pull.TestMerge {
	name := hashObject("commit", []byte(pull.Rehearsal(tree, base, head)), len(tree))
	return pull.TestMerge{State: pull.Clean, SHA: name, Tree: tree, Parents: []string{base, head}, Nameless: true}
}

// meet reports whether two sides changed the same file, or one of them a file where the other has a folder.
func meet(ours, theirs []pull.File) bool {
	files, folders := map[string]bool{}, map[string]bool{}
	for _, f := range ours {
		files[f.Path] = true
		for _, dir := range above(f.Path) {
			folders[dir] = true
		}
	}
	return slices.ContainsFunc(theirs, func(f pull.File) bool {
		return files[f.Path] || folders[f.Path] || slices.ContainsFunc(above(f.Path), func(dir string) bool { return files[dir] })
	})
}

// above lists the directories that a path is in.
func above(name string) (dirs []string) {
	for end := strings.LastIndex(name, "/"); end > 0; end = strings.LastIndex(name[:end], "/") {
		dirs = append(dirs, name[:end])
	}
	return dirs
}

// loses reports whether one of the folders that the files are in is in the first tree and not in the second: whoever moved it
// may have meant these, too.
func (w *walk) loses(files []pull.File, from, to string) bool {
	for _, f := range files {
		for _, dir := range above(f.Path) {
			if w.folder(from, dir) != "" && w.folder(to, dir) == "" {
				return true
			}
		}
	}
	return false
}

// folder is lookup, which wants what it lacks.
func (w *walk) folder(root, dir string) string {
	id := root
	for _, name := range strings.Split(dir, "/") {
		t, ok := w.tree(id)
		if !ok {
			w.want(id, false)
			return ""
		}
		e, _ := t.find(name)
		if e.mode != pull.Directory {
			return ""
		}
		id = e.id
	}
	return id
}

// change is what becomes of one name: of the file, and of the names below it.
type change struct {
	file  *pull.File
	below map[string]*change
}

func changesOf(files []pull.File) *change {
	root := &change{}
	for _, f := range files {
		at := root
		for _, name := range strings.Split(f.Path, "/") {
			if at.below == nil {
				at.below = map[string]*change{}
			}
			if at.below[name] == nil {
				at.below[name] = &change{}
			}
			at = at.below[name]
		}
		at.file = &f
	}
	return root
}

// graft makes the changes to a directory and returns the id of what it becomes, "" for none. What it lacks it wants.
func (w *walk) graft(base string, c *change) string {
	before, ok := w.tree(base)
	if !ok {
		w.want(base, false)
		return ""
	}
	after := slices.DeleteFunc(slices.Clone(before), func(e entry) bool { return c.below[e.name] != nil })
	for name, sub := range c.below {
		was, _ := before.find(name)
		if e := w.become(was, name, sub); e != (entry{}) {
			after = append(after, e)
		}
	}
	if len(after) == 0 {
		return ""
	}
	slices.SortFunc(after, func(a, b entry) int { return cmp.Compare(a.key(), b.key()) })
	raw, err := after.raw()
	if err != nil {
		return ""
	}
	id := hashObject("tree", raw, len(after[0].id))
	w.known[id] = after
	w.hub.trees.put(id, after, after.weight())
	return id
}

// become is the entry that a change leaves under a name; none where nothing is left.
func (w *walk) become(was entry, name string, c *change) entry {
	if len(c.below) > 0 {
		folder := ""
		if was.mode == pull.Directory {
			folder = was.id
		}
		if id := w.graft(folder, c); id != "" {
			return entry{name, pull.Directory, id}
		}
	}
	if c.file != nil && c.file.NewMode != pull.Absent {
		return entry{name, c.file.NewMode, c.file.NewID}
	}
	return entry{}
}

// uploadTree makes a tree that GitHub has not made. Doing it twice is harmless.
func (h *Hub) uploadTree(ctx context.Context, repo pull.Repo, id string) error {
	c, ok := h.carried.get(id)
	if !ok {
		return nil
	}
	var made *github.Tree
	err := h.rest(ctx, request{installation: repo.Installation, operation: "merged-tree"}, func(ctx context.Context, client *github.Client) (resp *github.Response, err error) {
		made, resp, err = client.Git.CreateTree(ctx, repo.Owner, repo.Name, c.onto, entriesOf(c.files))
		return resp, err
	})
	switch {
	case err != nil:
		return err
	case made.GetSHA() != id:
		return permanent("candidate-mismatch", "GitHub calls the tree %.10s, its bytes are %.10s", made.GetSHA(), id)
	}
	return nil
}

// entriesOf are files as GitHub takes them; one without an id is removed.
func entriesOf(files []pull.File) []*github.TreeEntry {
	var out []*github.TreeEntry
	for _, f := range files {
		kind, mode := "blob", fmt.Sprintf("%06o", uint32(cmp.Or(f.NewMode, f.OldMode)))
		if cmp.Or(f.NewMode, f.OldMode) == pull.Submodule {
			kind = "commit"
		}
		e := &github.TreeEntry{Path: &f.Path, Mode: &mode, Type: &kind}
		if f.NewMode != pull.Absent {
			e.SHA = &f.NewID
		}
		out = append(out, e)
	}
	return out
}
