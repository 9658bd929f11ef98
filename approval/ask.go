package approval

import (
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Ask names whose roles and which teams this pull request's judgement depends on: the people whom a condition is
// about, reviewers who decided something, people and teams that a governing rule names, and the lowest role that
// could approve. Nothing is asked where the governing rules want nobody's approval and no condition is about people.
func Ask(p Policy, r pull.Request) pull.Question {
	rules, err := compile(p)
	if err != nil {
		return pull.Question{}
	}
	h := newFacts(r, nil)
	lands, _ := h.territories(rules)
	var q question
	var groups []Governed
	for i, land := range lands {
		if land.asked {
			q.conditions(p.Rules[i].When, h)
		}
		if len(land.files) > 0 {
			groups = append(groups, Governed{Index: i, Rule: p.Rules[i], Files: land.files})
		}
	}
	for _, g := range guarded(p, r, groups) {
		q.demands(g.Rule, g.Files, h)
	}
	return q.sorted()
}

// question gathers what is asked, each name once.
type question struct{ pull.Question }

// conditions asks about those whom a rule's conditions weigh, and about those whom they name.
func (q *question) conditions(w When, h *hearing) {
	var entries []From
	for _, words := range [][]string{w.Author, w.Contributors, w.OnlyContributors} {
		entries = append(entries, parsed(words)...)
	}
	if len(entries) > 0 {
		q.account(h.request.Author)
	}
	if w.Contributors != nil || w.OnlyContributors != nil {
		for _, c := range h.contributors.list {
			q.account(c.account)
		}
	}
	if w.Signatures != nil && len(w.Signatures.By) > 0 {
		entries = append(entries, parsed(w.Signatures.By)...)
		for _, c := range h.request.Commits {
			q.account(c.Author)
			q.account(c.Committer)
		}
	}
	q.named(entries)
}

// demands asks about those who agreed or objected, and about those who could.
func (q *question) demands(rule Rule, files []pull.File, h *hearing) {
	entries := h.entries(rule, files)
	q.named(entries)
	for _, e := range entries {
		if e.plainRole() && (q.Candidates == pull.NoRole || e.Role < q.Candidates) {
			q.Candidates = e.Role
		}
	}
	if rule.Block != nil {
		q.named(parsed(rule.Block.From))
		q.named(parsed(rule.Block.Lift))
	}
	if len(entries) == 0 && rule.Block == nil {
		return
	}
	lists := rule.Require.lists()
	authorToo := slices.ContainsFunc(lists, Approvals.authorCounts)
	for _, v := range latestVotes(h.request.Reviews) {
		if (v.State != pull.Dismissed || v.Objected) && (authorToo || v.Author.ID != h.request.Author.ID) {
			q.account(v.Author)
			q.account(v.DismissedBy)
		}
	}
	q.speakers(rule, lists, h.request)
	for _, list := range lists {
		q.forgotten(list, h.request)
	}
}

// speakers asks about people whose words may count.
func (q *question) speakers(rule Rule, lists []Approvals, r pull.Request) {
	var texts []string
	for _, list := range lists {
		texts = slices.Concat(texts, list.methods().Comments, list.methods().Body)
	}
	if rule.Block != nil {
		texts = slices.Concat(texts, rule.Block.Comments)
	}
	all, _ := phrases(texts) // check saw to it that they compile
	for _, c := range r.Comments {
		if said(all, c.Body) {
			q.account(c.Author)
		}
	}
}

// forgotten asks about those whose commits a list may leave out of account.
func (q *question) forgotten(list Approvals, r pull.Request) {
	if list.IgnoreCommitsBy == nil {
		return
	}
	q.named(parsed(list.IgnoreCommitsBy))
	for _, c := range r.Commits {
		q.account(c.Author)
		q.account(c.Committer)
	}
}

// account asks for a person's role. Bots hold none that could be asked for.
func (q *question) account(a pull.Account) {
	if a.Known() && a.Kind == pull.User {
		q.login(a.Login)
	}
}

func (q *question) named(entries []From) {
	for _, e := range entries {
		switch {
		case e.Team != "" && !slices.Contains(q.Teams, e.Team):
			q.Teams = append(q.Teams, e.Team)
		case e.Login != "" && !strings.HasSuffix(e.Login, pull.BotSuffix):
			q.login(e.Login)
		}
	}
}

func (q *question) login(login string) {
	if !slices.ContainsFunc(q.Logins, func(asked string) bool { return strings.EqualFold(asked, login) }) {
		q.Logins = append(q.Logins, login)
	}
}

func (q *question) sorted() pull.Question {
	slices.Sort(q.Logins)
	slices.Sort(q.Teams)
	return q.Question
}
