package githubtest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// fileChange is one changed path between two commits, as GitHub lists it, with renames found.
type fileChange struct {
	Path      string
	Previous  string // the old path of a rename
	Status    string // added, removed, modified, renamed, changed (mode only)
	ID        string // the blob now, or before for a removed file
	OldMode   string
	NewMode   string
	Additions int
	Deletions int
}

// diff compares the trees of two commits; an empty one is the empty tree. Answers are kept: commits do not change.
func (s *Server) diff(r *Repo, before, after string) ([]fileChange, error) {
	key := [2]string{before, after}
	if files, ok := s.files[key]; ok {
		return files, nil
	}
	from, to := emptyTree, emptyTree
	if c, err := r.git.commit(before); err == nil {
		from = c.Tree
	}
	if c, err := r.git.commit(after); err == nil {
		to = c.Tree
	}
	out, err := runGit(r.git.store.dir, nil, "diff-tree", "-r", "-z", "-M", "--raw", "--numstat", "--full-index", from, to)
	if err != nil {
		return nil, err
	}
	files, err := parseDiff(out)
	if err == nil {
		s.files[key] = files
	}
	return files, err
}

const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// parseDiff reads the raw records and then the counts, both NUL-separated.
func parseDiff(out []byte) ([]fileChange, error) {
	fields := strings.Split(string(bytes.TrimSuffix(out, []byte{0})), "\x00")
	var files []fileChange
	i := 0
	for ; i < len(fields) && strings.HasPrefix(fields[i], ":"); i++ {
		raw := strings.Fields(fields[i][1:])
		if len(raw) != 5 || i+1 >= len(fields) {
			return nil, fmt.Errorf("reading a diff: odd record %q", fields[i])
		}
		f := fileChange{OldMode: raw[0], NewMode: raw[1], ID: raw[3]}
		i++
		f.Path = fields[i]
		switch raw[4][0] {
		case 'A':
			f.Status = "added"
		case 'D':
			f.Status, f.ID = "removed", raw[2]
		case 'R':
			f.Status, f.Previous = "renamed", fields[i]
			i++
			f.Path = fields[i]
		default:
			f.Status = "modified"
			if raw[2] == raw[3] {
				f.Status = "changed"
			}
		}
		files = append(files, f)
	}
	for n := 0; i < len(fields) && n < len(files); i, n = i+1, n+1 {
		counts := strings.SplitN(fields[i], "\t", 3)
		if len(counts) != 3 {
			return nil, fmt.Errorf("reading a diff: odd count %q", fields[i])
		}
		files[n].Additions, _ = strconv.Atoi(counts[0])
		files[n].Deletions, _ = strconv.Atoi(counts[1])
		if counts[2] == "" { // a rename names both paths in fields of their own
			i += 2
		}
	}
	return files, nil
}
