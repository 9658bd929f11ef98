package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/internal/gitdir"
	"github.com/sallyport/sallyport/pull"
)

// commit judges one commit of the history.
func (v *run) commit(c *Commit) {
	fresh, err := v.absorb(c.SHA)
	if err != nil {
		v.unreadable(c, "the commits that it brought in", err)
	}
	c.fresh = fresh
	switch {
	case c.Part != "":
		v.part(c)
	case c.landing == nil:
		v.foreign(c)
	default:
		v.landing(c, v.broughtBy(c))
	}
	c.settle()
	v.lineage(c)
}

// broughtBy is what a landing brought in, together with the commits below it that landed with it.
func (v *run) broughtBy(c *Commit) []string {
	var all []string
	for _, part := range v.chain {
		if part == c || part.Part == c.SHA {
			all = append(all, part.fresh...)
		}
	}
	return all
}

// unreadable says that something of the repository could not be read: it is missing, or it is not what it is called.
func (v *run) unreadable(c *Commit, what string, err error) {
	if errors.Is(err, gitdir.ErrMissing) {
		next := "Fetch the whole history."
		if v.git.Shallow() {
			next = "Fetch the whole history: git fetch --unshallow"
		}
		c.find(Doubt, "objects-missing", fmt.Sprintf("This clone lacks %s: %s.", what, err), next)
		return
	}
	c.find(Fault, "objects-damaged", fmt.Sprintf("In this clone %s cannot be read: %s.", what, err), "Clone the repository anew.")
}

// foreign names a commit that nothing attests.
func (v *run) foreign(c *Commit) {
	for _, f := range c.Findings {
		if f.Level != Remark && f.Code != "objects-missing" {
			return // it has a note, and what is wrong with that was said
		}
	}
	c.find(Fault, foreign, "It did not come through the gate: no attestation speaks of it.",
		"Find out who put it on the branch; if it is what was there before Sallyport, begin the range after it.")
}

// part reads a commit that landed as one of several.
func (v *run) part(c *Commit) {
	tip := v.tip(c)
	c.landing, c.PullRequest, c.Method, c.Signer, c.At = tip.landing, tip.landing.PullRequest, tip.landing.Method, tip.Signer, tip.At
	if c.facts.err != nil {
		c.fault("commit-malformed", "The commit object is malformed: "+c.facts.err.Error()+".")
	}
}

func (v *run) tip(c *Commit) *Commit {
	return v.chain[slices.IndexFunc(v.chain, func(o *Commit) bool { return o.SHA == c.Part })]
}

// share gives a commit that landed as one of several what was found of their tip.
func (v *run) share(c *Commit) {
	if c.Part == "" {
		return
	}
	if tip := v.tip(c); tip.Outcome != Good {
		c.find(doubtIf(tip.Outcome == Unknown), "landing-not-good", fmt.Sprintf("It landed with %.10s, which is not good.", tip.SHA), "")
		c.settle()
	}
}

// landing holds a commit and its attestation against each other.
func (v *run) landing(c *Commit, fresh []string) {
	l := c.landing
	c.PullRequest, c.Method = l.PullRequest, l.Method
	for _, a := range l.Approvals {
		c.Approved = append(c.Approved, a.Account.Login)
	}
	for _, a := range l.Confirmations {
		c.Confirmed = append(c.Confirmed, a.Account.Login)
	}
	if c.facts.err != nil {
		c.fault("commit-malformed", "The commit object is malformed: "+c.facts.err.Error()+".")
		return
	}
	if !v.subject(c) {
		return
	}
	v.place(c)
	v.signed(c)
	v.ledger(c)
	v.batch(c)
	base, ok := v.shape(c)
	if !ok {
		return
	}
	v.merged(c)
	v.replay(c, base, fresh)
}

// subject asks whether the attestation speaks of this commit at all.
func (v *run) subject(c *Commit) bool {
	l := c.landing
	sum := sha256.Sum256(c.raw)
	digest := hex.EncodeToString(sum[:])
	switch {
	case l.Merge != c.SHA:
		c.fault("subject-differs", fmt.Sprintf("The attestation speaks of %.10s, pull request #%d: it is another commit's.", l.Merge, l.PullRequest))
	case l.CommitSHA256 != "" && l.CommitSHA256 != digest, l.CommitSHA256 == "" && l.Method == pull.MethodExact:
		c.fault("sha256-differs", fmt.Sprintf("The commit's bytes are not those that were attested (SHA-256 %.16s…, attested %.16s…), though git gives both one name.",
			digest, l.CommitSHA256))
	default:
		return true
	}
	return false
}

// place asks whether it was meant for this branch of this repository.
func (v *run) place(c *Commit) {
	l, p := c.landing, &v.past
	if p.branch == "" {
		p.branch = strings.TrimPrefix(v.Branch, "refs/heads/")
	}
	if p.branch == "" {
		p.branch = l.Branch
	}
	if l.Branch != p.branch {
		c.fault("wrong-branch", fmt.Sprintf("It was approved for the branch %s, and this is %s.", l.Branch, p.branch))
	}
	id := fmt.Sprint(l.Repository.ID)
	switch want := v.Repository; {
	case want != "" && want != id && !strings.EqualFold(want, l.Repository.Name):
		c.fault("wrong-repository", fmt.Sprintf("It was approved for %s (%s), and this is %s.", l.Repository.Name, id, want))
	case p.repository == 0:
		p.repository = l.Repository.ID
	case p.repository != l.Repository.ID:
		c.fault("wrong-repository", fmt.Sprintf("It was approved for %s (%s), and the commits before it for %s (%d).", l.Repository.Name, id, p.name, p.repository))
		return
	}
	p.name = l.Repository.Name
}

// shape compares the commit's place in history with what was agreed to, and gives its base.
func (v *run) shape(c *Commit) (base string, ok bool) {
	l, parents := c.landing, c.facts.parents
	first := c
	if len(l.Line) > 1 {
		first = v.first(c)
	}
	var want []string
	switch l.Method {
	case pull.MethodExact, pull.MethodMerge:
		want = []string{l.Base, l.Head}
	case pull.MethodSquash:
		want = []string{l.Base}
	case pull.MethodRebase, pull.MethodFastForward:
		if first == nil {
			c.fault("line-differs", fmt.Sprintf("It landed as %d commits, and they are not the ones below it.", len(l.Line)))
			return "", false
		}
		want, parents = []string{l.Base}, first.facts.parents
		if l.Method == pull.MethodFastForward && len(parents) > 0 {
			parents = parents[:1] // the head may have merged something itself; that is judged
		}
	default:
		c.fault("method-unknown", fmt.Sprintf("It landed by %q, which is no way to land.", l.Method))
		return "", false
	}
	if !slices.Equal(parents, want) {
		c.fault("parents-differ", fmt.Sprintf("Its parents are %s; agreed were %s.", short(parents), short(want)))
	}
	if c.facts.tree != l.Tree {
		c.fault("tree-differs", fmt.Sprintf("Its tree is %.10s; agreed was %.10s: its content is not what was approved.", c.facts.tree, l.Tree))
	}
	if len(parents) == 0 {
		return "", false
	}
	return parents[0], true
}

// first is the oldest commit of a landing of several.
func (v *run) first(c *Commit) *Commit {
	i := slices.Index(v.chain, c) + 1 - len(c.landing.Line)
	if i < 0 || v.chain[i].Part != c.SHA {
		return nil
	}
	return v.chain[i]
}

func short(shas []string) string {
	list := make([]string, len(shas))
	for i, s := range shas {
		list[i] = fmt.Sprintf("%.10s", s)
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, " and ")
}
