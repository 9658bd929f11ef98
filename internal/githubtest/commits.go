package githubtest

import (
	"fmt"
	"strings"
	"time"
)

// CommitOption varies how a commit is made.
type CommitOption func(*commitSpec)

type commitSpec struct {
	message   string
	author    Identity
	committer Identity
	coAuthors []*Account
	at        time.Time
	parents   []string
	from      string // branch to start from when the commit's own branch does not exist
	sign      func(payload []byte) (string, error)
	edits     []func(files map[string]treeEntry) ([]gitObject, error)
	pusher    *Account
	force     bool
	amend     bool
}

// Message sets the commit message; without one it names the first path.
func Message(text string) CommitOption { return func(c *commitSpec) { c.message = text } }

// AuthoredBy sets the author's name and address, whoever that is.
func AuthoredBy(name, email string) CommitOption {
	return func(c *commitSpec) { c.author.Name, c.author.Email = name, email }
}

// CommittedBy sets the committer's name and address, whoever that is.
func CommittedBy(name, email string) CommitOption {
	return func(c *commitSpec) { c.committer.Name, c.committer.Email = name, email }
}

// CoAuthor adds a Co-authored-by trailer.
func CoAuthor(people ...*Account) CommitOption {
	return func(c *commitSpec) { c.coAuthors = append(c.coAuthors, people...) }
}

// At sets both of the commit's moments.
func At(t time.Time) CommitOption { return func(c *commitSpec) { c.at = t } }

// Parents replaces the parents; the first one's tree is what the commit changes.
func Parents(shas ...string) CommitOption { return func(c *commitSpec) { c.parents = shas } }

// From names the branch that a new branch starts from; without it, the default branch.
func From(branch string) CommitOption { return func(c *commitSpec) { c.from = branch } }

// Sign asks for the armored signature over the raw commit.
func Sign(sign func(payload []byte) (armor string, err error)) CommitOption {
	return func(c *commitSpec) { c.sign = sign }
}

// PushedBy lets another account push than the author.
func PushedBy(a *Account) CommitOption { return func(c *commitSpec) { c.pusher = a } }

// Amend replaces the branch's last commit and pushes with force.
func Amend() CommitOption { return func(c *commitSpec) { c.amend, c.force = true, true } }

// Delete removes paths.
func Delete(paths ...string) CommitOption {
	return edit(func(files map[string]treeEntry) ([]gitObject, error) {
		for _, p := range paths {
			if _, ok := files[p]; !ok {
				return nil, fmt.Errorf("deleting %s: no such file", p)
			}
			delete(files, p)
		}
		return nil, nil
	})
}

// Move renames a path, with its mode and content.
func Move(from, to string) CommitOption {
	return edit(func(files map[string]treeEntry) ([]gitObject, error) {
		e, ok := files[from]
		if !ok {
			return nil, fmt.Errorf("moving %s: no such file", from)
		}
		delete(files, from)
		files[to] = e
		return nil, nil
	})
}

// Mode changes a path's mode: "100644" or "100755".
func Mode(path, mode string) CommitOption {
	return edit(func(files map[string]treeEntry) ([]gitObject, error) {
		e, ok := files[path]
		if !ok {
			return nil, fmt.Errorf("changing the mode of %s: no such file", path)
		}
		e.Mode = mode
		files[path] = e
		return nil, nil
	})
}

// Symlink puts a symbolic link at a path.
func Symlink(path, target string) CommitOption {
	return edit(func(files map[string]treeEntry) ([]gitObject, error) {
		o := gitObject{"blob", []byte(target)}
		files[path] = treeEntry{Mode: "120000", ID: o.id()}
		return []gitObject{o}, nil
	})
}

// Submodule puts a submodule's commit at a path.
func Submodule(path, sha string) CommitOption {
	return edit(func(files map[string]treeEntry) ([]gitObject, error) {
		files[path] = treeEntry{Mode: "160000", ID: sha}
		return nil, nil
	})
}

func edit(f func(map[string]treeEntry) ([]gitObject, error)) CommitOption {
	return func(c *commitSpec) { c.edits = append(c.edits, f) }
}

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
	if spec.sign != nil {
		if commit.Signature, err = spec.sign(formatCommit(commit).data); err != nil {
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
