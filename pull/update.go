package pull

import "time"

// Update is the last try to bring a head branch up to date with its target. It is written down before GitHub is asked;
// GitHub is told the head that is meant, so that the same update cannot happen twice.
type Update struct {
	Base   string    `json:"base"` // B and H, as they were
	Head   string    `json:"head"`
	At     time.Time `json:"at"`
	Tries  int       `json:"tries"`
	Code   string    `json:"code,omitempty"` // why it will be refused again; empty when GitHub was asked and has not refused
	Detail string    `json:"detail,omitempty"`
}
