package githubtest

import (
	"fmt"
	"strings"
)

// Build makes a commit on the tip of the branch without moving it, and returns its SHA. Files maps paths to contents.
func (r *Repo) Build(branch string, files map[string]string, author *Account, opts ...CommitOption) (string, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.build(branch, files, r.spec(author, opts))
}

// Commit makes a commit on the tip of the branch and pushes it in the author's name (see PushedBy). A branch that does
// not exist is created. The push is refused as GitHub would refuse it.
func (r *Repo) Commit(branch string, files map[string]string, author *Account, opts ...CommitOption) (string, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	spec := r.spec(author, opts)
	sha, err := r.build(branch, files, spec)
	if err != nil {
		return "", err
	}
	return sha, r.push(branch, sha, byPerson(spec.pusher), spec.force)
}

func (r *Repo) spec(author *Account, opts []CommitOption) *commitSpec {
	id := r.s.identity(author)
	spec := &commitSpec{author: id, committer: id, pusher: author}
	for _, o := range opts {
		o(spec)
	}
	if !spec.at.IsZero() {
		spec.author.When, spec.committer.When = spec.at, spec.at
	}
	return spec
}

func (r *Repo) build(branch string, files map[string]string, spec *commitSpec) (string, error) {
	parents, err := r.startOf(branch, spec)
	if err != nil {
		return "", err
	}
	listing := map[string]treeEntry{}
	if len(parents) > 0 {
		c, err := r.git.commit(parents[0])
		if err != nil {
			return "", err
		}
		if err := r.git.flatten(c.Tree, "", listing); err != nil {
			return "", err
		}
		if spec.amend {
			parents = c.Parents
		}
	}
	objects, err := applyEdits(listing, files, spec.edits)
	if err != nil {
		return "", err
	}
	root, trees := grow(listing)
	commit := commitObject{Tree: root, Parents: parents, Author: spec.author, Committer: spec.committer, Message: spec.text(files)}
	if spec.web {
		commit.Committer = r.s.webIdentity()
		if commit.Signature, err = signWith(r.s.webFlow, formatCommit(commit).data); err != nil {
			return "", fmt.Errorf("signing a commit as GitHub: %w", err)
		}
	}
	if spec.sign != nil {
		armor, err := spec.sign(formatCommit(commit).data)
		if commit.Signature = strings.TrimRight(armor, "\n"); err != nil {
			return "", fmt.Errorf("signing a commit: %w", err)
		}
	}
	o := formatCommit(commit)
	return o.id(), r.git.store.write(append(append(objects, trees...), o)...)
}

// startOf is where the commit grows from: given parents, the branch, the branch to start from, or nothing at all.
func (r *Repo) startOf(branch string, spec *commitSpec) ([]string, error) {
	if spec.parents != nil {
		return spec.parents, nil
	}
	for _, name := range []string{branch, spec.from, r.main} {
		if tip := r.git.branch(name); tip != "" {
			return []string{tip}, nil
		}
		if name == spec.from && name != "" {
			return nil, fmt.Errorf("committing to %s: branch %s does not exist", branch, name)
		}
	}
	return nil, nil
}

func applyEdits(listing map[string]treeEntry, files map[string]string, edits []func(map[string]treeEntry) ([]gitObject, error)) ([]gitObject, error) {
	var objects []gitObject
	for _, e := range edits {
		made, err := e(listing)
		if err != nil {
			return nil, err
		}
		objects = append(objects, made...)
	}
	for path, text := range files {
		o := gitObject{"blob", []byte(text)}
		mode := "100644"
		if before, ok := listing[path]; ok && before.Mode == "100755" {
			mode = before.Mode
		}
		listing[path] = treeEntry{Mode: mode, ID: o.id()}
		objects = append(objects, o)
	}
	return objects, nil
}

// text is the whole message, trailers included.
func (c *commitSpec) text(files map[string]string) string {
	text := c.message
	if text == "" {
		text = "Change " + firstKey(files)
	}
	text = strings.TrimRight(text, "\n") + "\n"
	for i, a := range c.coAuthors {
		if i == 0 {
			text += "\n"
		}
		text += fmt.Sprintf("Co-authored-by: %s <%s>\n", a.name, a.emails[0])
	}
	return text
}

func firstKey(files map[string]string) string {
	first := ""
	for k := range files {
		if first == "" || k < first {
			first = k
		}
	}
	return orDefault(first, "nothing")
}

// trailerAuthors reads the Co-authored-by trailers of a message.
func trailerAuthors(message string) []Identity {
	var people []Identity
	for _, line := range strings.Split(message, "\n") {
		key, value, _ := strings.Cut(line, ":")
		name, rest, ok := strings.Cut(strings.TrimSpace(value), " <")
		if strings.EqualFold(key, "co-authored-by") && ok {
			people = append(people, Identity{Name: name, Email: strings.TrimSuffix(rest, ">")})
		}
	}
	return people
}
