package verify

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/internal/gitdir"
)

const foreign = "foreign"

// facts are a commit as its bytes say.
type facts struct {
	tree    string
	parents []string
	object  signature.Object
	err     error // why the object is not well-formed
}

// open finds the range, the first-parent history in it, and the notes.
func (v *run) open() (err error) {
	from, to, cut := strings.Cut(v.Range, "..")
	if !cut {
		from, to = "", v.Range
	}
	if strings.Contains(to, "..") || strings.HasPrefix(to, ".") {
		return fmt.Errorf("%q is no range: write OLD..NEW, two dots", v.Range)
	}
	if to == "" {
		to = "HEAD"
	}
	if v.to, err = v.git.Resolve(to); err != nil {
		return err
	}
	if from != "" {
		if v.from, err = v.git.Resolve(from); err != nil {
			return err
		}
	}
	if err := v.walk(); err != nil {
		return v.shallow(err)
	}
	if v.known, err = v.behind(); err != nil {
		return v.shallow(err)
	}
	return v.readNotes()
}

// walk follows first parents from the newest commit down to the oldest of the range.
func (v *run) walk() error {
	for sha := v.to; sha != v.from; {
		c, err := v.read(sha)
		if err != nil {
			return fmt.Errorf("following the first-parent history at %.10s: %w", sha, err)
		}
		v.chain = append(v.chain, c)
		if len(c.facts.parents) == 0 {
			if v.from != "" {
				return fmt.Errorf("%.10s is not in the first-parent history of %.10s", v.from, v.to)
			}
			break
		}
		sha = c.facts.parents[0]
	}
	slices.Reverse(v.chain)
	return nil
}

// behind lists what lies behind the range; from there on the set grows with each commit.
func (v *run) behind() (map[string]bool, error) {
	if v.from == "" {
		return map[string]bool{}, nil
	}
	return v.git.Ancestors(v.from)
}

func (v *run) shallow(err error) error {
	if errors.Is(err, gitdir.ErrMissing) && v.git.Shallow() {
		return fmt.Errorf("%w: it is a shallow clone; run git fetch --unshallow", err)
	}
	return err
}

func (v *run) read(sha string) (*Commit, error) {
	raw, err := v.git.Commit(sha)
	if err != nil {
		return nil, err
	}
	c := &Commit{SHA: sha, raw: raw, facts: parse(raw), Findings: []Finding{}}
	_, message, _ := strings.Cut(string(raw), "\n\n")
	c.Title, _, _ = strings.Cut(message, "\n")
	return c, nil
}

// parse reads a commit. One that is not well-formed still has the parents that git would follow.
func parse(raw []byte) facts {
	o, err := signature.ParseCommit(raw)
	if err == nil {
		return facts{tree: o.Tree(), parents: o.Parents(), object: o}
	}
	f := facts{err: err}
	for line := range bytes.Lines(raw) {
		name, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		switch name {
		case "tree":
			f.tree = value
		case "parent":
			f.parents = append(f.parents, value)
		case "":
			return f
		}
	}
	return f
}

// absorb adds a commit and everything behind it to what is known, and gives what is new: what it brought in.
func (v *run) absorb(sha string) (fresh []string, err error) {
	for open := []string{sha}; len(open) > 0; {
		next := open[len(open)-1]
		open = open[:len(open)-1]
		if v.known[next] {
			continue
		}
		raw, err := v.git.Commit(next)
		if err != nil {
			return fresh, err
		}
		v.known[next] = true
		fresh = append(fresh, next)
		open = append(open, parse(raw).parents...)
	}
	return fresh, nil
}
