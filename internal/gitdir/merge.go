package gitdir

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Ancestors lists a commit and all commits behind it.
func (d *Dir) Ancestors(id string) (map[string]bool, error) {
	if err := d.isID(id); err != nil {
		return nil, err
	}
	said, err := output(d.borrowed("rev-list", id))
	if err != nil {
		return nil, fmt.Errorf("walking the history of %s: %w (%w)", id, err, ErrMissing)
	}
	all := map[string]bool{}
	for line := range strings.Lines(said) {
		all[strings.TrimSpace(line)] = true
	}
	return all, nil
}

// Pair is a base and a head to merge.
type Pair struct{ Base, Head string }

// Merged is what merging a pair gave. Clean is false where the two conflict, Err says why git could not try.
type Merged struct {
	Tree  string
	Clean bool
	Err   error
}

// Merges merges each pair as git does by default, in a repository of ours. Git answers all of them at its end, so many
// pairs at once cost hardly more than one.
func (d *Dir) Merges(pairs []Pair) []Merged {
	var all []Merged
	for len(all) < len(pairs) {
		rest := pairs[len(all):]
		answers, err := d.merge(rest)
		all = append(all, answers...)
		if len(answers) < len(rest) {
			all = append(all, Merged{Err: fmt.Errorf("merging %.10s and %.10s: %w", rest[len(answers)].Base, rest[len(answers)].Head, err)})
		}
	}
	return all
}

// merge gives the answers up to the first pair that git gives up on.
func (d *Dir) merge(pairs []Pair) ([]Merged, error) {
	var questions strings.Builder
	for _, p := range pairs {
		if err := errors.Join(d.isID(p.Base), d.isID(p.Head)); err != nil {
			return nil, err
		}
		questions.WriteString(p.Base + " " + p.Head + "\n")
	}
	cmd := d.borrowed("merge-tree", "--write-tree", "--stdin", "--no-messages")
	var out, failure bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(questions.String()), &out, &failure
	if err := cmd.Run(); err != nil {
		return d.answers(&out), fmt.Errorf("git merge-tree (2.39 or newer): %w: %s", err, strings.TrimSpace(failure.String()))
	}
	return d.answers(&out), errors.New("git merge-tree ended early")
}

// answers reads them one by one: 1 or 0, the tree, perhaps the paths in conflict, and an empty field.
func (d *Dir) answers(out *bytes.Buffer) []Merged {
	var all []Merged
	var fields []string
	for {
		field, err := out.ReadString(0)
		if err != nil {
			return all
		}
		fields = append(fields, strings.Trim(field, "\n\x00"))
		if len(fields) < 3 || fields[len(fields)-1] != "" {
			continue
		}
		all = append(all, Merged{Tree: fields[1], Clean: fields[0] == "1", Err: d.isID(fields[1])})
		fields = nil
	}
}
