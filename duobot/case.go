package duobot

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Who names the humans who must acknowledge a landing on their phone.
type Who string

// Who must confirm. Nobody is the zero value: the paths do not require Duo.
const (
	Nobody   Who = ""
	Author   Who = "author"
	Approver Who = "approver"
	Both     Who = "both"
)

// Breaker is the role of those who broke the glass. No policy names it.
const Breaker Who = "break-glass"

// ParseWho reads the policy's word; the empty word is Nobody.
func ParseWho(word string) (Who, bool) {
	who := Who(word)
	return who, slices.Contains([]Who{Nobody, Author, Approver, Both}, who)
}

// Need is what the policy and the other gates say to this one.
type Need struct {
	Duo Who
	// Ready says that everything else is green and it is this pull request's turn, so that phones may ring.
	Ready bool
	// Before says for people what must happen until Ready.
	Before []pull.Reason
	// Unavailable, when set, says why nobody can be asked at all: no Duo is configured.
	Unavailable string
}

// Case is everything that the Duo gate judges by. Request.At is the present.
type Case struct {
	Need          Need
	Request       pull.Request
	Binding       pull.Binding        // what would land
	Confirmations []pull.Confirmation // every prompt of this pull request, in any order
	People        *People
	Freezes       []pull.Freeze
	Approvers     []pull.Account // whose approvals counted, latest last
	// Glass are those who broke the glass, each of whom must acknowledge it by push; then nobody else must. Empty: it is whole.
	Glass []pull.Account
	News  []pull.News // human requests for a push that none has answered yet; only Wanted looks at them
}

// party is somebody who may confirm, with the phone that would ring.
type party struct {
	account pull.Account
	person  Person
}

// duty is one acknowledgement that is owed, by any one of its parties. The first is asked.
type duty struct {
	role     Who // Author or Approver
	accounts []pull.Account
	parties  []party // those of the accounts that have a phone
}

// duties lists what is owed. A bot has no phone, so a bot's pull request is confirmed by whoever approved it.
func (c Case) duties() []duty {
	if len(c.Glass) > 0 {
		return c.breakers()
	}
	var roles []Who
	author, bot := c.Request.Author, c.Request.Author.Kind == pull.Bot
	if (c.Need.Duo == Author || c.Need.Duo == Both) && !bot {
		roles = append(roles, Author)
	}
	if c.Need.Duo == Approver || c.Need.Duo == Both || bot {
		roles = append(roles, Approver)
	}
	var duties []duty
	for _, role := range roles {
		d := duty{role: role, accounts: []pull.Account{author}}
		if role == Approver {
			d.accounts = c.approvers(len(roles) > 1)
		}
		d.parties = c.parties(d.accounts)
		duties = append(duties, d)
	}
	return duties
}

// breakers owe one acknowledgement each.
func (c Case) breakers() []duty {
	var duties []duty
	for _, a := range c.Glass {
		accounts := []pull.Account{a}
		duties = append(duties, duty{role: Breaker, accounts: accounts, parties: c.parties(accounts)})
	}
	return duties
}

// approvers lists who approved, latest first. Where the author confirms too, one human must not do both.
func (c Case) approvers(besidesAuthor bool) []pull.Account {
	var able []pull.Account
	for _, a := range slices.Backward(c.Approvers) {
		same := a.ID == c.Request.Author.ID || c.People.Same(a.Login, c.Request.Author.Login)
		if a.Known() && a.Kind != pull.Bot && !(besidesAuthor && same) {
			able = append(able, a)
		}
	}
	return able
}

func (c Case) parties(accounts []pull.Account) []party {
	var parties []party
	for _, a := range accounts {
		if person, ok := c.People.ByLogin(a.Login); ok && a.Known() && person.Duo != "" {
			parties = append(parties, party{a, person})
		}
	}
	return parties
}

// prompts lists the prompts that went to this duty's parties, newest first. One that went to another Duo user than
// the people file names today asked somebody else.
func (c Case) prompts(d duty) []pull.Confirmation {
	var own []pull.Confirmation
	for _, p := range c.Confirmations {
		asked := func(who party) bool {
			return p.Account.ID == who.account.ID && strings.EqualFold(p.DuoUser, who.person.Duo)
		}
		if d.role == Breaker && p.Factor != "" && p.Factor != pull.FactorPush {
			continue // only a push says on the phone that it is for this
		}
		if p.Binding.Key() == c.Binding.Key() && slices.ContainsFunc(d.parties, asked) {
			own = append(own, p)
		}
	}
	slices.SortFunc(own, func(a, b pull.Confirmation) int {
		return cmp.Or(cmp.Compare(b.ID, a.ID), b.AskedAt.Compare(a.AskedAt))
	})
	return own
}

// standing splits the prompts into those for this very landing and those for another.
func (c Case) standing(d duty) (current, void []pull.Confirmation) {
	for _, p := range c.prompts(d) {
		if p.Binding.Same(c.Binding) {
			current = append(current, p)
		} else {
			void = append(void, p)
		}
	}
	return current, void
}

// confirmed finds the acknowledgement of this landing. A later refusal by somebody of the same duty takes it back.
func confirmed(current []pull.Confirmation) (pull.Confirmation, bool) {
	for _, p := range current {
		switch p.State {
		case pull.PromptAllowed:
			return p, p.Proven()
		case pull.PromptDenied, pull.PromptFraud:
			return pull.Confirmation{}, false
		}
	}
	return pull.Confirmation{}, false
}

// guarded reports whether phones may ring unasked for this target: whoever may write can push a branch with a policy of their own and
// aim anybody's pull request at it, but not make it the default one or protect it. Whoever broke the glass has asked to be rung.
func (c Case) guarded() bool {
	r := c.Request
	return len(c.Glass) > 0 || r.Base.Branch == r.Repo.DefaultBranch || r.Rules.Guard()
}

const (
	maxUnanswered = 3
	quietPeriod   = time.Hour
)

// unanswered reports whether so many unasked prompts of the last hour came to nothing that another would only teach
// people to press Approve.
func (c Case) unanswered(d duty) bool {
	var vain int
	for _, p := range c.prompts(d) {
		if p.State == pull.PromptAllowed {
			break
		}
		rang := slices.Contains([]pull.PromptState{pull.PromptDenied, pull.PromptTimeout, pull.PromptUnknown, pull.PromptFraud}, p.State)
		if rang && p.Request == "" && c.Request.At.Sub(p.AskedAt) < quietPeriod {
			vain++
		}
	}
	return vain >= maxUnanswered
}

// frozen finds a freeze that covers this landing, with the given code or, for "", any.
func (c Case) frozen(code string) (pull.Freeze, bool) {
	for _, f := range c.Freezes {
		covers := f.Repo == c.Binding.Repo && (f.Number == c.Binding.Number || f.Number == 0 && f.Branch == c.Binding.Branch)
		if covers && (code == "" || f.Code == code) {
			return f, true
		}
	}
	return pull.Freeze{}, false
}
