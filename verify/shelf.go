package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport/sallyport/internal/gitdir"
	"github.com/sallyport/sallyport/pull"
)

// shelf is where the files of another repository are looked for: a clone of it, or a folder of texts that somebody
// put together and vouches for.
type shelf struct {
	git   *gitdir.Dir     // nil for a folder
	texts map[string]bool // what the folder holds, by git's name
	stood map[string]map[string]bool
}

// openShelves opens what --policies names.
func openShelves(ctx context.Context, paths []string) (list []*shelf, err error) {
	for _, path := range paths {
		s := &shelf{stood: map[string]map[string]bool{}}
		if isRepository(path) {
			s.git, err = gitdir.Open(ctx, path)
		} else {
			s.texts, err = readTexts(path)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reading the policies of other repositories: %w", err), closeShelves(list))
		}
		list = append(list, s)
	}
	return list, nil
}

func closeShelves(list []*shelf) error {
	var errs []error
	for _, s := range list {
		if s.git != nil {
			errs = append(errs, s.git.Close())
		}
	}
	return errors.Join(errs...)
}

// isRepository tells a clone from a folder. Git itself would take any folder below a clone for a part of it.
func isRepository(path string) bool {
	if _, err := os.Stat(filepath.Join(path, ".git")); err == nil {
		return true
	}
	_, head := os.Stat(filepath.Join(path, "HEAD"))
	_, objects := os.Stat(filepath.Join(path, "objects"))
	return head == nil && objects == nil
}

// readTexts names every file below a folder by both of git's algorithms.
func readTexts(path string) (map[string]bool, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	names := map[string]bool{}
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		if info, err := e.Info(); err != nil || info.Size() > policySize {
			return err
		}
		text, err := fs.ReadFile(root.FS(), name)
		for _, digits := range []int{40, 64} {
			names[blobName(string(text), digits)] = true
		}
		return err
	})
	return names, err
}

// place is how well a shelf knows a file.
type place int

const (
	unheard place = iota // it has no such text
	astray               // it has the text, and never at this path
	stood                // the text stood there once
)

// find says whether a text ever stood at a path of the repository that the shelf is a clone of. ref is the branch, tag
// or commit that was read there; "" is the default branch.
func (s *shelf) find(path, ref, blob string) (place, error) {
	if s.git == nil {
		if s.texts[blob] {
			return stood, nil
		}
		return unheard, nil
	}
	if _, err := s.git.Blob(blob); err != nil {
		return unheard, nil // not here, or of the other hash algorithm
	}
	seen, err := s.everAt(path, ref)
	if err != nil {
		return unheard, err
	}
	if seen[blob] {
		return stood, nil
	}
	return astray, nil
}

// everAt lists every text that stood at a path in the history of a ref.
func (s *shelf) everAt(path, ref string) (map[string]bool, error) {
	key := ref + ":" + path
	if known, ok := s.stood[key]; ok {
		return known, nil
	}
	tip, err := s.tip(ref)
	if err != nil {
		return nil, err
	}
	commits, err := s.git.Ancestors(tip)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for sha := range commits {
		raw, err := s.git.Commit(sha)
		if err != nil {
			return nil, err
		}
		e, ok, err := s.git.Find(parse(raw).tree, strings.Split(path, "/")...)
		if err != nil {
			return nil, err
		}
		if ok && (e.Mode == pull.Regular || e.Mode == pull.Executable) {
			seen[e.ID] = true
		}
	}
	s.stood[key] = seen
	return seen, nil
}

// tip is the commit that a ref of the cloned repository leads to. What a clone has checked out says nothing of that
// repository's default branch, where the clone remembers the latter.
func (s *shelf) tip(ref string) (string, error) {
	name := "refs/remotes/origin/HEAD"
	if ref != "" {
		name = "refs/remotes/origin/" + ref
	}
	if id, ok, err := s.git.Ref(name); ok || err != nil {
		return id, err
	}
	if ref == "" {
		ref = "HEAD"
	}
	return s.git.Resolve(ref)
}
