package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// panel is everybody whom a list of entries means, and how they stand to this pull request.
type panel struct {
	ballot  *ballot
	entries []From
	agreed  []pull.Account     // one a human, in the order in which they approved
	because []pull.Reason      // every vote that counts or does not
	doubts  []pull.Reason      // teams that could not be read
	able    []pull.Account     // who could still agree, by name
	spelt   []pull.Account     // those of them whose names everybody may read
	answers map[[2]int]outcome // by the number of approvals, and of teams, that a rule asks
}

// panel convenes the people of a list once, whichever rules and counts ask for them.
func (h *hearing) panel(a Approvals) (*panel, error) {
	key := listKey(a.From) + "\x01" + a.optionsKey()
	if p, ok := h.panels[key]; ok {
		return p, nil
	}
	entries, err := parseAll(a.From)
	if err != nil {
		return nil, err
	}
	return h.convene(key, entries, a)
}

func (h *hearing) convene(key string, entries []From, terms Approvals) (*panel, error) {
	if p, ok := h.panels[key]; ok {
		return p, nil
	}
	b, err := h.ballot(terms)
	if err != nil {
		return nil, err
	}
	p := &panel{ballot: b, entries: entries, doubts: h.unreadTeams(entries), answers: map[[2]int]outcome{}}
	h.tally(p)
	p.able = h.able(p)
	p.spelt = h.spelt(p.able, entries)
	h.panels[key] = p
	return p, nil
}

// tally finds whose approvals count, one a human, and explains every review that does not.
func (h *hearing) tally(p *panel) {
	ignored := make([]pull.Reason, 0, len(p.ballot.votes))
	p.because = make([]pull.Reason, 0, len(p.ballot.votes))
	need := whom(p.entries, 1)
	for _, v := range p.ballot.votes {
		objection := h.against(v, p, need)
		switch {
		case v.State == pull.ChangesRequested: // vetoes are heard elsewhere
		case objection.Code != "":
			ignored = append(ignored, objection)
		default:
			p.agreed = append(p.agreed, v.Author)
			p.because = append(p.because, h.agreement(v))
		}
	}
	p.because = append(p.because, ignored...)
}

func (h *hearing) against(v vote, p *panel, need string) pull.Reason {
	if v.objection.Code != "" || v.State != pull.Approved {
		return v.objection
	}
	if code := h.unqualified(v.Author, p.entries); code != "" {
		return h.objection(v.Author, code, need)
	}
	for _, a := range p.agreed {
		if same(h.people, a, v.Author) {
			message := fmt.Sprintf("%s and %s are one person; together they are one approval.", a.Login, v.Author.Login)
			return refusal(v.Author, "same-human", message, askAnother, map[string]string{"also": a.Login})
		}
	}
	return pull.Reason{}
}

func (h *hearing) agreement(v vote) pull.Reason {
	role := h.request.Standing.Roles[v.Author.ID].String()
	if v.Author.Kind == pull.Bot {
		role = "bot"
	}
	return pull.Reason{
		Code: "approval-counted", State: pull.Pass,
		Message:  fmt.Sprintf("%s (%s) approved %s%s.", v.Author.Login, role, pull.ShortSHA(v.Commit), v.how()),
		Evidence: map[string]string{"login": v.Author.Login, "role": role, "commit": v.Commit},
	}
}

func (v vote) how() string {
	if v.spoken {
		return " in a comment"
	}
	return ""
}

// able names who could still give an approval that counts: candidates and people whom the entries name, but for
// contributors, their other accounts, and whoever has agreed already.
func (h *hearing) able(p *panel) []pull.Account {
	seen := map[int64]bool{}
	var able []pull.Account
	for _, a := range h.candidates(p.entries) {
		if !seen[a.ID] && h.eligible(a, p) {
			able = append(able, a)
		}
		seen[a.ID] = true
	}
	slices.SortFunc(able, func(a, b pull.Account) int {
		return strings.Compare(strings.ToLower(a.Canonical()), strings.ToLower(b.Canonical()))
	})
	return able
}

func names(accounts []pull.Account) []string {
	out := make([]string, len(accounts))
	for i, a := range accounts {
		out[i] = a.Canonical()
	}
	return out
}

func (h *hearing) candidates(entries []From) []pull.Account {
	people := slices.Clone(h.request.Standing.Candidates)
	for i, e := range entries {
		if e.Login == "" {
			continue
		}
		if a, ok := h.resolved(e.Login); ok {
			people = append(people, a)
		} else if strings.HasSuffix(e.Login, pull.BotSuffix) {
			// No query resolves a bot, yet the policy trusts it to come.
			people = append(people, pull.Account{ID: int64(-1 - i), Login: e.Login, Kind: pull.Bot})
		}
	}
	return people
}

func (h *hearing) eligible(a pull.Account, p *panel) bool {
	terms, author := p.ballot.terms, h.request.Author
	_, contributed := p.ballot.contributors.byID[a.ID]
	if !a.Known() || contributed && !terms.mayCount(a, author) || h.unqualified(a, p.entries) != "" {
		return false
	}
	if other, ok := p.ballot.contributors.twin(a); ok && a.ID != author.ID && !terms.mayCount(other.account, author) {
		return false
	}
	return !slices.ContainsFunc(p.agreed, func(c pull.Account) bool {
		return c.ID == a.ID || c.Canonical() == a.Canonical() || same(h.people, c, a)
	})
}
