package approval

import (
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// folders sorts files by the first segment of their paths. Most patterns begin with a name, so they need not be tried on
// what lies elsewhere; that is what judging a large change by many rules would take most of its time for.
type folders struct {
	names []string // "prod/", or the whole path of a file at the root
	of    []int    // each file's folder
}

func foldersOf(files []pull.File) folders {
	f := folders{of: make([]int, len(files))}
	known := map[string]int{}
	for i, file := range files {
		name := folder(file.Path)
		at, ok := known[name]
		if !ok {
			at = len(f.names)
			known[name] = at
			f.names = append(f.names, name)
		}
		f.of[i] = at
	}
	return f
}

func folder(path string) string {
	if slash := strings.IndexByte(path, '/'); slash >= 0 {
		return path[:slash+1]
	}
	return path
}

// reached tells of each folder whether one of the patterns may match in it.
func (f folders) reached(globs []glob) []bool {
	reached := make([]bool, len(f.names))
	for i, name := range f.names {
		reached[i] = anyReaches(globs, name)
	}
	return reached
}

// candidates lists for each folder the rules that may match in it, in the policy's order.
func (f folders) candidates(rules []ready) [][]int {
	lists := make([][]int, len(f.names))
	for i, name := range f.names {
		for at := range rules {
			if anyReaches(rules[at].globs, name) {
				lists[i] = append(lists[i], at)
			}
		}
	}
	return lists
}

func anyReaches(globs []glob, folder string) bool {
	for i := range globs {
		if globs[i].reaches(folder) {
			return true
		}
	}
	return false
}

// reaches reports whether the pattern may match in the folder: what it matches begins with its literal and with the
// folder's name, so one of the two begins with the other.
func (g *glob) reaches(folder string) bool {
	n := min(len(g.literal), len(folder))
	return g.literal[:n] == folder[:n]
}
