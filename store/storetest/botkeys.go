package storetest

import (
	"encoding/json"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

var botKeys = []promise{
	{"AKeyIsWrittenDownOncePerChange", func(w *world) {
		s := w.open()
		var wrote []bool
		for _, name := range []string{"A", "A", "B", "B", "A"} {
			_, fresh, err := s.NoteKey(w.Context(), pull.BotKey{Fingerprint: name})
			w.must(err)
			wrote = append(wrote, fresh)
		}
		want := []bool{true, false, true, false, true}
		rows := got(s.Entries(w.Context(), 0, 10))(w)
		if len(rows) != 3 {
			w.Fatalf("got %d rows, wrote %v, want %v", len(rows), wrote, want)
		}
		for i, before := range []string{"", "A", "B"} {
			var k pull.BotKey
			w.must(json.Unmarshal(rows[i].Body.(json.RawMessage), &k))
			if rows[i].Kind != "key" || k.Before != before || wrote[i] != want[i] {
				w.Errorf("row %d is %s %+v, want the key before to be %q", i, rows[i].Kind, k, before)
			}
		}
	}},
	{"TwoReplicasWriteANewKeyOnce", func(w *world) {
		a, b := w.pair()
		done := make(chan error)
		for _, s := range []*store.Store{a, b} {
			go func() {
				_, _, err := s.NoteKey(w.Context(), pull.BotKey{Fingerprint: "A"})
				done <- err
			}()
		}
		w.must(<-done)
		w.must(<-done)
		if rows := got(a.Entries(w.Context(), 0, 10))(w); len(rows) != 1 {
			w.Errorf("got %d rows", len(rows))
		}
	}},
}
