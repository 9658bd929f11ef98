package approval

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// A pattern that is not tried in a folder must be one that could match nothing there: every rule and every condition
// must see what it would see if each pattern were tried on each path.
func TestFoldersHideNoMatch(t *testing.T) {
	paths := []string{"README.md", "prod", "prod/api.nomad", "prod/web/api.nomad", "production/api.nomad", "pr/x", "p", "docs/prod/a",
		".sallyport.yml", ".github/CODEOWNERS", "ünï/ß", "prod-b/x"}
	patterns := []string{"**", "*", "prod", "prod/**", "prod/*", "pro*/**", "pro?/x", "**/api.nomad", "[pd]*/**", "{prod,docs}/**", "README.md",
		".*", "*/*/api.nomad", "ünï/**", `prod\-b/**`, "prod/web/**", "prod/web/api.nomad", "prod/w*/*"}
	files := make([]pull.File, len(paths))
	for i, path := range paths {
		files[i] = pull.File{Path: path, NewMode: pull.Regular}
	}
	h := &hearing{files: files, folders: foldersOf(files)}
	for _, pattern := range patterns {
		globs, err := compilePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, path := range paths {
			if anyMatch(globs, path) {
				want = append(want, path)
			}
		}
		matching, counted := pathSet{match: globs}.sort(h)
		if got := filePaths(matching); !slices.Equal(got, want) || counted != len(paths) {
			t.Errorf("%s as a condition: got %v of %d, want %v of %d", pattern, got, counted, want, len(paths))
		}
		if matching, counted := (pathSet{match: []glob{{kind: globAll}}, ignore: globs}).sort(h); len(matching) != len(paths)-len(want) || counted != len(matching) {
			t.Errorf("%s ignored: got %d of %d, want %d", pattern, len(matching), counted, len(paths)-len(want))
		}
		lands, _ := h.territories([]ready{{globs: globs}})
		if got := filePaths(lands[0].files); !slices.Equal(got, want) {
			t.Errorf("%s as a rule: got %v, want %v", pattern, got, want)
		}
	}
}

func TestARuleIsTriedOnlyWhereItMayMatch(t *testing.T) {
	files := []pull.File{{Path: "prod/a"}, {Path: "docs/a"}, {Path: "prod/b"}}
	var rules []ready
	for _, pattern := range []string{"prod/**", "staging/**", "**"} {
		globs, err := compilePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, ready{globs: globs})
	}
	f := foldersOf(files)
	if got := f.candidates(rules); len(got) != 2 || !slices.Equal(got[0], []int{0, 2}) || !slices.Equal(got[1], []int{2}) {
		t.Errorf("got %v, want rules 0 and 2 in prod, 2 in docs", got)
	}
}

func filePaths(files []pull.File) []string {
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	return paths
}
