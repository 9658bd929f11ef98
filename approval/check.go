package approval

import (
	"errors"
	"fmt"
	"slices"
)

// Check reports the first thing that makes the policy unfit to judge by. The configuration parser finds the same
// faults with their positions; this is the net under policies that were made in other ways.
func (p Policy) Check() error {
	_, err := compile(p)
	return err
}

// WeighsSigners reports whether some part of the policy depends on who signed which commit ([pull.Commit.Signed]).
func (p Policy) WeighsSigners() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return r.When.Signatures != nil ||
			slices.ContainsFunc(r.Require.lists(), func(a Approvals) bool { return a.IgnoreCommitsBy != nil })
	})
}

// WeighsCodeowners reports whether some rule rests on the CODEOWNERS file ([pull.Request.Codeowners]).
func (p Policy) WeighsCodeowners() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Require.weighsCodeowners() })
}

func (q Requirement) weighsCodeowners() bool {
	return q.Codeowners != nil || slices.ContainsFunc(q.Any, Requirement.weighsCodeowners) ||
		slices.ContainsFunc(q.All, Requirement.weighsCodeowners)
}

// WeighsComments reports whether some rule lets words count ([pull.Request.Comments]).
func (p Policy) WeighsComments() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return r.Block != nil && r.Block.Comments != nil || slices.ContainsFunc(r.Require.lists(), func(a Approvals) bool {
			return len(a.methods().Comments)+len(a.methods().Body) > 0
		})
	})
}

func (r Rule) check() error {
	switch {
	case r.Name == "":
		return errors.New("a rule has no name")
	case len(r.Paths) == 0:
		return fmt.Errorf("rule %q has no paths", r.Name)
	case r.Special != "" && r.Special != SpecialAllow:
		return fmt.Errorf("rule %q: special is %q, not %q", r.Name, r.Special, SpecialAllow)
	}
	for _, check := range []func() error{r.Require.check, r.Block.check, r.Reviewers.check} {
		if err := check(); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
	}
	if r.Require.AsksApprover() && r.Require.LeastApprovals() == 0 {
		return fmt.Errorf("rule %q: duo asks an approver, but there may be none", r.Name)
	}
	return nil
}

func (q Requirement) check() error {
	if !slices.Contains([]string{"", DuoAuthor, DuoApprover, DuoBoth}, q.Duo) {
		return fmt.Errorf("duo is %q, not author, approver or both", q.Duo)
	}
	if q.Any != nil && len(q.Any) == 0 {
		return errors.New("any: lists no alternative")
	}
	for _, check := range []func() error{q.Approvals.check, q.Owners.check, q.Codeowners.check} {
		if err := check(); err != nil {
			return err
		}
	}
	for _, part := range slices.Concat(q.Any, q.All) {
		if err := part.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a *Approvals) check() error {
	switch {
	case a == nil:
		return nil
	case a.Count < 1:
		return fmt.Errorf("approvals: count is %d, less than 1", a.Count)
	case a.DistinctTeams < 0 || a.DistinctTeams > min(a.Count, len(a.teams())):
		return fmt.Errorf("approvals: distinct_teams is %d, more than count or than the teams in from", a.DistinctTeams)
	}
	for _, option := range []string{a.Author, a.Contributors, a.NonAuthorContributors} {
		if option != "" && option != Counts && option != Ignored {
			return fmt.Errorf("approvals: an option is %q, not %s or %s", option, Counts, Ignored)
		}
	}
	if err := checkWords("approvals", a.From, a.IgnoreCommitsBy); err != nil {
		return err
	}
	return a.By.check()
}

func checkWords(what string, lists ...[]string) error {
	for _, word := range slices.Concat(lists...) {
		if _, err := ParseFrom(word); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

func (m *Methods) check() error {
	if m == nil {
		return nil
	}
	if !m.Reviews && len(m.Comments)+len(m.Body) == 0 {
		return errors.New("approvals: by names no way to approve")
	}
	_, err := phrases(slices.Concat(m.Comments, m.Body))
	return err
}

func (o *Owners) check() error {
	switch {
	case o == nil:
		return nil
	case o.Count < 1:
		return fmt.Errorf("owners: count is %d, less than 1", o.Count)
	case len(o.Files) == 0:
		return errors.New("owners: nothing has an owner")
	}
	for _, entry := range o.Files {
		if len(entry.Paths) == 0 || len(entry.From) == 0 {
			return errors.New("owners: an entry has no paths, or names nobody")
		}
		if _, err := compileAll(entry.Paths); err != nil {
			return fmt.Errorf("owners: %w", err)
		}
		if err := checkWords("owners", entry.From); err != nil {
			return err
		}
	}
	return nil
}

func (c *Codeowners) check() error {
	if c != nil && (c.Count < 1 || c.Unowned != "" && c.Unowned != SpecialAllow) {
		return errors.New("codeowners: count is less than 1, or unowned is not allow")
	}
	return nil
}

func (b *Block) check() error {
	if b == nil {
		return nil
	}
	if len(b.From) == 0 {
		return errors.New("block: from names nobody")
	}
	if err := checkWords("block", b.From, b.Lift); err != nil {
		return err
	}
	_, err := phrases(b.Comments)
	return err
}

func (r *ReviewRequests) check() error {
	if r != nil && (!slices.Contains([]string{ReviewAll, ReviewRandom, ReviewTeams}, r.Mode) || r.Count < 0) {
		return fmt.Errorf("request_reviews: the mode is %q, or the count below 0", r.Mode)
	}
	return nil
}
