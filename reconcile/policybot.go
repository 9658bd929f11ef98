package reconcile

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// judgePolicyBot judges by policy-bot's language, which knows no other gate: Needs stays empty, so that the others are
// not required.
func (d *Decision) judgePolicyBot() pull.Verdict {
	r := d.Request
	if d.Policy.PolicyBot.ReadsSignatures() {
		r.Commits = d.verified(r)
	}
	return policybot.Judge(*d.Policy.PolicyBot, r, d.People)
}

// verified are the commits with what their signatures come to.
func (w World) verified(r pull.Request) []pull.Commit {
	commits := slices.Clone(r.Commits)
	for i, c := range commits {
		commits[i].Signed = signedBy(c, w.Ring, w.People, r.At)
	}
	return commits
}

func signedBy(c pull.Commit, ring *signature.Ring, people *duobot.People, at time.Time) *pull.Signed {
	result := signature.Verify(c, ring, at)
	alone := pull.Request{Commits: []pull.Commit{c}, CommitsTotal: 1}
	v := duobot.JudgeSignatures(true, alone, map[string]signature.Result{c.SHA: result}, people)
	if v.State != pull.Pass {
		return &pull.Signed{Code: v.Lead().Code, Key: result.Fingerprint}
	}
	owner, _ := people.ByFingerprint(result.Fingerprint)
	by := c.Author
	if slices.ContainsFunc(owner.GitHub, func(login string) bool { return strings.EqualFold(login, c.Committer.Login) }) {
		by = c.Committer
	}
	return &pull.Signed{Good: true, Key: result.Fingerprint, By: by}
}

// question is whose standing the policy's judgement rests on, in whichever language it is written.
func question(policy config.Policy, r pull.Request) pull.Question {
	var q pull.Question
	switch {
	case policy.PolicyBot != nil:
		q = policybot.Ask(*policy.PolicyBot, r)
	case r.Policy.Present():
		q = approval.Ask(policy.Approval, r)
	}
	q.Logins = union(q.Logins, automerge.Ask(policy.Automerge, r))
	return q
}

// question is whose standing the judgement rests on: by the policy and by the floor.
func (w World) question() pull.Question {
	var q pull.Question
	if w.Problems == nil {
		q = question(w.Rulebook, w.Request)
	}
	if w.Floor.Present && w.Floor.Problems == nil {
		q = joined(q, approval.Ask(w.Floor.Rules, w.Request))
	}
	return joined(joined(q, w.proposers()), w.askGlass())
}

// joined is both questions. The lower of two roles finds the candidates of either.
func joined(a, b pull.Question) pull.Question {
	q := pull.Question{Logins: union(a.Logins, b.Logins), Teams: union(a.Teams, b.Teams), Candidates: a.Candidates}
	if b.Candidates != pull.NoRole && (q.Candidates == pull.NoRole || b.Candidates < q.Candidates) {
		q.Candidates = b.Candidates
	}
	return q
}

// readsMerges reports whether the policy tells clean base updates from merges with a change of their own.
func readsMerges(policy config.Policy) bool {
	return policy.PolicyBot != nil && policy.PolicyBot.ReadsHistory()
}

// remote is where the policy says that it is kept; nil while it does not.
func (w World) remote() *policybot.Remote {
	if w.Rulebook.PolicyBot == nil {
		return nil
	}
	return w.Rulebook.PolicyBot.Remote
}

// resolve parses a request's policy, and follows it to the repository where it is kept: once, so that a policy there
// that points on is judged as one that could not be read.
func resolve(r pull.Request, parse func(pull.Source) (config.Policy, *config.Problems)) (config.Policy, *config.Problems) {
	policy, problems := parse(r.Policy)
	if policy.PolicyBot == nil || policy.PolicyBot.Remote == nil || !r.Remote.Present() || r.Remote.Unreadable != "" {
		return policy, problems
	}
	there, problems := config.ParsePolicyBot(r.Remote.Path, []byte(r.Remote.Text))
	return config.Policy{PolicyBot: there}, tellable(r.Remote, problems)
}
