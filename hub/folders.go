package hub

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport/pull"
)

const (
	// maxFolders is how many folders are read together with the rest; a change that reaches further has them read by themselves.
	maxFolders = 8
	// maxFolder is the largest folder that is read on suspicion.
	maxFolder = 200
	// folderBudget is how many folders are remembered.
	folderBudget = 20_000
)

// pullKey names a pull request.
type pullKey struct {
	repo   int64
	number int
}

// changes are the folders that a pull request was last seen to change. When its target moves they are new again on the side of
// the merge, and reading them with the snapshot saves the request that would follow it. What comes of it only fills the cache of
// trees, each by the id that it hashes to.
func (h *Hub) changes(k pullKey) []string {
	list, _ := h.folders.get(k)
	return list
}

// remember notes the folders above the files that differ.
func (h *Hub) remember(k pullKey, w *walk, merge string, files []pull.File) {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.Path
	}
	list := directories(paths)
	fits := func(dir string) bool {
		id, known := w.lookup(merge, dir)
		t, ok := w.tree(id)
		return known && ok && len(t) <= maxFolder && utf8.ValidString(dir)
	}
	if len(list) > maxFolders || !allOf(list, fits) {
		list = nil
	}
	if slices.Equal(list, h.changes(k)) {
		return
	}
	h.folders.drop(k)
	if len(list) > 0 {
		h.folders.put(k, list, len(list))
	}
}

func allOf(list []string, holds func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !holds(s) })
}

// folderQuestion asks for the folders of a pull request's test merge.
func folderQuestion(dirs []string) ([]variable, string) {
	var variables []variable
	var b strings.Builder
	b.WriteString("repository(owner: $owner, name: $name) { pullRequest(number: $number) { potentialMergeCommit {\n")
	for i, dir := range dirs {
		name := fmt.Sprintf("folder%d", i)
		variables = append(variables, variable{name, "String!", dir})
		fmt.Fprintf(&b, "%s: file(path: $%s) { object { ...Listing } }\n", name, name)
	}
	b.WriteString("} } }")
	return variables, b.String()
}

// folderFacts is the answer, a folder per alias.
type folderFacts struct {
	Repository *struct {
		Pull *struct {
			Test map[string]json.RawMessage `json:"potentialMergeCommit"`
		} `json:"pullRequest"`
	} `json:"repository"`
}

// keep proves each folder and has it known by its id. One that cannot be is left out: whoever needs it asks for it by id.
func (f folderFacts) keep(h *Hub) {
	if f.Repository == nil || f.Repository.Pull == nil {
		return
	}
	for name, text := range f.Repository.Pull.Test {
		var found struct {
			Object *listingFacts `json:"object"`
		}
		if !strings.HasPrefix(name, "folder") || json.Unmarshal(text, &found) != nil || found.Object == nil || found.Object.Entries == nil {
			continue
		}
		if t, err := found.Object.decode(); err == nil {
			h.trees.put(found.Object.OID, t, t.weight())
		}
	}
}
