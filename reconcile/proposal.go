package reconcile

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/approval"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// Proposal is the policy as a pull request that edits it would have it. The zero Proposal is one that does not.
type Proposal struct {
	Rulebook config.Policy
	Problems *config.Problems
	// Others are open pull requests into the same branch as last seen, Total how many there are.
	Others []pull.Record
	Total  int
}

// othersMost bounds how many pull requests a proposed policy is tried on.
const othersMost = 100

// propose reads the policy that the pull request would put in place, and whom it would concern.
func (p *pass) propose(ctx context.Context, w *World) error {
	file, ok := editedPolicy(w.Request)
	if !ok {
		w.Request.Proposed = pull.Source{}
		return nil
	}
	source, err := p.proposed(ctx, w.Request, file)
	if err != nil {
		return fmt.Errorf("reading the policy that %s proposes: %w", w.Request.Ref(), err)
	}
	w.Request.Proposed = source
	return p.consider(ctx, w)
}

func editedPolicy(r pull.Request) (pull.File, bool) {
	if r.Test.State != pull.Clean {
		return pull.File{}, false
	}
	i := slices.IndexFunc(r.Files, func(f pull.File) bool { return f.Path == approval.PolicyFile })
	if i < 0 || r.Files[i].NewMode == pull.Absent {
		return pull.File{}, false
	}
	return r.Files[i], true
}

// proposed reads a text once: what an object holds never changes.
func (p *pass) proposed(ctx context.Context, r pull.Request, f pull.File) (pull.Source, error) {
	if f.NewMode != pull.Regular && f.NewMode != pull.Executable {
		return pull.Source{Path: f.Path, Blob: f.NewID, Unreadable: f.Path + " would be no plain file"}, nil
	}
	if last := p.work.Last; last != nil && last.Request.Proposed.Blob == f.NewID {
		return last.Request.Proposed, nil
	}
	return p.GitHub.Blob(ctx, r.Repo, f.NewID)
}

// consider parses the proposed text and finds the open pull requests that it would be tried on.
func (p *pass) consider(ctx context.Context, w *World) (err error) {
	source := w.Request.Proposed
	if !source.Present() || source.Unreadable != "" {
		return nil
	}
	if w.Proposal.Rulebook, w.Proposal.Problems = p.rules.parse(source); w.Proposal.Problems != nil {
		return nil
	}
	w.Proposal.Others, w.Proposal.Total, err = p.Store.Neighbours(ctx, w.Request.Key(), w.Request.Base.Branch, othersMost)
	if err != nil {
		return fmt.Errorf("looking for pull requests that another policy would concern: %w", err)
	}
	return nil
}

// proposalFault blocks a pull request that would break the gate for everybody.
func (w World) proposalFault(v pull.Verdict) pull.Verdict {
	source, problems := w.Request.Proposed, w.Proposal.Problems.List()
	if source.Unreadable == "" && len(problems) == 0 {
		return v
	}
	reason := pull.Reason{Code: "policy-change-invalid",
		Next: "Mend the policy in this pull request; `sallyport check FILE` tries it beforehand."}
	if source.Unreadable != "" {
		reason.Message = fmt.Sprintf("Once merged, the policy could not be read, and would block everything: %s.", source.Unreadable)
	} else {
		reason.Message = "Once merged, this policy would block everything: " + problems[0].String() + "."
	}
	for _, p := range problems {
		reason.Because = append(reason.Because, pull.Reason{Code: "policy-problem", Message: p.String(), Next: p.Mend,
			Evidence: map[string]string{"line": p.Excerpt}})
		v.Annotations = append(v.Annotations, pull.Annotation{Path: source.Path, Line: max(p.Line, 1), Message: annotated(p)})
	}
	v.State, v.Reasons = pull.Block, append([]pull.Reason{reason}, v.Reasons...)
	return v
}

func annotated(p config.Problem) string {
	if p.Mend == "" {
		return p.Text
	}
	return p.Text + "; " + p.Mend
}

// effects says in markdown what a proposed policy would alter on the other open pull requests; "" where none is
// proposed.
func (w World) effects() string {
	source := w.Request.Proposed
	if !source.Present() || source.Unreadable != "" || w.Proposal.Problems != nil {
		return removal(w.Request)
	}
	var lines []string
	for _, other := range w.Proposal.Others {
		for _, change := range w.effect(other) {
			lines = append(lines, fmt.Sprintf("- #%d %s: %s", other.Key.Number, escape(other.Request.Title), change))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### What this policy would alter\n\nTried on %d open pull requests into %s.", len(w.Proposal.Others), escape(w.Request.Base.Branch))
	if more := w.Proposal.Total - len(w.Proposal.Others); more > 0 {
		fmt.Fprintf(&b, " %d more were not looked at.", more)
	}
	if len(lines) == 0 {
		return b.String() + "\n\nNone would be decided differently.\n"
	}
	return b.String() + "\n\n" + strings.Join(lines, "\n") + "\n"
}

// removal warns of the one change that no judge can speak of.
func removal(r pull.Request) string {
	gone := func(f pull.File) bool { return f.Path == r.Policy.Path && f.NewMode == pull.Absent }
	if r.Test.State != pull.Clean || !slices.ContainsFunc(r.Files, gone) {
		return ""
	}
	return fmt.Sprintf("### What this would alter\n\nThis removes the policy: nothing into %s would be gated any more.\n", escape(r.Base.Branch))
}

// effect compares how one pull request is judged by the policy in force and by the proposed one, on what is known of it.
// Anybody may propose a policy, so the answer tells nothing about people that the pull request's own verdict does not:
// it names no candidates, and never depends on who is in a team, be it only in which rule would govern.
func (w World) effect(other pull.Record) []string {
	r, before, after := other.Request, w.Rulebook.Approval, w.Proposal.Rulebook.Approval
	if !r.Codeowners.Present() {
		r.Codeowners = w.Request.Codeowners // it is into the same branch
	}
	teamless := r
	teamless.Standing.Members = nil
	if reflect.DeepEqual(demands(before, teamless), demands(after, teamless)) {
		return nil
	}
	was, needed := approval.Judge(before, r, w.People, pull.Pass)
	is, needs := approval.Judge(after, teamless, w.People, pull.Pass)
	asked := approval.Ask(after, r)
	unread := lacking(asked, other.Asked).Logins
	var changes []string
	switch {
	case len(asked.Teams) > 0:
		changes = append(changes, "would depend on who is in @"+escape(strings.Join(asked.Teams, ", @")))
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

// demand is what a policy asks of some paths, whatever the rule is called and wherever it stands.
type demand struct {
	rule    approval.Rule
	stray   bool
	files   []pull.File
	history string
}

func demands(p approval.Policy, r pull.Request) []demand {
	var list []demand
	for _, g := range approval.Governing(p, r) {
		rule := g.Rule
		rule.Name, rule.Line, rule.Paths, rule.When, rule.Reviewers = "", 0, nil, approval.When{}, nil
		list = append(list, demand{rule, g.Index < 0, g.Files, p.History})
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
