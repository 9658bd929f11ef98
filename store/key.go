package store

import (
	"context"
	"encoding/json"

	"github.com/sallyport/sallyport/pull"
)

// NoteKey writes into the ledger that a key of the bot's signs from now on, when its newest row about keys names another.
//
// It reports whether it wrote, and fills in the key before. No index serves the search: only a start asks.
func (s *Store) NoteKey(ctx context.Context, k pull.BotKey) (pull.BotKey, bool, error) {
	fresh := false
	err := s.inTx(ctx, func(t *tx) error {
		fresh = false
		if err := t.lock(ctx, ledgerLock); err != nil { // two replicas start at once
			return err
		}
		var text string
		found := false
		if err := t.run(ctx, do(`SELECT body FROM ledger WHERE kind = 'key' ORDER BY id DESC LIMIT 1`).into(&found, &text)); err != nil {
			return err
		}
		var last pull.BotKey
		if text != "" { // a row whose body was removed by age names nobody
			if err := json.Unmarshal([]byte(text), &last); err != nil {
				return err
			}
		}
		if last.Fingerprint == k.Fingerprint {
			return nil
		}
		k.Before, fresh = last.Fingerprint, true
		t.note(pull.Entry{Kind: "key", Body: k})
		return nil
	})
	return k, fresh, wrap("writing down which key signs", err)
}
