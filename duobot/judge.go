package duobot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Button asks for another Duo push from the check run.
var Button = pull.Button{
	Label:       "Send Duo push again",
	Description: "Ask for the confirmation once more",
	Identifier:  "duo",
}

// Judge says whether the humans who must confirm acknowledged exactly this landing. It is pure. A verdict that a
// new push can resolve carries Button.
func Judge(c Case) pull.Verdict {
	reasons := c.reasons()
	verdict := pull.Verdict{Gate: pull.GateDuo, State: pull.Pass, Reasons: reasons}
	// The worst comes first, because its sentence is the title that people read.
	slices.SortStableFunc(reasons, func(a, b pull.Reason) int { return int(a.State) - int(b.State) })
	asking := true
	for _, r := range reasons {
		verdict.State = pull.Worse(verdict.State, r.State)
		asking = asking && (r.State != pull.Block || askAgain[r.Code])
	}
	if verdict.State == pull.Block && asking {
		verdict.Buttons = []pull.Button{Button}
	}
	return verdict
}

func (c Case) reasons() []pull.Reason {
	if f, ok := c.frozen("fraud"); ok {
		return []pull.Reason{c.fraud(f)}
	}
	if _, ok := ParseWho(string(c.Need.Duo)); !ok {
		return []pull.Reason{{Code: "duo-need-unknown", Message: fmt.Sprintf("The policy asks %q to confirm, which names nobody.", c.Need.Duo),
			Next: "Write duo: author, approver or both in the policy"}}
	}
	if c.Need.Duo == Nobody && len(c.Glass) == 0 {
		return []pull.Reason{{Code: "duo-not-required", State: pull.Pass, Message: "Not required for these paths."}}
	}
	if c.Need.Unavailable != "" {
		return []pull.Reason{{Code: "duo-not-configured", Message: "Duo is required here, but this server cannot ask anybody.",
			Evidence: map[string]string{"why": c.Need.Unavailable}, Next: "Fill in the duo section of the server's configuration"}}
	}
	if r, ok := c.unbound(); ok {
		return []pull.Reason{r}
	}
	var reasons []pull.Reason
	for _, d := range c.duties() {
		reasons = append(reasons, c.settle(d))
	}
	return reasons
}

// unbound finds why there is nothing yet that a person could confirm, or why what they would confirm is not what
// the snapshot shows: empty values must never count as equal.
func (c Case) unbound() (pull.Reason, bool) {
	b, r := c.Binding, c.Request
	switch {
	case r.Test.State == pull.Conflict:
		return pull.Reason{Code: "conflict", State: pull.Wait, Message: "There is nothing to confirm while the branches conflict.",
			Next: "Resolve the conflict with " + r.Base.Branch}, true
	case r.Test.State == pull.Outdated:
		return pull.Reason{Code: "merge-outdated", State: pull.Wait, Message: "Nobody can say what would land: GitHub's trial merge is of an older " + r.Base.Branch + ".",
			Next: "Update the branch"}, true
	case r.Test.State != pull.Clean:
		return pull.Reason{Code: "mergeability-unknown", State: pull.Wait, Message: "GitHub has not settled yet what merging would give."}, true
	case slices.Contains([]string{b.Branch, b.Base, b.Head, b.Tree, b.Policy, b.Method}, ""), b.Merge == "" && !c.ungrouped():
		return pull.Reason{Code: "duo-unbound", State: pull.Wait, Message: "The commit that would land is not known yet.",
			Evidence: binding(b)}, true
	case b.Key() != r.Key() || b.Branch != r.Base.Branch || b.Head != r.Head.SHA || b.Policy != r.Rulebook(),
		b.Base != r.Base.SHA, b.Tree != r.Test.Tree:
		return pull.Reason{Code: "duo-stale", State: pull.Wait, Message: "The branches moved while this was being looked at.",
			Evidence: binding(b), Next: "Wait for the next look, or comment /sallyport recheck"}, true
	}
	return pull.Reason{}, false
}

// settle judges one duty.
func (c Case) settle(d duty) pull.Reason {
	if len(d.accounts) == 0 {
		return pull.Reason{Code: "awaiting-approver", State: pull.Wait,
			Message: "Whoever approves this will be asked to confirm on their phone.", Next: "Get an approval"}
	}
	if len(d.parties) == 0 {
		return c.unmapped(d)
	}
	current, void := c.standing(d)
	if p, ok := confirmed(current); ok {
		return c.acknowledged(p)
	}
	reason := c.unasked(d, void)
	if len(current) > 0 {
		reason = c.outcome(current[0])
	} else if p, no := c.turnedDown(current, void); no {
		reason = c.outcome(p)
	}
	reason.Because = append(reason.Because, c.voided(void)...)
	return reason
}

// unasked says why no push for this landing has gone out yet.
func (c Case) unasked(d duty, void []pull.Confirmation) pull.Reason {
	who := d.parties[0]
	evidence := map[string]string{"person": who.person.Name, "account": who.account.Login, "role": string(d.role)}
	switch {
	case c.unanswered(d):
		return pull.Reason{Code: "duo-unanswered", Evidence: evidence,
			Message: fmt.Sprintf("%d pushes to %s came to nothing within an hour, so no more go out unasked.", maxUnanswered, who.person.Name),
			Next:    "Press “" + Button.Label + "” or comment /sallyport duo when the phone is at hand"}
	case c.Need.Ready && c.ungrouped():
		return pull.Reason{Code: "awaiting-group", State: pull.Wait, Evidence: evidence,
			Message: fmt.Sprintf("%s will be asked on the phone when GitHub's merge queue has built what lands.", who.person.Name)}
	case !c.Need.Ready:
		return pull.Reason{Code: "awaiting-other-gates", State: pull.Wait, Evidence: evidence, Because: c.Need.Before,
			Message: fmt.Sprintf("%s will be asked on the phone once everything else is green.", who.person.Name)}
	case !c.guarded():
		return pull.Reason{Code: "duo-unguarded", Evidence: evidence,
			Message: fmt.Sprintf("%s is not the default branch, and no rule on GitHub protects it, so %s is not asked unasked.", c.Request.Base.Branch, who.person.Name),
			Next:    "Have an admin protect the branch, or press “" + Button.Label + "” or comment /sallyport duo: whoever must confirm may, the author, or an admin"}
	case len(void) > 0 && void[0].State.Pending():
		return pull.Reason{Code: "awaiting-push", State: pull.Wait, Evidence: evidence,
			Message: fmt.Sprintf("%s will be asked anew once the push for the earlier commit has ended.", who.person.Name),
			Next:    "Ignore the earlier push: answering it changes nothing"}
	}
	return pull.Reason{Code: "awaiting-push", State: pull.Wait, Evidence: evidence,
		Message: fmt.Sprintf("%s will be asked on the phone as soon as it is this pull request's turn.", who.person.Name)}
}

func (c Case) acknowledged(p pull.Confirmation) pull.Reason {
	evidence := promptEvidence(p)
	evidence["merge"] = p.Binding.Shown()
	how := "on the phone"
	switch p.Factor {
	case pull.FactorPhone:
		how = "by a phone call"
	case pull.FactorPasscode:
		how = "by a passcode"
	}
	return pull.Reason{Code: "confirmed", State: pull.Pass, Evidence: evidence,
		Message: fmt.Sprintf("%s confirmed merge %.12s %s at %s.", p.Person, p.Binding.Shown(), how, clock(p.EndedAt))}
}

func (c Case) unmapped(d duty) pull.Reason {
	logins := make([]string, len(d.accounts))
	for i, a := range d.accounts {
		if logins[i] = a.Login; !a.Known() {
			logins[i] = "somebody whom GitHub no longer knows"
		}
	}
	who := strings.Join(logins, " or ")
	return pull.Reason{Code: "duo-unmapped", Evidence: map[string]string{"account": who, "role": string(d.role)},
		Message: fmt.Sprintf("The people file names no Duo user for %s, so nobody can be asked.", who),
		Next:    "Ask an operator to add the login and its Duo user to the people file"}
}

func (c Case) fraud(f pull.Freeze) pull.Reason {
	return pull.Reason{Code: "duo-fraud",
		Message:  fmt.Sprintf("%s reported a Duo push as fraud: everything here is frozen.", name(f.By)),
		Evidence: map[string]string{"account": f.By.Login, "at": clock(f.At), "said": f.Reason},
		Next:     fmt.Sprintf("Treat the account that asked as stolen; then an admin other than %s lifts the freeze", name(f.By))}
}

// voided explains the newest acknowledgement or open push that was for another landing than this one.
func (c Case) voided(void []pull.Confirmation) []pull.Reason {
	for _, p := range void {
		if p.State != pull.PromptAllowed && !p.State.Pending() {
			continue
		}
		what := strings.Join(moved(p.Binding, c.Binding), ", ")
		evidence := promptEvidence(p)
		evidence["moved"], evidence["merge"] = what, p.Binding.Shown()
		return []pull.Reason{{Code: "duo-void", State: pull.Wait, Evidence: evidence,
			Message: fmt.Sprintf("The push to %s for merge %.12s no longer counts: %s changed since.", p.Person, p.Binding.Shown(), what)}}
	}
	return nil
}

// moved names what differs between two bindings, for people.
func moved(old, now pull.Binding) []string {
	var names []string
	for _, part := range []struct{ name, old, now string }{
		{"the target branch", old.Branch, now.Branch}, {"the base", old.Base, now.Base}, {"the head", old.Head, now.Head},
		{"the break-glass", old.Glass, now.Glass},
		{"the landing's content", old.Tree, now.Tree}, {"the policy", old.Policy, now.Policy}, {"the merge method", old.Method, now.Method},
		{"the batch", old.Batch, now.Batch},
	} {
		if part.old != part.now {
			names = append(names, part.name)
		}
	}
	if len(names) == 0 {
		names = append(names, "the merge commit")
	}
	return names
}

func binding(b pull.Binding) map[string]string {
	return map[string]string{"branch": b.Branch, "base": b.Base, "head": b.Head, "tree": b.Tree, "merge": b.Merge,
		"policy": b.Policy, "method": b.Method}
}

func name(a pull.Account) string {
	if a.Login == "" {
		return "somebody"
	}
	return a.Login
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
