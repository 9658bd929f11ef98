package githubtest

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

var errConflict = errors.New("merge conflict")

// mergeTree is the tree that merging theirs into ours gives, by git's own merge; errConflict when it cannot.
func (g *gitRepo) mergeTree(ours, theirs string) (string, error) {
	out, err := runGit(g.store.dir, nil, "merge-tree", "--write-tree", "--no-messages", ours, theirs)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return "", errConflict
	}
	if err != nil {
		return "", err
	}
	tree, _, _ := strings.Cut(string(out), "\n")
	return tree, nil
}

// mergeCommit stores a merge of two commits with GitHub's signature and returns its SHA.
func (s *Server) mergeCommit(r *Repo, ours, theirs string, author Identity, message string) (string, error) {
	tree, err := r.git.mergeTree(ours, theirs)
	if err != nil {
		return "", err
	}
	return s.store(r, commitObject{Tree: tree, Parents: []string{ours, theirs}, Author: author, Committer: s.webIdentity(), Message: message})
}

// store signs a commit with GitHub's own key, as everything made on its pages is, and writes it.
func (s *Server) store(r *Repo, c commitObject) (string, error) {
	armor, err := signWith(s.webFlow, formatCommit(c).data)
	if err != nil {
		return "", err
	}
	c.Signature = armor
	o := formatCommit(c)
	return o.id(), r.git.store.write(o)
}

// replay puts commits one after the other onto a base, as "rebase and merge" does, and returns the last one's SHA.
// GitHub rewrites every commit, even when nothing had to move, and does not sign them.
func (s *Server) replay(r *Repo, commits []string, base string, by *Account) (string, []string, error) {
	tip := base
	var made []string
	for _, sha := range commits {
		c, err := r.git.commit(sha)
		if err != nil {
			return "", nil, err
		}
		if len(c.Parents) != 1 {
			return "", nil, fmt.Errorf("%w: commit %s cannot be rebased", errConflict, sha)
		}
		tree, err := s.pick(r, c, tip)
		if err != nil {
			return "", nil, err
		}
		o := formatCommit(commitObject{Tree: tree, Parents: []string{tip}, Author: c.Author, Committer: s.identity(by), Message: c.Message})
		if err := r.git.store.write(o); err != nil {
			return "", nil, err
		}
		tip = o.id()
		made = append(made, tip)
	}
	return tip, made, nil
}

// pick is the tree of applying one commit's change to a tip. Git merges with the commit's parent as the base when it
// is told, through a commit made for the purpose, that the tip's tree grew from that parent.
func (s *Server) pick(r *Repo, c *commitObject, tip string) (string, error) {
	if c.Parents[0] == tip {
		return c.Tree, nil
	}
	onto, err := r.git.commit(tip)
	if err != nil {
		return "", err
	}
	stand := formatCommit(commitObject{Tree: onto.Tree, Parents: c.Parents, Author: onto.Author, Committer: onto.Committer, Message: "stand-in\n"})
	if err := r.git.store.write(stand); err != nil {
		return "", err
	}
	return r.git.mergeTree(stand.id(), c.SHA)
}
