package automerge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Command is what somebody wrote after /sallyport, and what has to be known to judge it.
type Command struct {
	Words   []string
	By      pull.Account
	Role    pull.Role // NoRole where it could not be learnt
	Branch  string    // the pull request's target
	Key     pull.Key
	Freezes []pull.Freeze // that cover the pull request
	Open    bool
	// What else breaking the glass is judged by.
	Glass    *pull.Glass // the last one; nil for none
	Breaking Breaking
	Head     string
	Author   pull.Account
	Delivery string
	At       time.Time
	// Same reports whether two logins belong to one person.
	Same func(a, b string) bool
}

// Order is what follows from a command. The zero Order does nothing.
type Order struct {
	Freeze  *pull.Freeze
	Lift    []pull.Freeze
	Recheck bool
	// Priority says whether it goes before others from now on; nil leaves that as it is.
	Priority *bool
	// Glass is the break-glass as it stands from now on; nil leaves that as it is. Alarm is what everybody has to hear.
	Glass   *pull.Glass
	Alarm   string
	Explain bool   // answer with the whole explanation
	Say     string // what happened, or why nothing did
	React   string // the answer where no words are needed
}

// verbs are the commands, with the role that each takes.
var verbs = map[string]struct {
	least pull.Role
	obey  func(Command) Order
}{
	"why":         {pull.Write, func(Command) Order { return Order{Explain: true} }},
	"recheck":     {pull.Write, func(Command) Order { return Order{Recheck: true, React: "+1"} }},
	"duo":         {pull.Write, func(Command) Order { return Order{React: "eyes"} }},
	"land":        {pull.Write, Command.land},
	"unhold":      {pull.Write, Command.unhold},
	"hold":        {pull.Admin, Command.hold},
	"freeze":      {pull.Admin, Command.freeze},
	"unfreeze":    {pull.Admin, Command.unfreeze},
	"priority":    {pull.Admin, Command.priority},
	"break-glass": {pull.Write, Command.breakGlass}, // who may is the policy's word
}

// Obey judges a command. Every one is answered; somebody without write access gets a mark instead of words, so that
// strangers cannot have Sallyport talk.
func Obey(c Command) Order {
	if c.Role < pull.Write && !(c.cancels() && c.By.ID == c.Author.ID) {
		return Order{React: "confused"}
	}
	verb, known := verbs[c.Words[0]]
	if !known {
		return Order{Say: "There is no such command. There are: " + strings.Join(commandNames(), ", ") + "."}
	}
	if c.Role < verb.least && !c.cancels() {
		return Order{Say: fmt.Sprintf("Nothing was done: /sallyport %s takes the role %s, and %s has %s.", c.Words[0], verb.least, c.By.Login, c.Role)}
	}
	if !c.Open && slices.Contains([]string{"hold", "land", "duo", "recheck", "priority", "break-glass"}, c.Words[0]) {
		return Order{Say: "Nothing was done: the pull request is not open."}
	}
	return verb.obey(c)
}

func commandNames() []string {
	var names []string
	for name := range verbs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c Command) hold() Order {
	reason := c.reason(c.Words[1:])
	if reason == "" {
		reason = "no reason given"
	}
	order := Order{
		Freeze: &pull.Freeze{Repo: c.Key.Repo, Number: c.Key.Number, Code: pull.FrozenHold, Reason: reason, By: c.By},
		Say:    "Held by " + c.By.Login + ": " + reason + ". It does not land until /sallyport unhold.",
	}
	return c.unless(order, "It is held already, by %s%s. /sallyport unhold lifts that.")
}

// unless leaves a freeze as it is that stands already. One by the same person for the same reason is this very command,
// carried out by a pass that died before it could say so.
func (c Command) unless(order Order, already string) Order {
	f, stands := c.standing(order.Freeze.Code)
	if !stands {
		return order
	}
	if f.By.ID == c.By.ID && f.Reason == order.Freeze.Reason {
		return Order{Say: order.Say}
	}
	return Order{Say: fmt.Sprintf(already, orSomebody(f.By.Login), until(f))}
}

func (c Command) priority() Order {
	first := len(c.Words) < 2 || c.Words[1] != "off"
	return Order{Priority: &first, React: "+1"}
}

// unhold lifts a hold: any of them for an admin, one's own for everybody else.
func (c Command) unhold() Order {
	f, held := c.standing(pull.FrozenHold)
	switch {
	case !held:
		return Order{Say: "Nothing was done: it is not held."}
	case c.Role < pull.Admin && !c.own(f):
		return Order{Say: fmt.Sprintf("Nothing was done: %s holds it, who can lift that, as an admin can.", orSomebody(f.By.Login))}
	}
	return Order{Lift: []pull.Freeze{f}, Say: "The hold is lifted."}
}

// land lifts one's own hold. As a word that asks for the landing it is heard where the policy's triggers are.
func (c Command) land() Order {
	f, held := c.standing(pull.FrozenHold)
	if held && !c.own(f) {
		return Order{Say: fmt.Sprintf("It stays held: %s holds it. They, or an admin, lift that with /sallyport unhold.", orSomebody(f.By.Login))}
	}
	if held {
		return Order{Lift: []pull.Freeze{f}, Say: "The hold is lifted; it lands as soon as everything is green."}
	}
	return Order{React: "+1"}
}

func (c Command) freeze() Order {
	lasts, words, fault := duration(c.Words[1:])
	reason := c.reason(words)
	switch {
	case fault != "":
		return Order{Say: "Nothing was done: " + fault}
	case reason == "":
		return Order{Say: "Nothing was done: say why, as in /sallyport freeze for 2h the database moves."}
	}
	order := Order{Freeze: &pull.Freeze{Repo: c.Key.Repo, Branch: c.Branch, Code: pull.FrozenBranch, Reason: reason, By: c.By, For: lasts}}
	order.Say = fmt.Sprintf("Nothing lands on %s until /sallyport unfreeze: %s", c.Branch, reason)
	if lasts > 0 {
		order.Say = fmt.Sprintf("Nothing lands on %s for %s, or until /sallyport unfreeze: %s", c.Branch, lasts, reason)
	}
	return c.unless(order, "The branch is frozen already, by %s%s. /sallyport unfreeze lifts that.")
}

// unfreeze lifts the freezes that this admin may lift: not one that is about their own phone or deed.
func (c Command) unfreeze() Order {
	var order Order
	var left []string
	for _, f := range c.Freezes {
		switch {
		case f.Code == pull.FrozenHold:
		case f.Code != pull.FrozenBranch && c.own(f):
			left = append(left, "the freeze for "+f.Code+" needs an admin other than "+f.By.Login)
		default:
			order.Lift = append(order.Lift, f)
		}
	}
	switch {
	case len(left) > 0:
		order.Say = "Not lifted: " + strings.Join(left, ", and ") + "."
	case len(order.Lift) == 0:
		order.Say = "Nothing was done: nothing is frozen. A hold is lifted by /sallyport unhold."
	default:
		order.Say = "The freeze is lifted."
	}
	return order
}

func (c Command) standing(code string) (pull.Freeze, bool) {
	for _, f := range c.Freezes {
		if f.Code == code {
			return f, true
		}
	}
	return pull.Freeze{}, false
}

func (c Command) own(f pull.Freeze) bool {
	return f.By.ID == c.By.ID || f.By.Login != "" && c.Same(f.By.Login, c.By.Login)
}

func (c Command) reason(words []string) string { return pull.OneLine(strings.Join(words, " ")) }

// duration takes "for 2h" off the words of a freeze; 0 where they do not begin so.
func duration(words []string) (time.Duration, []string, string) {
	if len(words) == 0 || words[0] != "for" {
		return 0, words, ""
	}
	if len(words) < 2 {
		return 0, nil, "the time is missing, as in for 2h."
	}
	lasts, fault := pull.Lasting(words[1])
	return lasts, words[2:], fault
}

func until(f pull.Freeze) string {
	if f.Until.IsZero() {
		return ""
	}
	return " until " + f.Until.UTC().Format("2006-01-02 15:04:05 UTC")
}
