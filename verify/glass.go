package verify

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// glass reports a landing that went past the gates. Whether it may is for whoever verifies to say; that two different
// humans acknowledged this very commit, and that the policy on its base let them, was judged anew with everything else.
func (v *run) glass(c *Commit, d reconcile.Decision) {
	g := c.landing.Evidence.Request.Glass
	if c.landing.BreakGlass == nil && d.Binding.Glass == "" {
		return
	}
	if c.landing.BreakGlass == nil || d.Binding.Glass == "" { // and without a glass in the evidence nothing is bound to one
		c.fault("break-glass-unproved", "It says that it landed past the gates, and by its own evidence nobody could let it.")
		return
	}
	level, next := Fault, "Look at why it was needed; --allow-break-glass accepts it."
	if v.AllowBreakGlass {
		level, next = Remark, ""
	}
	c.find(level, "break-glass", fmt.Sprintf("It landed past the gates. %s They had said: %s.", automerge.Broken(g), lifted(c)), next)
	if people := acknowledgers(d); len(people) < pull.GlassPeople {
		c.fault("break-glass-unproved", fmt.Sprintf("It landed past the gates with the acknowledgement of %s alone.", strings.Join(append(people, "nobody"), " and ")))
	}
}

// acknowledgers are the different humans among those who broke the glass who acknowledged this landing by push.
func acknowledgers(d reconcile.Decision) []string {
	var people []string
	for _, a := range d.Request.Glass.Voices {
		for _, c := range d.Confirmations {
			person, _ := d.People.ByLogin(a.Account.Login)
			acknowledged := c.Confirms(d.Binding) && c.Account.ID == a.Account.ID && c.Txid != "" && strings.EqualFold(person.Duo, c.DuoUser)
			if acknowledged && !contains(people, person.Name) {
				people = append(people, person.Name)
			}
		}
	}
	return people
}

func contains(all []string, name string) bool {
	for _, have := range all {
		if have == name {
			return true
		}
	}
	return false
}

// brokenBy is what an attestation says of the people. What had stood in the way may read otherwise by another keyring.
func brokenBy(b *attest.BreakGlass) any {
	if b == nil {
		return nil
	}
	return b.People
}

func lifted(c *Commit) string {
	var codes []string
	for _, l := range c.landing.BreakGlass.Lifted {
		code := l.Code
		if l.Said != "" {
			code += " (" + l.Said + ")"
		}
		codes = append(codes, code)
	}
	if len(codes) == 0 {
		return "nothing"
	}
	return strings.Join(codes, ", ")
}
