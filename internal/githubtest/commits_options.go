package githubtest

import (
	"fmt"
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
	web       bool
}

// Message sets the commit message; without one it names the first path.
func Message(text string) CommitOption { return func(c *commitSpec) { c.message = text } }

// AuthoredBy sets the author's name and address, whoever that is.
func AuthoredBy(name, email string) CommitOption {
	return func(c *commitSpec) { c.author.Name, c.author.Email = name, email }
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

// OnGitHub makes the commit as GitHub's own pages do: with GitHub for a committer, and by GitHub's key.
func OnGitHub() CommitOption { return func(c *commitSpec) { c.web = true } }

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
