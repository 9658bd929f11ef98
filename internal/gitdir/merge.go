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
	// Git's own walk would believe what is stored under a commit's name without hashing it.
	all := map[string]bool{}
	for open := []string{id}; len(open) > 0; {
		next := open[len(open)-1]
		open = open[:len(open)-1]
		if all[next] {
			continue
		}
		raw, err := d.Commit(next)
		if err != nil {
			return nil, fmt.Errorf("walking the history of %s: %w", id, err)
		}
		all[next] = true
		head, _, _ := strings.Cut(string(raw), "\n\n")
		for line := range strings.Lines(head) {
			if parent, ok := strings.CutPrefix(line, "parent "); ok {
				open = append(open, strings.TrimSuffix(parent, "\n"))
			}
		}
	}
	return all, nil
}

// MergeBase is the best common ancestor of two commits.
func (d *Dir) MergeBase(a, b string) (string, error) {
	if err := errors.Join(d.isID(a), d.isID(b)); err != nil {
		return "", err
	}
	id, err := output(d.borrowed("merge-base", a, b))
	if err != nil {
		return "", fmt.Errorf("looking for where %.10s left %.10s: %w", b, a, err)
	}
	return id, d.isID(id)
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
