package hub

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

const (
	// diffBudget is how many changed files of past diffs are kept in memory.
	diffBudget = 50_000
	maxDepth   = 50
	// maxEntries bounds what one diff may make us read, so that a hostile branch cannot spend the whole budget.
	maxEntries = 100_000
)

// diffKey names a diff by its two trees; the answer never changes.
type diffKey struct{ base, merge string }

// sides are the two ends of a landing diff: commits, with their root trees already read.
type sides struct {
	baseCommit, mergeCommit string
	base, merge             string // root trees
}

// landingDiff compares two trees by object id and descends only where they differ. hints are paths that probably
// changed: they let the first request fetch several levels at once, and decide nothing.
func (h *Hub) landingDiff(ctx context.Context, repo pull.Repo, s sides, known map[string]tree, hints []string) ([]pull.File, error) {
	k := diffKey{s.base, s.merge}
	if files, ok := h.diffs.get(k); ok {
		return slices.Clone(files), nil
	}
	for round := 0; round <= maxDepth; round++ {
		w := &walk{hub: h, known: known}
		if err := w.compare("", s.base, s.merge, 0); err != nil {
			return nil, err
		}
		if len(w.missing) == 0 {
			slices.SortFunc(w.files, func(a, b pull.File) int { return cmp.Compare(a.Path, b.Path) })
			h.diffs.put(k, w.files, len(w.files)+1)
			return slices.Clone(w.files), nil
		}
		list := w.missing
		if round == 0 {
			list = append(list, w.guess(s, hints, treesPerQuery-len(list))...)
		}
		found, err := h.fetchTrees(ctx, repo, list)
		if err != nil {
			return nil, err
		}
		for id, t := range found {
			known[id] = t
		}
	}
	return nil, tooDeep("")
}

// walk is one descent through the trees that are at hand. What it lacks it lists, and the next one gets further.
type walk struct {
	hub     *Hub
	known   map[string]tree
	asked   map[string]bool
	missing []wanted
	files   []pull.File
	entries int
}

func (w *walk) tree(id string) (tree, bool) {
	if id == "" {
		return nil, true
	}
	if t, ok := w.known[id]; ok {
		return t, true
	}
	t, ok := w.hub.trees.get(id)
	if ok {
		w.known[id] = t // held for this diff, however long the cache keeps it
	}
	return t, ok
}

// compare lists what differs between two directories; an empty id is a directory that does not exist on that side.
func (w *walk) compare(dir, base, merge string, depth int) error {
	if base == merge {
		return nil
	}
	if depth > maxDepth {
		return tooDeep(dir)
	}
	b, haveBase := w.tree(base)
	m, haveMerge := w.tree(merge)
	if !haveBase || !haveMerge {
		w.want(base, haveBase)
		w.want(merge, haveMerge)
		return nil
	}
	if w.entries += len(b) + len(m); w.entries > maxEntries {
		return permanent("diff-too-large", "the landing touches directories with more than %d entries", maxEntries)
	}
	for _, pair := range pairs(b, m) {
		if err := w.entry(dir, pair.base, pair.merge, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) want(id string, have bool) {
	if w.asked == nil {
		w.asked = map[string]bool{}
	}
	if !have && !w.asked[id] {
		w.asked[id] = true
		w.missing = append(w.missing, wanted{id: id})
	}
}

// entry compares one name on both sides. A directory on one side and a file on the other is both a file and a whole
// directory that came or went.
func (w *walk) entry(dir string, b, m entry, depth int) error {
	if b == m {
		return nil
	}
	name := cmp.Or(b.name, m.name)
	full := name
	if dir != "" {
		full = dir + "/" + name
	}
	var baseDir, mergeDir string
	if b.mode == pull.Directory {
		baseDir, b = b.id, entry{}
	}
	if m.mode == pull.Directory {
		mergeDir, m = m.id, entry{}
	}
	if b.mode != m.mode || b.id != m.id {
		w.files = append(w.files, pull.File{Path: full, OldMode: b.mode, NewMode: m.mode, OldID: b.id, NewID: m.id})
	}
	return w.compare(full, baseDir, mergeDir, depth+1)
}

type pair struct{ base, merge entry }

// pairs matches two directories' entries by name.
func pairs(base, merge tree) []pair {
	at := make(map[string]int, len(base))
	list := make([]pair, 0, len(base))
	for i, e := range base {
		at[e.name] = i
		list = append(list, pair{base: e})
	}
	for _, e := range merge {
		if i, ok := at[e.name]; ok {
			list[i].merge = e
			continue
		}
		list = append(list, pair{merge: e})
	}
	return list
}

// guess names the directories above the hinted paths that are not at hand yet, by path on both sides.
func (w *walk) guess(s sides, hints []string, room int) []wanted {
	var list []wanted
	for _, dir := range directories(hints) {
		b, baseKnown := w.lookup(s.base, dir)
		m, mergeKnown := w.lookup(s.merge, dir)
		if baseKnown && mergeKnown && b == m {
			continue
		}
		if !baseKnown {
			list = append(list, wanted{path: s.baseCommit + ":" + dir})
		}
		if !mergeKnown {
			list = append(list, wanted{path: s.mergeCommit + ":" + dir})
		}
	}
	return list[:max(0, min(room, len(list)))]
}

// lookup finds the id of a directory as far as the trees at hand reach; "" when there is none.
func (w *walk) lookup(root, dir string) (id string, known bool) {
	id, lacks := w.descend(root, dir)
	return id, lacks == ""
}

// descend finds the id of a directory, "" when there is none, or the tree that it lacks to tell.
func (w *walk) descend(root, dir string) (id, lacks string) {
	id = root
	for _, name := range strings.Split(dir, "/") {
		t, ok := w.tree(id)
		if !ok {
			return "", id
		}
		e, _ := t.find(name)
		if e.mode != pull.Directory {
			return "", ""
		}
		id = e.id
	}
	return id, ""
}

// directories lists every directory above the paths, shallow ones first.
func directories(paths []string) []string {
	seen := map[string]bool{}
	var dirs []string
	for _, p := range paths {
		for _, dir := range above(p) {
			if !seen[dir] {
				seen[dir] = true
				dirs = append(dirs, dir)
			}
		}
	}
	slices.SortFunc(dirs, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), cmp.Compare(a, b))
	})
	return dirs
}

func tooDeep(dir string) error {
	return permanent("diff-too-deep", "the landing changes directories nested deeper than %d (%.120q…)", maxDepth, dir)
}
