package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// witnessed opens the database anew, as a process that keeps a checkpoint file.
func (w *world) witnessed(file string) *store.Store {
	w.Helper()
	s, err := store.Open(w.Context(), w.url, slog.New(slog.DiscardHandler))
	w.must(err)
	s.CheckpointFile = file
	return s
}

func (w *world) fill(s *store.Store, rows int) {
	w.Helper()
	for n := range rows {
		w.must(s.Append(w.Context(), pull.Entry{Kind: "k", Repo: repo, Pull: 1, Body: n}))
	}
}

func (w *world) landing(s *store.Store, number int) (pull.Intent, error) {
	w.Helper()
	b := pull.Binding{Repo: repo, Number: number, Branch: "main", Head: "h", Method: pull.MethodMerge}
	turn := got(s.TakeTurn(w.Context(), b.Key(), b.Branch, time.Minute, false))(w)
	return s.BeginLanding(w.Context(), turn, pull.Intent{Binding: b})
}

// kept writes a checkpoint file as another state of the ledger would have.
func (w *world) kept(c ledger.Checkpoint) string {
	w.Helper()
	file := filepath.Join(w.TempDir(), "kept.checkpoint")
	w.must(os.WriteFile(file, []byte(c.Text()), 0o600))
	return file
}

func (w *world) audit(s *store.Store, outside ...ledger.Checkpoint) store.Audit {
	w.Helper()
	return got(s.Audit(w.Context(), outside, func(int64, int64) {}))(w)
}

var tree = []promise{
	{"EveryRowIsProvedAgainstTheNewestCheckpoint", func(w *world) {
		s := w.open()
		w.fill(s, 21)
		for id := int64(1); id <= 21; id++ {
			entry, proof, err := s.Prove(w.Context(), id)
			w.must(err)
			c := got(ledger.Parse(proof.Checkpoint))(w)
			leaf := got(ledger.Leaf(entry))(w)
			if err := c.Includes(leaf, proof); err != nil || entry.ID != id {
				w.Errorf("row %d: %v", id, err)
			}
			entry.Kind = "forged"
			if err := c.Includes(got(ledger.Leaf(entry))(w), proof); err == nil {
				w.Errorf("row %d: a forged row was proved", id)
			}
		}
		if _, _, err := s.Prove(w.Context(), 22); err == nil {
			w.Error("a row was proved that is not there")
		}
	}},
	{"ANewerStateExtendsAnOlderOne", func(w *world) {
		s := w.open()
		w.fill(s, 5)
		older, _, err := s.Checkpoint(w.Context())
		w.must(err)
		w.fill(s, 9)
		newer, _, err := s.Checkpoint(w.Context())
		w.must(err)
		w.must(newer.Extends(older, got(s.ProveConsistency(w.Context(), older.Size, newer.Size))(w)))
	}},
	{"ReplicasGrowOneTree", func(w *world) {
		a, b := w.pair()
		for range 10 {
			w.fill(a, 1)
			w.fill(b, 2)
		}
		if audit := w.audit(a); audit.Fault != nil || audit.Size != 30 {
			w.Errorf("audit: %+v %+v", audit, audit.Fault)
		}
	}},
	{"ALandingNamesItsRow", func(w *world) {
		s := w.open()
		w.fill(s, 3)
		i, err := w.landing(s, 4)
		w.must(err)
		entry, _, err := s.Prove(w.Context(), i.Entry)
		w.must(err)
		if entry.Kind != "landing" || entry.Pull != 4 {
			w.Errorf("row %d is %+v", i.Entry, entry)
		}
		w.accept(s, delivery(one(4)))
		seen, _ := w.passes(s)
		if work := next(w, seen); len(work.Intents) != 1 || work.Intents[0].Entry != i.Entry {
			w.Errorf("intents: %+v, want one with row %d", work.Intents, i.Entry)
		}
	}},
	{"TheFileIsKeptBeforeALandingBegins", func(w *world) {
		file := filepath.Join(w.TempDir(), "ledger.checkpoint")
		s := w.witnessed(file)
		defer s.Close()
		i, err := w.landing(s, 4)
		w.must(err)
		c := got(ledger.Parse(string(got(os.ReadFile(file))(w))))(w)
		if c.Size < i.Entry {
			w.Errorf("the file knows %d rows, the landing is row %d", c.Size, i.Entry)
		}
	}},
	{"WhatAKilledProcessLeftBesideTheFileIsCleared", func(w *world) {
		dir := w.TempDir()
		left, written := filepath.Join(dir, ".checkpoint-1"), filepath.Join(dir, ".checkpoint-2")
		w.must(errors.Join(os.WriteFile(left, nil, 0o600), os.WriteFile(written, nil, 0o600)))
		day := time.Now().Add(-24 * time.Hour)
		w.must(os.Chtimes(left, day, day))
		s := w.witnessed(filepath.Join(dir, "ledger.checkpoint"))
		defer s.Close()
		got(w.landing(s, 4))(w)
		if names := got(filepath.Glob(filepath.Join(dir, ".checkpoint-*")))(w); !slices.Equal(names, []string{written}) {
			w.Errorf("left are %q, want only what another process may be writing", names)
		}
	}},
	{"Threat66WithoutItsCheckpointFileNothingLands", func(w *world) {
		s := w.witnessed(filepath.Join(w.TempDir(), "gone", "ledger.checkpoint"))
		defer s.Close()
		if _, err := w.landing(s, 4); err == nil || !strings.Contains(err.Error(), "checkpoint file") {
			w.Errorf("got %v, want the file's error", err)
		}
	}},
	{"ARestoredOlderLedgerStopsLanding", func(w *world) {
		s := w.open()
		w.fill(s, 3)
		for name, change := range map[string]func(*ledger.Checkpoint){
			"had 99": func(c *ledger.Checkpoint) { c.Size = 99 }, "first 2 rows": func(c *ledger.Checkpoint) { c.Size = 2 },
			"another ledger": func(c *ledger.Checkpoint) { c.Origin = "sallyport/elsewhere" },
		} {
			kept, _, err := s.Checkpoint(w.Context()) // each acceptance has given it another origin
			w.must(err)
			change(&kept)
			s.CheckpointFile = w.kept(kept)
			_, err = w.landing(s, 4)
			if !errors.Is(err, pull.ErrRolledBack) {
				w.Fatalf("%s: got %v, want %v", name, err, pull.ErrRolledBack)
			}
			reason := got(s.Halted(w.Context()))(w)
			if reason == nil || reason.Code != "ledger-rolled-back" || !strings.Contains(reason.Message, name) {
				w.Errorf("%s: halted %+v", name, reason)
			}
			if err := s.LedgerFault(w.Context()); err == nil || !strings.Contains(err.Error(), "ledger-rolled-back") {
				w.Errorf("%s: ready with %v", name, err)
			}
			got(s.AcceptRestore(w.Context(), "root"))(w)
		}
		if n := len(got(s.Entries(w.Context(), 0, 100))(w)); n != 3+2*3 {
			w.Errorf("%d rows, want each halt and each acceptance ledgered", n)
		}
		if _, err := w.landing(s, 4); err != nil {
			w.Errorf("after it was accepted: %v", err)
		}
	}},
	{"AHaltIsEveryReplicas", func(w *world) {
		a, b := w.pair()
		w.accept(a, delivery(one(4)))
		c, _, err := a.Checkpoint(w.Context())
		w.must(err)
		a.CheckpointFile = w.kept(ledger.Checkpoint{Origin: c.Origin, Size: 99, Root: c.Root})
		if err := a.CheckLedger(w.Context()); !errors.Is(err, pull.ErrRolledBack) {
			w.Fatalf("got %v", err)
		}
		a.CheckpointFile = ""
		if _, err := w.landing(b, 4); !errors.Is(err, pull.ErrRolledBack) {
			w.Errorf("the other replica: %v", err)
		}
		seen, _ := w.passes(b)
		if work := next(w, seen); work.Halted == nil || work.Halted.Code != "ledger-rolled-back" {
			w.Errorf("a pass is told %+v", work.Halted)
		}
	}},
	{"OnlyASignedCheckpointFromElsewhereIsBelieved", func(w *world) {
		s := w.open()
		forged := ledger.Checkpoint{Origin: "sallyport/elsewhere", Size: 1 << 40}
		if err := s.Witness(w.Context(), forged.Text()); !errors.Is(err, ledger.ErrUnsigned) {
			w.Errorf("got %v, want %v", err, ledger.ErrUnsigned)
		}
		if reason := got(s.Halted(w.Context()))(w); reason != nil {
			w.Errorf("anybody can stop landing: %+v", reason)
		}
		if _, err := s.AcceptRestore(w.Context(), "root"); err == nil {
			w.Error("there was nothing to accept")
		}
	}},
	{"PruningKeepsEveryProof", func(w *world) {
		s := w.open()
		w.fill(s, 7)
		entry, before, err := s.Prove(w.Context(), 3)
		w.must(err)
		leaf := got(ledger.Leaf(entry))(w)
		last := got(s.Entries(w.Context(), 6, 1))(w)[0]
		if n := got(s.PruneLedger(w.Context(), last.At))(w); n != 6 {
			w.Errorf("%d bodies removed, want 6", n)
		}
		pruned, after, err := s.Prove(w.Context(), 3)
		w.must(err)
		if pruned.Body != nil || pruned.Pruned == "" {
			w.Errorf("the body is still there: %+v", pruned)
		}
		if string(got(ledger.Leaf(pruned))(w)) != string(leaf) {
			w.Error("the leaf changed")
		}
		w.must(got(ledger.Parse(before.Checkpoint))(w).Includes(leaf, before))
		w.must(got(ledger.Parse(after.Checkpoint))(w).Includes(leaf, after))
		if audit := w.audit(s); audit.Fault != nil || audit.Pruned != 6 {
			w.Errorf("audit: %+v %+v", audit, audit.Fault)
		}
		if n := got(s.PruneLedger(w.Context(), last.At))(w); n != 0 {
			w.Errorf("%d bodies removed twice", n)
		}
		if text := string(got(json.Marshal(pruned))(w)); !strings.Contains(text, `"pruned":"`) {
			w.Errorf("an export does not say that the body is gone: %s", text)
		}
	}},
	{"OldBodiesGoByThemselvesAndRowsOfLandingsStayADay", func(w *world) {
		s := w.open()
		w.fill(s, 3)
		_, old, err := s.Prove(w.Context(), 2)
		w.must(err)
		i, err := w.landing(s, 4)
		w.must(err)
		ctx, cancel := context.WithCancel(w.Context())
		done := make(chan error, 1)
		go func() {
			done <- s.Run(ctx, store.Handlers{Pass: func(context.Context, pull.Work) (pull.Outcome, error) { return pull.Outcome{}, nil }},
				store.Periods{KeepLedger: time.Microsecond})
		}()
		w.until("old bodies are removed", func() bool { return w.audit(s).Pruned == 3 })
		cancel()
		w.must(next(w, done))
		if e, _, err := s.Prove(w.Context(), i.Entry); err != nil || e.Body == nil {
			w.Errorf("the landing's row: %+v, %v", e, err)
		}
		row, now, err := s.Prove(w.Context(), 2)
		w.must(err)
		leaf := got(ledger.Leaf(row))(w)
		w.must(got(ledger.Parse(old.Checkpoint))(w).Includes(leaf, old))
		w.must(got(ledger.Parse(now.Checkpoint))(w).Includes(leaf, now))
		if audit := w.audit(s); audit.Fault != nil {
			w.Errorf("audit: %+v", audit.Fault)
		}
	}},
	{"NothingIsRemovedUnlessAsked", func(w *world) {
		s := w.open()
		w.fill(s, 3)
		w.accept(s, delivery(one(4)))
		seen, stop := w.passes(s)
		next(w, seen)
		stop()
		if audit := w.audit(s); audit.Fault != nil || audit.Pruned != 0 {
			w.Errorf("audit: %+v", audit)
		}
	}},
	{"CheckpointsFromOutsideAreHeldAgainstTheRows", func(w *world) {
		s := w.open()
		w.fill(s, 4)
		old, _, err := s.Checkpoint(w.Context())
		w.must(err)
		w.fill(s, 4)
		if audit := w.audit(s, old); audit.Fault != nil || audit.Checked != 1 {
			w.Errorf("audit: %+v %+v", audit, audit.Fault)
		}
		for code, c := range map[string]ledger.Checkpoint{
			"rolled-back": {Origin: old.Origin, Size: 9, Root: old.Root}, "rewritten": {Origin: old.Origin, Size: 5, Root: old.Root},
			"other-ledger": {Origin: "x", Size: 4, Root: old.Root},
		} {
			if audit := w.audit(s, c); audit.Fault == nil || audit.Fault.Code != code {
				w.Errorf("%s: %v", code, fmt.Sprint(audit.Fault))
			}
		}
	}},
}
