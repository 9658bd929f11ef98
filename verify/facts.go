package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/internal/gitdir"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// The repository's own policy files in the order in which they are looked for, and their greatest size.
var policyFiles = []string{approval.PolicyFile, ".policy.yml"}

const policySize = 256 << 10

// gather reads from git what a landing is judged by.
func (v *run) gather(c *Commit, base string) (reconcile.Facts, error) {
	raw, err := v.git.Commit(base)
	if err != nil {
		return reconcile.Facts{}, err
	}
	f := reconcile.Facts{BaseTree: parse(raw).tree, Tree: c.facts.tree, Commits: map[string]pull.Commit{}}
	if f.Files, err = v.git.Diff(f.BaseTree, f.Tree); err != nil {
		return f, err
	}
	f.Content = pull.Digest(f.Files)
	if f.Policy, err = v.policy(f.BaseTree); err != nil {
		return f, err
	}
	if !f.Policy.Present() {
		f.Policy = shared(c.landing.Evidence.Request)
	}
	if path := c.landing.Evidence.Request.Codeowners.Path; path != "" {
		if f.Codeowners, _, err = v.source(f.BaseTree, path); err != nil {
			return f, err
		}
	}
	if err := v.proposed(&f); err != nil {
		return f, err
	}
	f.Candidate = c.candidate()
	return f, v.proposals(c, &f)
}

// policy is the file that judges whatever lands on this tree.
func (v *run) policy(tree string) (pull.Source, error) {
	for _, path := range policyFiles {
		if s, ok, err := v.source(tree, path); ok || err != nil {
			return s, err
		}
	}
	return pull.Source{}, nil
}

func (v *run) source(tree, path string) (pull.Source, bool, error) {
	e, ok, err := v.git.Find(tree, strings.Split(path, "/")...)
	if err != nil || !ok {
		return pull.Source{}, false, err
	}
	s := pull.Source{Path: path, Blob: e.ID}
	if e.Mode != pull.Regular && e.Mode != pull.Executable {
		s.Unreadable = path + " is no plain file"
		return s, true, nil
	}
	text, err := v.git.Blob(e.ID)
	switch {
	case err != nil:
		return s, true, err
	case len(text) > policySize:
		s.Unreadable = fmt.Sprintf("%s is %d bytes long; the limit is %d", path, len(text), policySize)
	case !utf8.Valid(text) || strings.ContainsRune(string(text), 0):
		s.Unreadable = path + " is not UTF-8 text"
	default:
		s.Text = string(text)
	}
	return s, true, nil
}

// proposed reads the policy that the landing puts in place, where it changes our own file.
func (v *run) proposed(f *reconcile.Facts) (err error) {
	for _, file := range f.Files {
		if file.Path == approval.PolicyFile && file.NewMode != pull.Absent {
			f.Proposed, _, err = v.source(f.Tree, file.Path)
		}
	}
	return err
}

// proposals reads the commits that were proposed. Of a squash or rebase they do not land, and need not be here.
func (v *run) proposals(c *Commit, f *reconcile.Facts) error {
	l := c.landing
	everyCommit := false
	for _, recorded := range l.Evidence.Request.Commits {
		everyCommit = everyCommit || recorded.Diffed
		raw, err := v.git.Commit(recorded.SHA)
		if errors.Is(err, gitdir.ErrMissing) && !landsItself(l.Method) {
			continue
		}
		if err != nil {
			return err
		}
		p := reported(recorded.SHA, raw, parse(raw))
		if recorded.Diffed {
			if p.Files, err = v.own(p); err != nil {
				return err
			}
			p.Diffed = true
		}
		if recorded.ByGitHub {
			if p.Update, err = v.update(p, l.Evidence.Request.Commits); err != nil {
				return err
			}
		}
		f.Commits[recorded.SHA] = p
	}
	if !everyCommit || l.Method != pull.MethodRebase {
		return nil
	}
	return v.rebasedFiles(c, f)
}

// update reports whether a commit only brings the target branch in, by the rule of the server's own: what the branch had changed
// since it left the target is exactly what the merge changes on the target's commit.
func (v *run) update(c pull.Commit, proposed []pull.Commit) (bool, error) {
	ours := func(sha string) bool {
		return slices.ContainsFunc(proposed, func(o pull.Commit) bool { return o.SHA == sha })
	}
	if len(c.Parents) != 2 || !ours(c.Parents[0]) || ours(c.Parents[1]) {
		return false, nil
	}
	fork, err := v.git.MergeBase(c.Parents[1], c.Parents[0])
	if err != nil {
		return false, err
	}
	var trees []string
	for _, sha := range []string{fork, c.Parents[0], c.Parents[1]} {
		raw, err := v.git.Commit(sha)
		if err != nil {
			return false, err
		}
		trees = append(trees, parse(raw).tree)
	}
	before, err := v.git.Diff(trees[0], trees[1])
	if err != nil {
		return false, err
	}
	after, err := v.git.Diff(trees[2], c.Tree)
	return err == nil && slices.Equal(before, after), err
}

// landsItself reports whether the proposed commits are on the branch afterwards.
func landsItself(method string) bool {
	return method != pull.MethodSquash && method != pull.MethodRebase
}

// own is what a commit changes itself: the paths that differ from every parent.
func (v *run) own(c pull.Commit) ([]pull.File, error) {
	if len(c.Parents) == 0 {
		return v.git.Diff("", c.Tree)
	}
	var own []pull.File
	for i, parent := range c.Parents {
		raw, err := v.git.Commit(parent)
		if err != nil {
			return nil, err
		}
		files, err := v.git.Diff(parse(raw).tree, c.Tree)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			files = both(own, files)
		}
		own = files
	}
	return own, nil
}

func both(a, b []pull.File) []pull.File {
	paths := map[string]bool{}
	for _, f := range b {
		paths[f.Path] = true
	}
	var shared []pull.File
	for _, f := range a {
		if paths[f.Path] {
			shared = append(shared, f)
		}
	}
	return shared
}

// rebasedFiles adds what each commit that a rebase put on the branch changes by itself.
func (v *run) rebasedFiles(c *Commit, f *reconcile.Facts) error {
	for _, sha := range c.landing.Line {
		raw, err := v.git.Commit(sha)
		if err != nil {
			return err
		}
		files, err := v.own(reported(sha, raw, parse(raw)))
		if err != nil {
			return err
		}
		f.Files = reconcile.Widen(f.Files, files)
	}
	return nil
}

// reported is a commit in the words in which GitHub reports commits.
func reported(sha string, raw []byte, f facts) pull.Commit {
	c := pull.Commit{SHA: sha, Tree: f.tree, Parents: f.parents, Message: strings.TrimRight(f.object.Message, "\n"),
		AuthorEmail: email(f.object.All("author")), CommitterEmail: email(f.object.All("committer"))}
	if payload, armor, ok, err := f.object.Signed(); ok && err == nil {
		c.Payload, c.Signature = string(payload), string(armor)
	}
	return c
}

func email(who []string) string {
	_, rest, _ := strings.Cut(strings.Join(who, ""), "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}

// candidate is the merge commit as we made it before anybody was asked, taken from its own bytes.
func (c *Commit) candidate() *pull.Candidate {
	if c.landing.Method != pull.MethodExact || len(c.facts.parents) != 2 {
		return nil
	}
	o := c.facts.object
	m := &pull.Candidate{SHA: c.SHA, Branch: c.landing.Branch, Base: c.facts.parents[0], Head: c.facts.parents[1], Tree: c.facts.tree, Message: o.Message}
	_, trailers, _ := cutLast(o.Message, "\n\n")
	for line := range strings.Lines(trailers) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "Sallyport-Policy":
			m.Policy = value
		case "Sallyport-Approved-By":
			m.Approvers = append(m.Approvers, value)
		case automerge.GlassTrailer:
			m.Glass = append(m.Glass, value)
		}
	}
	return m
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
