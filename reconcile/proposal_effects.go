package reconcile

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// effects says in markdown what a proposal would alter on the other open pull requests; "" where nothing is proposed.
func (w World) effects() string {
	var b strings.Builder
	for _, d := range w.Proposal.Drafts {
		if d.Idle {
			fmt.Fprintf(&b, "%s has no say here: %s stands before it.\n\n", escape(d.Source.Path), escape(w.Request.Policy.Path))
		}
	}
	switch remote := w.Proposal.elsewhere(); {
	case w.faultyDraft():
		return b.String()
	case w.Problems != nil && w.Proposal.Alters:
		fmt.Fprintf(&b, "### What this policy would alter\n\nThe one in force cannot be judged by, and blocks everything. %d open pull requests into %s would be judged again.\n",
			w.Proposal.Total, escape(w.Request.Base.Branch))
	case w.Problems != nil:
		return b.String() + w.effectsOfShared()
	case remote != nil:
		fmt.Fprintf(&b, "### What this policy would alter\n\nIt would be kept in %s. What that says is read, and tried, only once this has landed.\n", escape(remote.Repo))
	case w.Proposal.Alters:
		b.WriteString(w.effectsHere())
	default:
		b.WriteString(w.removal())
	}
	if w.Proposal.AltersFloor {
		b.WriteString(w.effectsOnOwned())
	}
	b.WriteString(w.effectsOfShared())
	return b.String()
}

// elsewhere is where the proposed policy says that it is kept; nil while it does not.
func (p Proposal) elsewhere() *policybot.Remote {
	if !p.Alters || p.Rulebook.PolicyBot == nil {
		return nil
	}
	return p.Rulebook.PolicyBot.Remote
}

func (w World) faultyDraft() bool {
	for _, d := range w.Proposal.Drafts {
		if _, faulty := d.fault(); faulty && !d.Idle {
			return true
		}
	}
	return false
}

func (w World) effectsHere() string {
	var lines []string
	before, after := law{w.Rulebook, w.Floor, w.Request.Policy}, law{w.Proposal.Rulebook, w.Floor, w.Proposal.Policy}
	for _, other := range w.Proposal.Others {
		if !other.Request.Codeowners.Present() {
			other.Request.Codeowners = w.Request.Codeowners // it is into the same branch
		}
		if w.Request.Properties != nil {
			other.Request.Properties = w.Request.Properties // of the same repository, and read just now
		}
		for _, change := range append(w.effect(other, before, after), landingEffect(other.Request, before.policy.Automerge, after.policy.Automerge)...) {
			lines = append(lines, fmt.Sprintf("- #%d %s: %s", other.Key.Number, escape(other.Request.Title), change))
		}
	}
	text := fmt.Sprintf("### What this policy would alter\n\nTried on %d open pull requests into %s.", len(w.Proposal.Others), escape(w.Request.Base.Branch))
	return text + listed(lines, w.Proposal.Total-len(w.Proposal.Others))
}

// listed ends a text about what was tried.
func listed(lines []string, more int) string {
	text := ""
	if more > 0 {
		text = fmt.Sprintf(" %d more were not looked at.", more)
	}
	if len(lines) == 0 {
		return text + "\n\nNone would be decided differently.\n"
	}
	return text + "\n\n" + strings.Join(lines, "\n") + "\n"
}

// removal warns of the one change that no judge can speak of.
func (w World) removal() string {
	if path := w.Request.Policy.Path; path == "" || !removes(w.Request, path) {
		return ""
	}
	return fmt.Sprintf("### What this would alter\n\nThis removes the policy: nothing into %s would be gated any more, unless another file stands in its place.\n",
		escape(w.Request.Base.Branch))
}

// law is what a pull request is judged by.
type law struct {
	policy config.Policy
	floor  Floor
	source pull.Source // the policy's text; absent where nothing but the floor says who must agree
}

// over is the request as the law finds it.
func (l law) over(r pull.Request) pull.Request {
	r.Policy = l.source
	return r
}

// applies reports whether the law says anything of the pull request.
func (l law) applies(r pull.Request) bool { return World{Request: r, Floor: l.floor}.judged() }

// judge applies the law to another pull request, on what is known of it.
func (l law) judge(w World, r pull.Request) (pull.Verdict, approval.Needs) {
	d := Decision{World: World{Request: r, Rulebook: l.policy, Floor: l.floor, People: w.People, Ring: w.Ring}, Policy: l.policy}
	if !r.Policy.Present() {
		d.Policy.Approval = l.floor.Rules
	}
	if (d.Policy.Approval.WeighsSigners() || l.floor.Rules.WeighsSigners()) && !w.Supposed {
		d.Request = d.withSigned()
	}
	return d.judgeApprovals(pull.Pass), d.Needs
}

// effect compares how one pull request is judged by the law in force and by the proposed one, on what is known of it.
// Anybody may propose a policy, so the answer tells nothing about people that the pull request's own verdict does not:
// it names no candidates, and never depends on who is in a team, be it only in which rule would govern.
func (w World) effect(other pull.Record, before, after law) []string {
	old, r := before.over(other.Request), after.over(other.Request)
	if reflect.DeepEqual(before.demands(w, old), after.demands(w, r)) {
		return nil
	}
	switch was, is := before.applies(old), after.applies(r); {
	case is && !was && r.Policy.Present():
		return []string{"would be judged by this policy, and is judged by nothing today"}
	case is && !was:
		return []string{"would be judged by the floor, and is judged by nothing today"}
	case was && !is:
		return []string{"would be judged by nothing any more"}
	}
	if owners := after.policy.Approval.WeighsCodeowners() || after.floor.Rules.WeighsCodeowners(); owners && !r.Codeowners.Present() {
		return []string{"would depend on the owners in CODEOWNERS, which nobody has looked up yet"}
	}
	if restsOnProperties(after.policy, after.floor) && r.Properties == nil {
		return []string{"would depend on the repository's custom properties, which nobody has looked up yet"}
	}
	asked := joined(question(after.policy, r), approval.Ask(after.floor.Rules, r))
	if len(asked.Teams) > 0 { // what else would change may follow from who is in them, too
		return []string{"would depend on who is in @" + escape(strings.Join(asked.Teams, ", @"))}
	}
	was, needed := before.judge(w, old)
	is, needs := after.judge(w, r)
	unread := lacking(asked, other.Asked).Logins
	var changes []string
	switch {
	case is.State != pull.Pass && len(unread) > 0:
		changes = append(changes, fmt.Sprintf("would depend on %s, whose role nobody has looked up yet", escape(strings.Join(unread, ", "))))
	case is.State == pull.Pass && was.State != pull.Pass:
		changes = append(changes, "would be approved")
	case is.State != pull.Pass && was.State == pull.Pass:
		changes = append(changes, "would no longer be approved"+byRule(is))
	case is.State != pull.Pass:
		changes = append(changes, "would have to be approved otherwise"+byRule(is))
	}
	if needs.Duo != needed.Duo {
		changes = append(changes, fmt.Sprintf("would ask %s to confirm through Duo instead of %s", whoConfirms(needs.Duo), whoConfirms(needed.Duo)))
	}
	if needs.Signatures != needed.Signatures {
		changes = append(changes, map[bool]string{true: "would need signed commits", false: "would no longer need signed commits"}[needs.Signatures])
	}
	return changes
}

// landingEffect compares how one pull request lands.
func landingEffect(r pull.Request, before, after *automerge.Policy) []string {
	switch {
	case before == nil && after == nil:
		return nil
	case after == nil:
		return []string{"would no longer land by itself"}
	case before == nil:
		return []string{"would land by itself once all is green, by " + after.MethodFor(r)}
	}
	var changes []string
	if was, is := before.MethodFor(r), after.MethodFor(r); was != is {
		changes = append(changes, fmt.Sprintf("would land by %s instead of %s", is, was))
	}
	was, is := heldBack(before, r), heldBack(after, r)
	for _, hold := range []struct{ code, words string }{{"not-triggered", "wait for somebody to ask for the landing"}, {"vetoed", "be held back"}} {
		switch {
		case is[hold.code] && !was[hold.code]:
			changes = append(changes, "would "+hold.words)
		case was[hold.code] && !is[hold.code]:
			changes = append(changes, "would no longer "+hold.words)
		}
	}
	return changes
}

// heldBack are the codes of what keeps a pull request from landing, its gates aside.
func heldBack(policy *automerge.Policy, r pull.Request) map[string]bool {
	codes := map[string]bool{}
	for _, reason := range automerge.Standing(automerge.Case{Policy: policy, Request: r}).Reasons {
		codes[reason.Code] = true
	}
	return codes
}

// demand is what a policy asks of some paths, whatever the rule is called and wherever it stands.
type demand struct {
	rule    approval.Rule
	stray   bool
	files   []pull.File
	history string
}

// demands are what the law asks of a pull request, comparable. They are worked out without knowing who is in a team.
func (l law) demands(w World, r pull.Request) []any {
	r.Standing.Members = nil
	switch {
	case !l.applies(r):
		return nil
	case !r.Policy.Present():
		return []any{demands(l.floor.Rules, r, true)}
	case l.policy.PolicyBot != nil:
		asked, held := policybot.Demands(*l.policy.PolicyBot, r, w.People)
		return []any{asked, held, demands(l.floor.Rules, r, false)}
	}
	return []any{demands(l.policy.Approval, r, true), demands(l.floor.Rules, r, false)}
}

// demands are those of one policy. Where it is a floor beside another policy, what it does not name is not its business.
func demands(p approval.Policy, r pull.Request, alone bool) []demand {
	var list []demand
	for _, g := range approval.Governing(p, r) {
		rule := g.Rule
		rule.Name, rule.Line, rule.Paths, rule.When, rule.Reviewers = "", 0, nil, approval.When{}, nil
		if g.Index >= 0 || alone {
			list = append(list, demand{rule, g.Index < 0, g.Files, p.History})
		}
	}
	return list
}

func byRule(v pull.Verdict) string {
	if rule := v.Lead().Evidence["rule"]; rule != "" {
		return ": " + escape(rule)
	}
	return ""
}

// whoConfirms words a policy's duo.
func whoConfirms(duo string) string {
	switch duo {
	case "":
		return "nobody"
	case approval.DuoBoth:
		return "the author and an approver"
	case approval.DuoApprover:
		return "an approver"
	}
	return "the author"
}
