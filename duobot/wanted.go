package duobot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Ask is a push that should go out now.
type Ask struct {
	Person  string       // name in the people file
	Account pull.Account // the GitHub account that must confirm
	DuoUser string
	Role    string // author or approver
	Request string // delivery id of the human request behind it; empty when it goes out by itself
	// Retry is the id of the prompt to send again because it is known not to have been sent; 0 begins a new one.
	Retry int64
}

// Wanted lists who must be asked now; it is pure. Each landing is asked about once by itself. After that only a
// human request, or the hour to retry a push that was never sent, asks again; while a push to somebody of
// the same duty is open, nothing does.
func Wanted(c Case) []Ask {
	if !c.askable() {
		return nil
	}
	var asks []Ask
	for _, d := range c.duties() {
		if ask, ok := c.next(d); ok {
			asks = append(asks, ask)
		}
	}
	return asks
}

// askable reports whether anybody may be asked at all: no phone rings for a landing that cannot happen.
func (c Case) askable() bool {
	_, known := ParseWho(string(c.Need.Duo))
	_, frozen := c.frozen("")
	_, unbound := c.unbound()
	return known && (c.Need.Duo != Nobody || len(c.Glass) > 0) && c.Need.Unavailable == "" && c.Need.Ready && !frozen && !unbound && !c.ungrouped()
}

func (c Case) next(d duty) (Ask, bool) {
	if len(d.parties) == 0 {
		return Ask{}, false
	}
	current, void := c.standing(d)
	pending := func(p pull.Confirmation) bool { return p.State.Pending() }
	if _, done := confirmed(current); done || slices.ContainsFunc(current, pending) || slices.ContainsFunc(void, pending) {
		return Ask{}, false
	}
	if n, ok := c.request(current, void); ok {
		return d.ask(n.Sender.ID, n.Delivery), true
	}
	if len(current) == 0 {
		_, no := c.turnedDown(current, void)
		return d.ask(0, ""), !no && !c.unanswered(d) && c.guarded()
	}
	last := current[0]
	if last.State == pull.PromptUnsent && !last.RetryAt.IsZero() && !last.RetryAt.After(c.Request.At) {
		ask := d.ask(last.Account.ID, last.Request)
		ask.Retry = last.ID
		return ask, true
	}
	return Ask{}, false
}

// AskOf finds the duty that the account could fulfil now by another factor than the push that goes out by itself.
func AskOf(c Case, login string, id int64) (Ask, bool) {
	if !c.askable() {
		return Ask{}, false
	}
	for _, d := range c.duties() {
		if d.role == Breaker {
			continue // neither a call nor a passcode shows what it is about
		}
		current, _ := c.standing(d)
		if _, done := confirmed(current); done {
			continue
		}
		for _, p := range d.parties {
			if strings.EqualFold(p.account.Login, login) && (id == 0 || p.account.ID == id) {
				return d.ask(p.account.ID, ""), true
			}
		}
	}
	return Ask{}, false
}

// ask addresses the party with the preferred account, else the first.
func (d duty) ask(preferred int64, request string) Ask {
	who := d.parties[0]
	for _, p := range d.parties {
		if p.account.ID == preferred {
			who = p
		}
	}
	return Ask{Person: who.person.Name, Account: who.account, DuoUser: who.person.Duo, Role: string(d.role), Request: request}
}

// request finds the latest human request that may be followed and was not followed before.
func (c Case) request(prompts ...[]pull.Confirmation) (pull.News, bool) {
	used := func(delivery string) bool {
		return slices.ContainsFunc(slices.Concat(prompts...), func(p pull.Confirmation) bool { return p.Request == delivery })
	}
	for _, n := range slices.Backward(c.News) {
		if len(n.Command) == 0 || n.Command[0] != Button.Identifier || n.Delivery == "" || used(n.Delivery) {
			continue
		}
		if _, ok := MayAsk(c, n); ok {
			return n, true
		}
	}
	return pull.News{}, false
}

// MayAsk judges a human request for another push, whenever it may be followed: whoever must confirm, the author and
// admins may ask; in a comment, only accounts that can write are heard. The reason of a refusal is for the person
// who asked.
func MayAsk(c Case, n pull.News) (pull.Reason, bool) {
	role := c.Request.Standing.Roles[n.Sender.ID]
	freeze, frozen := c.frozen("")
	var why, next string
	switch {
	case !n.Sender.Known() || n.Sender.Kind == pull.Bot:
		why, next = "only people ask for pushes", "Ask a person to press the button"
	case role != pull.Admin && n.Sender.ID != c.Request.Author.ID && !c.confirms(n.Sender):
		why, next = "only whoever must confirm, the author or an admin may ask", "Ask the author or an admin to press the button"
	case n.Event == "issue_comment" && role < pull.Write:
		why, next = "comments are taken from accounts with write access only", "Ask somebody with write access"
	case frozen:
		why, next = "landing is frozen ("+freeze.Reason+")", "Have an admin lift the freeze; no request does"
	default:
		return pull.Reason{}, true
	}
	return pull.Reason{Code: "duo-request-refused", Next: next,
		Message:  fmt.Sprintf("The request by %s for a Duo push was not followed: %s.", name(n.Sender), why),
		Evidence: map[string]string{"account": n.Sender.Login, "role": role.String(), "delivery": n.Delivery}}, false
}

func (c Case) confirms(sender pull.Account) bool {
	return slices.ContainsFunc(c.duties(), func(d duty) bool {
		return slices.ContainsFunc(d.accounts, func(a pull.Account) bool { return a.ID == sender.ID })
	})
}
