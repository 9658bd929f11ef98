package reconcile

import (
	"github.com/sallyport/sallyport/attest"
)

// brokenGlass is what the attestation says of a landing past the gates; nil where it went through them.
func (d Decision) brokenGlass() *attest.BreakGlass {
	if d.Binding.Glass == "" {
		return nil
	}
	g := d.Request.Glass
	b := &attest.BreakGlass{Expires: g.Expires, People: []attest.Breaker{}, Lifted: []attest.Lifted{}}
	for _, v := range g.Voices {
		b.People = append(b.People, attest.Breaker{Account: v.Account, Role: v.Role, Reason: v.Reason, At: v.At})
	}
	for _, r := range d.liftedReasons() {
		b.Lifted = append(b.Lifted, attest.Lifted{Code: r.Code, Said: r.Evidence["code"]})
	}
	return b
}
