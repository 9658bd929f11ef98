package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/internal/gitdir"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// replay has the real judges judge the landing again.
func (v *run) replay(c *Commit, base string, fresh []string) {
	f, err := v.gather(c, base)
	if err != nil {
		v.unreadable(c, "what it is judged by", err)
		return
	}
	l := c.landing
	f.Batch = l.Batch
	if f.Policy.Path != l.Policy.Path || f.Policy.Blob != l.Policy.Blob {
		c.fault("policy-differs", fmt.Sprintf("It was judged by %s %.10s; on its base stands %s %.10s.", l.Policy.Path, l.Policy.Blob,
			orNone(f.Policy.Path), f.Policy.Blob))
	}
	if f.Codeowners.Blob != l.Evidence.Request.Codeowners.Blob {
		c.fault("codeowners-differ", "It was judged by another CODEOWNERS file than its base has.")
	}
	v.elsewhere(c, f)
	v.brought(c, fresh)
	e := v.standing(c, l.Evidence)
	d := reconcile.Replay(e, f, v.Keyring, nil)
	v.verdicts(c, d)
	v.glass(c, d)
	v.described(c, d)
	v.word(c, d, f)
	if v.Floor != nil {
		v.floor(c, reconcile.Replay(e, f, v.Keyring, v.Floor))
	}
}

func orNone(path string) string {
	if path == "" {
		return "no policy"
	}
	return path
}

// brought asks whether the judges saw every commit that came in.
func (v *run) brought(c *Commit, fresh []string) {
	l := c.landing
	if !landsItself(l.Method) { // what was proposed is elsewhere, and what landed is made of it
		fresh = slices.DeleteFunc(fresh, func(sha string) bool { return sha == c.SHA || slices.Contains(l.Line, sha) })
		fresh = append(fresh, v.proposedBy(l.Head)...)
	}
	for _, sha := range fresh {
		seen := slices.ContainsFunc(l.Evidence.Request.Commits, func(p pull.Commit) bool { return p.SHA == sha })
		made := sha == c.SHA && l.Method != pull.MethodFastForward
		if !made && !seen {
			c.fault("commit-unseen", fmt.Sprintf("It brought in %.10s, which was not among the commits that were judged.", sha))
		}
	}
}

// proposedBy lists what a head would bring in, as far as it is here.
func (v *run) proposedBy(head string) []string {
	var list []string
	seen := map[string]bool{}
	for open := []string{head}; len(open) > 0; {
		next := open[len(open)-1]
		open = open[:len(open)-1]
		if v.known[next] || seen[next] {
			continue
		}
		seen[next] = true
		raw, err := v.git.Commit(next)
		if err != nil {
			continue // said as proposal-not-here
		}
		list, open = append(list, next), append(open, parse(raw).parents...)
	}
	return list
}

// verdicts asks for the gates, and for what else held a landing back.
func (v *run) verdicts(c *Commit, d reconcile.Decision) {
	if !d.Gated {
		c.fault("policy-missing", "Its base has no policy, so that nothing could have let it through.")
		return
	}
	for _, gate := range pull.Gates {
		if verdict := d.Verdict(gate); verdict.State != pull.Pass {
			c.fault(verdict.Lead().Code, fmt.Sprintf("Judged again, the %s gate does not open: %s", gate, verdict.Lead().Message))
		}
	}
	if c.landing.Ledger.Row.Kind != "landing" {
		return // a person landed it, whom GitHub's rules held to account
	}
	for _, r := range d.Verdict(pull.GateAutomerge).Reasons {
		if r.State != pull.Pass && (strings.HasPrefix(r.Code, "check-") || slices.Contains(heldBack, r.Code)) {
			c.fault(r.Code, "Judged again, it was not ready to land: "+r.Message)
		}
	}
}

// heldBack are the reasons to wait, beside checks, that rest on the evidence and not on how the server was set up.
var heldBack = []string{"draft", "vetoed", "nothing-required"}

// described writes the attestation again from the decision, and compares.
func (v *run) described(c *Commit, d reconcile.Decision) {
	l := *c.landing
	again := d.Describe(pull.Landed{SHA: c.SHA, Tree: c.facts.tree, Parents: c.facts.parents, Line: l.Line}, l.CommitSHA256)
	for _, part := range []struct {
		name      string
		have, now any
	}{
		{"repository", l.Repository, again.Repository}, {"pull request", l.PullRequest, again.PullRequest}, {"author", l.Author, again.Author},
		{"branch", l.Branch, again.Branch}, {"base", l.Base, again.Base}, {"head", l.Head, again.Head}, {"tree", l.Tree, again.Tree},
		{"method", l.Method, again.Method}, {"policy", l.Policy, again.Policy}, {"approvals", l.Approvals, again.Approvals},
		{"confirmations", l.Confirmations, again.Confirmations}, {"checks", l.Checks, again.Checks}, {"change", l.Change, again.Change},
		{"break-glass", brokenBy(l.BreakGlass), brokenBy(again.BreakGlass)},
	} {
		if !same(part.have, part.now) {
			c.fault("statement-inconsistent", fmt.Sprintf("What the attestation says of the %s does not follow from its own evidence.", part.name))
		}
	}
	if !same(l.Signatures, again.Signatures) {
		c.find(Remark, "signatures-differ", "By the keyring given, the commits' signatures are not worth what they were when it landed.", "")
	}
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// word says what was taken on the bot's word for want of a key or an object.
func (v *run) word(c *Commit, d reconcile.Decision, f reconcile.Facts) {
	if v.Keyring == nil && d.Needs.Signatures {
		c.find(v.unproved(), "signatures-not-verified", "Its commits had to be signed; that they are is the bot's word.", "Give the people's public keys with --keyring")
	}
	if len(f.Commits) < len(c.landing.Evidence.Request.Commits) {
		c.find(v.unproved(), "proposal-not-here", "The commits that were proposed are not in this clone, since they landed as others.", "")
	}
}

// unproved is how much it weighs that something was taken on trust.
func (v *run) unproved() Level {
	if v.Strict {
		return Doubt
	}
	return Remark
}

func (v *run) floor(c *Commit, d reconcile.Decision) {
	for _, gate := range pull.Gates {
		if verdict := d.Verdict(gate); verdict.State != pull.Pass {
			c.fault("policy-floor", fmt.Sprintf("By the floor's rules, the %s gate does not open (%s): %s", gate, verdict.Lead().Code, verdict.Lead().Message))
		}
	}
}

// standing holds the attested people against the people file that was given.
func (v *run) standing(c *Commit, e attest.Evidence) attest.Evidence {
	if v.People == nil {
		return e
	}
	v.united(c, e)
	for _, p := range e.People {
		for _, login := range p.GitHub {
			now, known := v.People.ByLogin(login)
			lost := slices.ContainsFunc(p.PGP, func(key string) bool { return !slices.Contains(now.PGP, key) })
			switch {
			case !known:
				c.find(Remark, "person-left", fmt.Sprintf("%s had a part in it and is not in the people file given.", login), "")
			case !strings.EqualFold(now.Duo, p.Duo) && p.Duo != "" || now.Name != p.Name:
				c.fault("person-differs", fmt.Sprintf("By the attestation %s is %s, Duo user %q; by the people file given %s, Duo user %q.", login, p.Name, p.Duo, now.Name, now.Duo))
			case lost:
				c.find(Remark, "person-key-gone", fmt.Sprintf("The people file given no longer lists a key that %s had then.", login), "")
			}
		}
	}
	return e
}

// united asks whether the file that was given knows two who had a part in it as one human, of whom the attestation does not tell.
func (v *run) united(c *Commit, e attest.Evidence) {
	r := e.Request
	part := []pull.Account{r.Author, r.Pusher}
	for _, p := range r.Pushers {
		part = append(part, p.By)
	}
	for _, a := range r.Commits {
		part = append(append(part, a.Author, a.Committer), a.CoAuthors...)
	}
	for _, a := range c.landing.Confirmations {
		part = append(part, a.Account)
	}
	then := duobot.PeopleOf(nil)
	if list := e.People; len(list) > 0 {
		people := make([]duobot.Person, len(list))
		for i, p := range list {
			people[i] = duobot.Person(p)
		}
		then = duobot.PeopleOf(people)
	}
	for _, a := range c.landing.Approvals {
		now, known := v.People.ByLogin(a.Account.Login)
		if _, listed := then.ByLogin(a.Account.Login); !known || listed {
			continue
		}
		for _, other := range part {
			same := func(login string) bool { return strings.EqualFold(login, other.Login) }
			if !same(a.Account.Login) && other.Known() && slices.ContainsFunc(now.GitHub, same) {
				c.fault("person-differs", fmt.Sprintf("By the people file given %s and %s are one, %s; by the attestation they are not.", a.Account.Login, other.Login, now.Name))
				break
			}
		}
	}
}

// merged is what merging base and head anew gave.
type merged = gitdir.Merged

// mergeAll merges the parents of every landed merge anew, all at once.
func (v *run) mergeAll() {
	var pairs []gitdir.Pair
	var commits []*Commit
	for _, c := range v.chain {
		if c.landing == nil || c.Part != "" {
			continue
		}
		if _, err := v.git.Commit(c.landing.Head); err != nil {
			continue
		}
		if _, err := v.git.Commit(c.landing.Base); err != nil {
			continue
		}
		pairs, commits = append(pairs, gitdir.Pair{Base: c.landing.Base, Head: c.landing.Head}), append(commits, c)
	}
	for i, m := range v.git.Merges(pairs) {
		commits[i].merged = &m
	}
}

// merged compares the landed tree with git's own merge of base and head.
func (v *run) merged(c *Commit) {
	m := c.merged
	switch {
	case m == nil && landsItself(c.landing.Method):
		v.unreadable(c, "its base or its head", gitdir.ErrMissing)
	case m == nil: // said as proposal-not-here
	case m.Err != nil:
		c.find(Doubt, "merge-not-recomputed", "Git could not merge its base and head anew: "+m.Err.Error()+".", "Use git 2.39 or newer on a whole clone.")
	case !m.Clean:
		c.fault("tree-not-the-merge", "Its base and head conflict, so that somebody chose its content.")
	case m.Tree != c.facts.tree:
		c.fault("tree-not-the-merge", fmt.Sprintf("Its tree is %.10s; merging its base and head gives %.10s.", c.facts.tree, m.Tree))
	}
}
