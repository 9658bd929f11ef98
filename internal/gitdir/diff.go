package gitdir

import (
	"cmp"
	"errors"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

const maxDepth = 100

// Diff lists every path that differs between two trees, in the order of their names. An empty id is an empty tree.
func (d *Dir) Diff(before, after string) ([]pull.File, error) {
	w := &walk{dir: d}
	if err := w.compare("", before, after, 0); err != nil {
		return nil, err
	}
	slices.SortFunc(w.files, func(a, b pull.File) int { return cmp.Compare(a.Path, b.Path) })
	return w.files, nil
}

type walk struct {
	dir   *Dir
	files []pull.File
}

func (w *walk) compare(prefix, before, after string, depth int) error {
	if before == after {
		return nil
	}
	if depth > maxDepth {
		return errors.New("directories are nested too deep at " + prefix)
	}
	old, err := w.tree(before)
	if err != nil {
		return err
	}
	now, err := w.tree(after)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(old)+len(now))
	for name := range old {
		names = append(names, name)
	}
	for name := range now {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := w.entry(prefix+name, old[name], now[name], depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) tree(id string) (map[string]Entry, error) {
	if id == "" {
		return nil, nil
	}
	list, err := w.dir.Tree(id)
	if err != nil {
		return nil, err
	}
	named := make(map[string]Entry, len(list))
	for _, e := range list {
		if _, twice := named[e.Name]; twice {
			return nil, errors.New("a directory holds the name " + e.Name + " twice")
		}
		named[e.Name] = e
	}
	return named, nil
}

// entry compares one name. A directory on one side and a file on the other is both a file and a whole directory that
// came or went.
func (w *walk) entry(path string, old, now Entry, depth int) error {
	if old == now {
		return nil
	}
	oldDir, oldFile := parts(old)
	nowDir, nowFile := parts(now)
	if oldFile != nowFile {
		w.files = append(w.files, pull.File{Path: path, OldMode: oldFile.Mode, NewMode: nowFile.Mode, OldID: oldFile.ID, NewID: nowFile.ID})
	}
	return w.compare(path+"/", oldDir, nowDir, depth+1)
}

func parts(e Entry) (dir string, file Entry) {
	if e.Mode == pull.Directory {
		return e.ID, Entry{}
	}
	e.Name = ""
	return "", e
}

// Find looks up one path below a tree; ok is false where nothing is there.
func (d *Dir) Find(tree string, names ...string) (found Entry, ok bool, err error) {
	found = Entry{Mode: pull.Directory, ID: tree}
	for _, name := range names {
		if found.Mode != pull.Directory {
			return Entry{}, false, nil
		}
		list, err := d.Tree(found.ID)
		if err != nil {
			return Entry{}, false, err
		}
		i := slices.IndexFunc(list, func(e Entry) bool { return e.Name == name })
		if i < 0 {
			return Entry{}, false, nil
		}
		found = list[i]
	}
	return found, true, nil
}
