package storetest

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// kinds checks the kinds of a pull request's ledger rows.
func (w *world) kinds(s *store.Store, number int, want ...string) {
	w.Helper()
	var kinds []string
	for _, e := range got(s.Timeline(w.Context(), key(number), 100))(w) {
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		w.Errorf("ledger of #%d (-want +got):\n%s", number, diff)
	}
}

// liftAll lifts every freeze that the ledger knows of.
func (w *world) liftAll(s *store.Store) {
	w.Helper()
	for _, e := range got(s.Entries(w.Context(), 0, 1000))(w) {
		if e.Kind != "freeze" {
			continue
		}
		var f pull.Freeze
		w.must(json.Unmarshal(e.Body.(json.RawMessage), &f))
		w.must(s.Unfreeze(w.Context(), f.ID, pull.Account{ID: 1, Login: "root"}))
	}
}

var ledgerRows = []promise{
	{"HistoryIsPagedBackwards", func(w *world) {
		s := w.open()
		for i := range 5 {
			w.must(s.Append(w.Context(), pull.Entry{Kind: "verdict", Repo: repo, Pull: i + 1, Body: i}))
			w.must(s.Append(w.Context(), pull.Entry{Kind: "verdict", Repo: repo + 1, Pull: i + 1, Body: i}))
		}
		var ids []int64
		for before := int64(0); ; {
			page := got(s.History(w.Context(), repo, before, 2))(w)
			for _, e := range page {
				ids = append(ids, e.ID)
			}
			if len(page) < 2 {
				break
			}
			before = page[len(page)-1].ID
		}
		if diff := cmp.Diff([]int64{9, 7, 5, 3, 1}, ids); diff != "" {
			w.Errorf("ids (-want +got):\n%s", diff)
		}
		if e, ok, err := s.Entry(w.Context(), 4); err != nil || !ok || e.Repo != repo+1 || e.Pull != 2 {
			w.Errorf("row 4: %+v, %v, %v", e, ok, err)
		}
		if e, ok, err := s.Entry(w.Context(), 99); err != nil || ok {
			w.Errorf("row 99: %+v, %v, %v", e, ok, err)
		}
	}},
	{"AVerdictKeepsWhatWasJudged", func(w *world) {
		s := w.open()
		r := record(3, pull.Wait)
		r.Request.Title, r.Request.Policy = "Raise the web count", pull.Source{Path: ".sallyport.yml", Blob: "p1", Text: "version: 1"}
		r.Request.Reviews = []pull.Review{{ID: 8, Author: pull.Account{ID: 2, Login: "bo"}, State: pull.Approved, Commit: "h1", Body: "words"}}
		w.must(s.Save(w.Context(), r))
		entries := got(s.Timeline(w.Context(), key(3), 10))(w)
		if len(entries) != 1 {
			w.Fatalf("entries: %+v", entries)
		}
		var kept struct {
			Title, Policy string
			PolicyPath    string `json:"policy_path"`
			Reviews       []pull.Review
		}
		w.must(json.Unmarshal(entries[0].Body.(json.RawMessage), &kept))
		if kept.Title != r.Request.Title || kept.Policy != "p1" || kept.PolicyPath != ".sallyport.yml" ||
			len(kept.Reviews) != 1 || kept.Reviews[0].Author.Login != "bo" || kept.Reviews[0].Body != "" {
			w.Errorf("kept: %+v", kept)
		}
	}},
	{"EntriesComeBackAsWritten", func(w *world) {
		s := w.open()
		at := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
		w.must(s.Append(w.Context(), pull.Entry{Kind: "foreign_landing", Repo: repo, Pull: 3, At: at, Body: map[string]string{"sha": "a\u0000b"}}))
		w.must(s.Append(w.Context(), pull.Entry{Kind: "freeze", Repo: repo, Body: 1}))
		entries := got(s.Entries(w.Context(), 0, 10))(w)
		if len(entries) != 2 || entries[1].At.IsZero() {
			w.Fatalf("entries: %+v", entries)
		}
		entries[1].At = time.Time{}
		want := []pull.Entry{
			{ID: 1, Kind: "foreign_landing", Repo: repo, Pull: 3, At: at, Body: json.RawMessage(`{"sha":"a\u0000b"}`)},
			{ID: 2, Kind: "freeze", Repo: repo, Body: json.RawMessage(`1`)},
		}
		if diff := cmp.Diff(want, entries); diff != "" {
			w.Errorf("entries (-want +got):\n%s", diff)
		}
		if rest := got(s.Entries(w.Context(), 1, 10))(w); len(rest) != 1 || rest[0].ID != 2 {
			w.Errorf("entries after 1: %+v", rest)
		}
	}},
	{"TheTimelineIsTheLatestOldestFirst", func(w *world) {
		s := w.open()
		for n := range 5 {
			w.must(s.Append(w.Context(), pull.Entry{Kind: "k", Repo: repo, Pull: 1 + n%2, Body: n}))
		}
		var ids []int64
		for _, e := range got(s.Timeline(w.Context(), key(1), 2))(w) {
			ids = append(ids, e.ID)
		}
		if diff := cmp.Diff([]int64{3, 5}, ids); diff != "" {
			w.Errorf("timeline (-want +got):\n%s", diff)
		}
	}},
	{"IdsHaveNoGapsAndNeverAppearLate", func(w *world) {
		a, b := w.pair()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for range 20 {
					if err := []*store.Store{a, b}[i%2].Append(w.Context(), pull.Entry{Kind: "k", Repo: repo}); err != nil {
						w.Error(err)
					}
				}
			})
		}
		var after int64
		w.until("the reader has seen all", func() bool {
			for _, e := range got(b.Entries(w.Context(), after, 1000))(w) {
				if e.ID != after+1 {
					w.Fatalf("after %d came %d", after, e.ID)
				}
				after = e.ID
			}
			return after == 160
		})
		wg.Wait()
	}},
	{"Threat66WhatCannotBeLedgeredDoesNotHappen", func(w *world) {
		s := w.open()
		if err := s.Append(w.Context(), pull.Entry{Kind: "k", Body: func() {}}); err == nil {
			w.Error("an entry that cannot be written was accepted")
		}
		if n := len(got(s.Entries(w.Context(), 0, 10))(w)); n != 0 {
			w.Errorf("%d entries, want none", n)
		}
	}},
}
