package githubtest

import (
	"slices"
	"time"
)

// WebhookFault is a misbehaviour of webhook delivery. It strikes events that match Event and Action, as far as they are set.
type WebhookFault struct {
	Event  string
	Action string
	Skip   int         // let this many through first
	Times  int         // strike this often; 0 is until Heal
	Chance func() bool // strike only where this says so; nil is always

	Drop      bool          // never send; the delivery is recorded as failed
	Duplicate int           // send this many times more, with the same GUID
	Delay     time.Duration // send later, after events that happened later
	Hold      bool          // keep back until Release

	seen    int
	strikes int
}

// FaultWebhooks sets a fault of the app's webhooks.
func (a *App) FaultWebhooks(f WebhookFault) {
	a.hook.mu.Lock()
	defer a.hook.mu.Unlock()
	a.hook.faults = append(a.hook.faults, &f)
}

// Release sends what was held back, in the order of its happening or in reverse, and stops holding.
func (a *App) Release(reverse bool) {
	a.hook.mu.Lock()
	a.hook.faults = slices.DeleteFunc(a.hook.faults, func(f *WebhookFault) bool { return f.Hold })
	a.hook.mu.Unlock()
	a.hook.release(reverse)
}

func (h *hook) release(reverse bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := h.held
	h.held = nil
	if reverse {
		slices.Reverse(held)
	}
	for _, d := range held {
		h.push(d)
	}
}

// fault finds the fault that a delivery meets; nil for none. The hook must be locked.
func (h *hook) fault(d *deliveryRecord) *WebhookFault {
	for _, f := range h.faults {
		if f.Event != "" && f.Event != d.Event || f.Action != "" && f.Action != d.Action || f.Times > 0 && f.strikes >= f.Times {
			continue
		}
		if f.seen++; f.seen <= f.Skip || f.Chance != nil && !f.Chance() {
			continue
		}
		f.strikes++
		return f
	}
	return nil
}
