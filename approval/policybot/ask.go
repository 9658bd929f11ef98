package policybot

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Ask names whose roles and which teams and organisations the judgement depends on: whoever says something that could
// count, the people whom predicates speak of, and everybody whom the policy names. A team without a slash is a whole
// organisation.
func Ask(p Policy, r pull.Request) pull.Question {
	everybody := p.actors()
	q := pull.Question{Teams: distinct(everybody.groups())}
	for _, login := range append(slices.Clone(everybody.Users), speakers(p, r)...) {
		if login != "" && !strings.HasSuffix(login, pull.BotSuffix) {
			q.Logins = append(q.Logins, login)
		}
	}
	q.Logins = distinct(q.Logins)
	if asked := p.approvers().Permissions; len(asked) > 0 {
		q.Candidates = least(asked)
	}
	return q
}

// distinct drops repetitions in whatever case: GitHub's names have none.
func distinct(words []string) []string {
	slices.SortFunc(words, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.CompactFunc(words, strings.EqualFold)
}

// actors are everybody whom the policy names anywhere.
func (p Policy) actors() Actors {
	all := p.approvers()
	conditions := func(list []Condition) {
		for _, c := range list {
			all = all.union(c.actors())
		}
	}
	for _, rule := range p.Rules {
		all = all.union(rule.Options.IgnoreCommitsBy)
		conditions(rule.If)
		conditions(rule.Requires.Conditions)
	}
	if p.Disapproval != nil {
		all = all.union(p.Disapproval.Requires)
		conditions(p.Disapproval.If)
	}
	return all
}

func (p Policy) approvers() Actors {
	var all Actors
	for _, rule := range p.Rules {
		all = all.union(rule.Requires.Actors)
	}
	return all
}

// speakers are the people of this pull request on whose standing something may depend. Bots hold no role.
func speakers(p Policy, r pull.Request) []string {
	h := newHearing(r, nil)
	who, _ := h.contributors(true)
	for _, m := range p.methods() {
		yes, _ := h.agreeing(m)
		for _, v := range append(yes, h.objecting(m)...) {
			who = append(who, v.who)
		}
	}
	for _, v := range h.latest {
		who = append(who, v.Author)
	}
	for _, v := range r.Reviews {
		who = append(who, v.DismissedBy)
	}
	for _, c := range r.Commits {
		if c.Signed != nil {
			who = append(who, c.Signed.By)
		}
	}
	var names []string
	for _, a := range who {
		if a.Known() && a.Kind != pull.Bot && a.Login != webFlow {
			names = append(names, a.Login)
		}
	}
	return names
}

func (p Policy) methods() []Methods {
	var all []Methods
	for _, rule := range p.Rules {
		if rule.Requires.Count > 0 {
			all = append(all, rule.Options.Methods)
		}
	}
	if d := p.Disapproval; d != nil {
		all = append(all, d.Disapprove, d.Revoke)
	}
	return all
}

// ReadsHistory reports whether the judgement is more exact with each commit's own difference at hand.
func (p Policy) ReadsHistory() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Options.IgnoreUpdateMerges })
}

// ReadsSignatures reports whether the judgement depends on verified signatures.
func (p Policy) ReadsSignatures() bool {
	reads := func(list []Condition) bool {
		return slices.ContainsFunc(list, func(c Condition) bool { return strings.HasPrefix(c.Key(), "has_valid_signatures") })
	}
	return p.Disapproval != nil && reads(p.Disapproval.If) || slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return reads(r.If) || reads(r.Requires.Conditions) || !r.Options.IgnoreCommitsBy.Empty()
	})
}
