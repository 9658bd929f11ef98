package hub

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

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
	id, lacks := w.descend(root, dir)
	if lacks != "" {
		w.want(lacks, false)
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
