package automerge

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// StartWithin is how long a required check may take to start before it is named, where the policy says nothing.
const StartWithin = 10 * time.Minute

// wanted is a required check with the conclusions that satisfy it besides success.
type wanted struct {
	pull.RequiredCheck
	accept []string
}

// checks lists the required checks that are not green. Our own are left out: they are what the gates answer.
func (c Case) checks() []pull.Reason {
	required := c.required()
	if len(required) == 0 && c.Policy != nil && !c.Policy.AllowNoChecks {
		return []pull.Reason{{Code: "nothing-required", State: pull.Wait,
			Message: "Nothing is configured to wait for: neither the branch's rules nor the policy require any check.",
			Next:    "List checks under automerge.checks, require some on the branch, or set automerge.allow_no_checks: true."}}
	}
	var out []pull.Reason
	for _, want := range required {
		switch {
		case c.ours(want):
		case c.claimsOurs(want):
			out = append(out, c.misnamed(want))
		default:
			out = append(out, c.judgeCheck(want)...)
		}
	}
	return out
}

const byPolicy = "the policy"

// required are the checks of the branch's rules, then those of the policy that the rules do not name, or not from that app.
func (c Case) required() []wanted {
	var out []wanted
	for _, r := range c.Request.Rules.Checks {
		out = append(out, wanted{r, c.accepts(r.Name)})
	}
	if c.Policy == nil {
		return out
	}
	for _, p := range c.Policy.Checks {
		named := slices.ContainsFunc(out, func(w wanted) bool { return w.Name == p.Name && (p.App == 0 || p.App == w.App) })
		if !named {
			out = append(out, wanted{pull.RequiredCheck{Name: p.Name, App: p.App, From: byPolicy}, p.Accept})
		}
	}
	return out
}

// accepts is what the policy lets pass for success, whoever requires the check.
func (c Case) accepts(name string) []string {
	if c.Policy == nil {
		return nil
	}
	for _, p := range c.Policy.Checks {
		if p.Name == name {
			return p.Accept
		}
	}
	return nil
}

// ours reports whether the requirement is for one of our own check runs on this head. To wait for one of those would
// be to wait for ourselves.
func (c Case) ours(want wanted) bool {
	return c.mayBeOurs(want) && slices.ContainsFunc(c.Reports, func(r pull.Report) bool { return r.Name == want.Name })
}

func (c Case) mayBeOurs(want wanted) bool { return want.App == 0 || want.App == c.App }

// claimsOurs reports whether the requirement has a name of ours that is not written on this head: it would never come.
func (c Case) claimsOurs(want wanted) bool {
	return c.mayBeOurs(want) && strings.HasPrefix(want.Name, ownPrefix)
}

const ownPrefix = "sallyport/"

func (c Case) misnamed(want wanted) pull.Reason {
	var names []string
	for _, r := range c.Reports {
		names = append(names, strconv.Quote(r.Name))
	}
	r := setting("own-check-not-written",
		fmt.Sprintf("%s requires %q, which Sallyport does not write for pull requests into it.", want.From, want.Name),
		"Require "+cmp.Or(strings.Join(names, ", "), "no check of Sallyport's")+" instead.")
	r.Evidence = map[string]string{"check": want.Name, "required by": want.From}
	return r
}

// judgeCheck wants every check run and every status of the name to have succeeded; GitHub, too, wants both.
func (c Case) judgeCheck(want wanted) []pull.Reason {
	var out []pull.Reason
	found, foreign := false, ""
	for _, have := range c.have() {
		if !want.names(have.Name) {
			continue
		}
		if want.App != 0 && have.App != want.App {
			foreign = reporter(have)
			continue
		}
		found = true
		if !want.satisfied(have) {
			out = append(out, c.notGreen(want, have))
		}
	}
	switch {
	case found:
		return out
	case foreign != "":
		return []pull.Reason{missing(want, "check-wrong-app",
			fmt.Sprintf("The check %q was reported by %s, and only the app %d counts.", want.Name, foreign, want.App))}
	case c.late():
		return []pull.Reason{c.neverStarted(want, "has not reported")}
	default:
		return []pull.Reason{missing(want, "check-missing", fmt.Sprintf("The required check %q has not reported.", want.Name))}
	}
}

func reporter(have pull.Check) string {
	if have.Kind == pull.CommitStatus {
		return "a commit status, which anybody who may write can set"
	}
	return fmt.Sprintf("the app %d", have.App)
}

// travis is a name that stands for two others: Travis CI reports under those, and GitHub offers only this one.
const travis = "continuous-integration/travis-ci"

func (w wanted) names(have string) bool {
	return have == w.Name || w.Name == travis && (have == travis+"/push" || have == travis+"/pr")
}

func (w wanted) satisfied(have pull.Check) bool {
	return have.Green() || have.Done() && slices.Contains(w.accept, have.Conclusion)
}

func missing(want wanted, code, message string) pull.Reason {
	return pull.Reason{Code: code, State: pull.Wait, Message: message,
		Evidence: want.evidence(), Next: "Start it, or see why it has not run."}
}

func (w wanted) evidence() map[string]string {
	e := map[string]string{"check": w.Name, "required by": w.From}
	if w.App != 0 {
		e["expected from"] = "the app " + strconv.FormatInt(w.App, 10)
	}
	return e
}

func (c Case) notGreen(want wanted, have pull.Check) pull.Reason {
	evidence := want.evidence()
	evidence["check"] = have.Name
	switch {
	case idle(have) && c.late():
		return c.neverStarted(want, "is still "+have.Status)
	case !have.Done():
		return pull.Reason{Code: "check-pending", State: pull.Wait, Evidence: evidence,
			Message: fmt.Sprintf("The check %q has not finished.", have.Name), Next: "Nothing to do: it lands when the check succeeds."}
	}
	evidence["conclusion"] = have.Conclusion
	only := "only success counts"
	if len(want.accept) > 0 {
		only = "only success counts, and " + strings.Join(want.accept, " and ")
	}
	return pull.Reason{Code: "check-failed", State: pull.Wait, Evidence: evidence,
		Message: fmt.Sprintf("The check %q ended as %s; %s.", have.Name, have.Conclusion, only),
		Next:    "Mend the cause, or run it again."}
}

// ready says that everything is green, and on whose word: where nobody but the policy asks for a check, and of no app, a
// commit status will do, which anybody who may write can set.
func (c Case) ready(message string) pull.Reason {
	r := pull.Reason{Code: "ready", State: pull.Pass, Message: message}
	var names []string
	for _, want := range c.required() {
		if want.From == byPolicy && want.App == 0 && c.reported(want, pull.CommitStatus) && !c.reported(want, pull.CheckRun) {
			names = append(names, strconv.Quote(want.Name))
		}
	}
	if len(names) > 0 {
		r.Evidence = map[string]string{"by a commit status, which anybody who may write can set": strings.Join(names, ", ")}
	}
	return r
}

func (c Case) reported(want wanted, kind pull.CheckKind) bool {
	return slices.ContainsFunc(c.have(), func(have pull.Check) bool { return have.Kind == kind && want.names(have.Name) })
}

// idle reports whether a check run was announced and has not begun.
func idle(have pull.Check) bool {
	return have.Kind == pull.CheckRun && !have.Done() && have.Status != "in_progress"
}

// have are the checks that count: those on the group where the merge queue has built one, else those on the head.
func (c Case) have() []pull.Check {
	if c.grouped() {
		return c.Request.Queued.Checks
	}
	return c.Request.Checks
}

// since is when the checks could begin.
func (c Case) since() time.Time {
	if c.grouped() {
		return c.Request.Queued.Since
	}
	return c.Request.Since
}

// late reports whether the checks have had their time to start.
func (c Case) late() bool { return c.startsIn() == 0 && !c.since().IsZero() }

// startsIn is how long the checks still have to start.
func (c Case) startsIn() time.Duration {
	return max(0, c.since().Add(c.deadline()).Sub(c.Request.At))
}

func (c Case) deadline() time.Duration {
	if c.Policy != nil && c.Policy.CheckDeadline > 0 {
		return c.Policy.CheckDeadline
	}
	return StartWithin
}

func (c Case) neverStarted(want wanted, how string) pull.Reason {
	r := missing(want, "check-never-started", fmt.Sprintf("The required check %q %s, %s after %s.", want.Name, how, c.deadline(),
		map[bool]string{false: "this head was pushed", true: "the merge queue built its group"}[c.grouped()]))
	if c.grouped() {
		r.Next = "Have its workflow run on the event merge_group, too, or stop requiring it."
		return r
	}
	r.Next = "See whether its workflow runs for this branch and these paths, whether its app is installed here and has runners, or stop requiring it."
	return r
}

// NextLook is how long until time alone changes the answer: a required check that has not started becomes overdue. 0
// means never.
func NextLook(c Case) time.Duration {
	left := c.startsIn()
	if left == 0 {
		return 0
	}
	for _, r := range c.checks() {
		if r.Code == "check-missing" || r.Code == "check-pending" {
			return left
		}
	}
	return 0
}
