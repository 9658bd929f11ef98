package store

import (
	"context"

	"github.com/sallyport/sallyport/pull"
)

// glassEntry is the body of a ledger entry "break_glass": what became of a landing past the gates.
type glassEntry struct {
	Step  string       `json:"step"` // opened, agreed, one of the ends, or reviewed
	By    pull.Account `json:"by,omitzero"`
	Said  string       `json:"said,omitempty"` // the reason that they gave, or how it ended
	Issue int          `json:"issue,omitempty"`
	Glass *pull.Glass  `json:"glass"`
}

// noteGlass writes into the ledger what has become of a break-glass since the record before: it is in the books together
// with the record, or not at all.
func (t *tx) noteGlass(ctx context.Context, r pull.Record) error {
	g := r.Request.Glass
	if g == nil {
		return nil
	}
	var old pull.Record
	var text string
	err := t.run(ctx, do(`SELECT record FROM pulls WHERE repo = $1 AND number = $2`, r.Key.Repo, r.Key.Number).rows(func(r row) error { return r.Scan(&text) }))
	if err != nil {
		return err
	}
	if text != "" {
		if err := decode(text, &old); err != nil {
			return err
		}
	}
	for _, step := range glassSteps(old, r) {
		t.note(pull.Entry{Kind: "break_glass", Repo: r.Key.Repo, Pull: r.Key.Number, Body: step})
	}
	return nil
}

func glassSteps(old, now pull.Record) []glassEntry {
	was, is := old.Request.Glass, now.Request.Glass
	known := 0
	if was != nil && len(was.Voices) > 0 && len(is.Voices) > 0 && was.Voices[0].Request == is.Voices[0].Request {
		known = len(was.Voices)
	} else {
		was = nil
	}
	var steps []glassEntry
	for i, v := range is.Voices[min(known, len(is.Voices)):] {
		step := "agreed"
		if known+i == 0 {
			step = "opened"
		}
		steps = append(steps, glassEntry{Step: step, By: v.Account, Said: v.Reason, Glass: is})
	}
	if !is.Open() && (was == nil || was.State != is.State) {
		steps = append(steps, glassEntry{Step: string(is.State), By: is.By, Said: is.Why, Glass: is})
	}
	if now.Debrief != nil && now.Debrief.Issue != 0 && old.Debrief.Owed() {
		steps = append(steps, glassEntry{Step: "reviewed", Issue: now.Debrief.Issue, Glass: is})
	}
	return steps
}
