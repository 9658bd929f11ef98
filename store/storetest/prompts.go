package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// prompt is a prompt for a person about a pull request, as it is begun.
func prompt(number int, duoUser string) pull.Confirmation {
	return pull.Confirmation{
		Binding: pull.Binding{Repo: repo, Number: number, Branch: "main", Base: "b", Head: "h", Tree: "t", Merge: "m", Policy: "p", Method: pull.MethodMerge},
		Person:  duoUser, DuoUser: duoUser, Account: pull.Account{ID: 9, Login: duoUser, Kind: pull.User}, Role: "author",
	}
}

// opened begins a prompt and has it on the phone.
func (w *world) opened(s *store.Store, c pull.Confirmation, txid string) pull.Confirmation {
	w.Helper()
	c = got(s.BeginPrompt(w.Context(), c))(w)
	c.State, c.Txid = pull.PromptOpen, txid
	w.must(s.UpdatePrompt(w.Context(), c))
	return c
}

// ended is opened and then answered.
func (w *world) ended(s *store.Store, c pull.Confirmation, txid string, state pull.PromptState) pull.Confirmation {
	w.Helper()
	c = w.opened(s, c, txid)
	c.State = state
	w.must(s.UpdatePrompt(w.Context(), c))
	return c
}

func (w *world) refused(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("got error %v, want %v", err, want)
	}
}

var prompts = append([]promise{
	{"IntendedBeforeSent", func(w *world) {
		s := w.open()
		c := got(s.BeginPrompt(w.Context(), prompt(1, "ann")))(w)
		if c.ID == 0 || c.State != pull.PromptIntended || c.AskedAt.IsZero() || c.Attempts != 1 {
			w.Errorf("begun: %+v", c)
		}
		pending := got(s.PendingPrompts(w.Context()))(w)
		if diff := cmp.Diff([]pull.Confirmation{c}, pending); diff != "" {
			w.Errorf("pending (-want +got):\n%s", diff)
		}
		w.kinds(s, 1, "prompt")
	}},
	{"OnePromptAtATimePerPerson", func(w *world) {
		s := w.open()
		c := got(s.BeginPrompt(w.Context(), prompt(1, "ann")))(w)
		_, err := s.BeginPrompt(w.Context(), prompt(2, "Ann"))
		w.refused(err, pull.ErrPromptPending)
		w.kinds(s, 2)
		got(s.BeginPrompt(w.Context(), prompt(2, "bob")))(w)
		c.State, c.Txid = pull.PromptOpen, "tx"
		w.must(s.UpdatePrompt(w.Context(), c))
		_, err = s.BeginPrompt(w.Context(), prompt(2, "ann"))
		w.refused(err, pull.ErrPromptPending)
		c.State = pull.PromptDenied
		w.must(s.UpdatePrompt(w.Context(), c))
		got(s.BeginPrompt(w.Context(), prompt(2, "ann")))(w)
	}},
	{"Threat63ReplicasPromptOnce", func(w *world) {
		a, b := w.pair()
		for round := range 10 {
			var sent atomic.Int32
			var wg sync.WaitGroup
			for i := range 12 {
				wg.Go(func() {
					_, err := []*store.Store{a, b}[i%2].BeginPrompt(w.Context(), prompt(100*round+i, fmt.Sprint("person", round)))
					if err == nil {
						sent.Add(1)
					} else if !errors.Is(err, pull.ErrPromptPending) {
						w.Error(err)
					}
				})
			}
			wg.Wait()
			if n := sent.Load(); n != 1 {
				w.Fatalf("%d prompts went out to one person at a time, want 1", n)
			}
		}
	}},
	{"Threat63ReplicasAnswerARequestOnce", func(w *world) {
		a, b := w.pair()
		for round := range 20 {
			c := prompt(round, "ann")
			c.Request = fmt.Sprint("request ", round)
			var sent atomic.Int32
			var wg sync.WaitGroup
			for i := range 8 {
				s := []*store.Store{a, b}[i%2]
				wg.Go(func() {
					begun, err := s.BeginPrompt(w.Context(), c)
					if errors.Is(err, pull.ErrAlreadyAsked) || errors.Is(err, pull.ErrPromptPending) {
						return
					}
					begun.State = pull.PromptRefused // and so out of the way of the others at once
					if err := errors.Join(err, s.UpdatePrompt(w.Context(), begun)); err != nil {
						w.Error(err)
					}
					sent.Add(1)
				})
			}
			wg.Wait()
			if n := sent.Load(); n != 1 {
				w.Fatalf("one request caused %d prompts", n)
			}
		}
	}},
	{"NeverRepeatedUnasked", func(w *world) {
		s := w.open()
		w.ended(s, prompt(1, "ann"), "tx", pull.PromptDenied)
		_, err := s.BeginPrompt(w.Context(), prompt(1, "ann"))
		w.refused(err, pull.ErrAlreadyAsked)
		rebuilt := prompt(1, "ann")
		rebuilt.Binding.Merge = "m2" // GitHub made its test merge anew
		_, err = s.BeginPrompt(w.Context(), rebuilt)
		w.refused(err, pull.ErrAlreadyAsked)
		exact := rebuilt
		exact.Binding.Method = pull.MethodExact
		w.ended(s, exact, "tx2", pull.PromptDenied)
		exact.Binding.Merge = "m3" // there, M is what lands
		w.ended(s, exact, "tx3", pull.PromptDenied)
		moved := prompt(1, "ann")
		moved.Binding.Base = "b2"
		w.ended(s, moved, "tx4", pull.PromptDenied)
	}},
	{"AskedAgainOncePerRequest", func(w *world) {
		s := w.open()
		w.ended(s, prompt(1, "ann"), "tx", pull.PromptTimeout)
		again := prompt(1, "ann")
		again.Request = "delivery-x"
		c := w.opened(s, again, "tx2")
		_, err := s.BeginPrompt(w.Context(), again) // the pass died and runs again
		w.refused(err, pull.ErrAlreadyAsked)
		c.State = pull.PromptDenied
		w.must(s.UpdatePrompt(w.Context(), c))
		_, err = s.BeginPrompt(w.Context(), again)
		w.refused(err, pull.ErrAlreadyAsked)
	}},
	{"ThreeRequestsAnHour", func(w *world) {
		s := w.open()
		request := func(number int, id string) error {
			c := prompt(number, "ann")
			c.Request = id
			c, err := s.BeginPrompt(w.Context(), c)
			if err != nil {
				return err
			}
			c.State, c.Txid = pull.PromptOpen, id
			w.must(s.UpdatePrompt(w.Context(), c))
			c.State = pull.PromptTimeout
			return s.UpdatePrompt(w.Context(), c)
		}
		w.ended(s, prompt(1, "ann"), "unasked", pull.PromptTimeout)
		for i := range 3 {
			w.must(request(1, fmt.Sprint("r", i)))
		}
		w.refused(request(1, "r3"), pull.ErrQuota)
		w.must(request(2, "r4"))
		moved := prompt(1, "ann")
		moved.Binding.Head = "h2"
		got(s.BeginPrompt(w.Context(), moved))(w) // what goes out by itself has no quota
	}},
	{"Threat51QuotasOfThePersonAndTheRepository", func(w *world) {
		s := w.open()
		s.Quotas = pull.Quotas{Pull: 3, Person: 4, Repository: 6}
		used := func(err error, of string, limit int) {
			w.Helper()
			var q *pull.QuotaError
			if w.refused(err, pull.ErrQuota); !errors.As(err, &q) || q.Of != of || q.Limit != limit {
				w.Errorf("got %v, want the quota of a %s, %d", err, of, limit)
			}
		}
		for i := range 4 {
			w.ended(s, prompt(i, "ann"), fmt.Sprint("tx", i), pull.PromptTimeout)
		}
		_, err := s.BeginPrompt(w.Context(), prompt(4, "ann"))
		used(err, pull.QuotaOfPerson, 4)
		unsent := got(s.BeginPrompt(w.Context(), prompt(4, "bob")))(w)
		unsent.State = pull.PromptUnsent // what never went out counts for nothing
		w.must(s.UpdatePrompt(w.Context(), unsent))
		w.ended(s, prompt(5, "bob"), "tx5", pull.PromptTimeout)
		w.ended(s, prompt(6, "bob"), "tx6", pull.PromptTimeout)
		_, err = s.BeginPrompt(w.Context(), prompt(7, "cat"))
		used(err, pull.QuotaOfRepository, 6)
		elsewhere := prompt(1, "cat")
		elsewhere.Binding.Repo++
		w.ended(s, elsewhere, "tx7", pull.PromptTimeout)
	}},
}, promptWays...)

var promptWays = []promise{
	{"ARetryOnlyOfWhatWasNotSentAndOnlyWhenDue", func(w *world) {
		s := w.open()
		c := got(s.BeginPrompt(w.Context(), prompt(1, "ann")))(w)
		_, err := s.RetryPrompt(w.Context(), c.ID)
		w.refused(err, store.ErrPromptMoved)
		c.State, c.RetryAt = pull.PromptUnsent, time.Now().Add(time.Hour)
		w.must(s.UpdatePrompt(w.Context(), c))
		_, err = s.RetryPrompt(w.Context(), c.ID)
		w.refused(err, store.ErrPromptMoved)

		due := got(s.BeginPrompt(w.Context(), prompt(2, "ann")))(w)
		due.State, due.RetryAt = pull.PromptUnsent, time.Now().Add(-time.Minute)
		w.must(s.UpdatePrompt(w.Context(), due))
		other := got(s.BeginPrompt(w.Context(), prompt(3, "ann")))(w)
		_, err = s.RetryPrompt(w.Context(), due.ID)
		w.refused(err, pull.ErrPromptPending)
		other.State = pull.PromptRefused
		w.must(s.UpdatePrompt(w.Context(), other))
		again := got(s.RetryPrompt(w.Context(), due.ID))(w)
		if again.State != pull.PromptIntended || again.Attempts != 2 {
			w.Errorf("retried: %+v; want intended, attempt 2", again)
		}
		w.kinds(s, 2, "prompt", "answer", "prompt")
	}},
	{"OnlyItsOwnTransactionAnswersAnOpenPrompt", func(w *world) {
		s := w.open()
		c := w.opened(s, prompt(1, "ann"), "tx1")
		forged := c
		forged.State, forged.Txid = pull.PromptAllowed, "tx2"
		w.refused(s.UpdatePrompt(w.Context(), forged), store.ErrPromptMoved)
		unsent := c
		unsent.State = pull.PromptUnsent
		w.refused(s.UpdatePrompt(w.Context(), unsent), store.ErrPromptMoved)
		c.State = pull.PromptAllowed
		w.must(s.UpdatePrompt(w.Context(), c))
	}},
	{"WhatWasNeverOpenIsNeverAllowed", func(w *world) {
		s := w.open()
		c := got(s.BeginPrompt(w.Context(), prompt(1, "ann")))(w)
		c.State, c.Txid = pull.PromptAllowed, "tx"
		w.refused(s.UpdatePrompt(w.Context(), c), store.ErrPromptMoved)
		c.State, c.Txid = pull.PromptOpen, ""
		w.refused(s.UpdatePrompt(w.Context(), c), store.ErrPromptMoved)
		c.State = pull.PromptBypassed
		w.must(s.UpdatePrompt(w.Context(), c))
	}},
	{"AnEndedPromptNeverChanges", func(w *world) {
		s := w.open()
		for i, end := range []pull.PromptState{pull.PromptDenied, pull.PromptFraud, pull.PromptTimeout, pull.PromptAllowed, pull.PromptUnknown} {
			c := w.ended(s, prompt(i, "ann"), fmt.Sprint("tx", i), end)
			for _, next := range []pull.PromptState{pull.PromptAllowed, pull.PromptOpen, pull.PromptIntended, pull.PromptUnsent, pull.PromptUnknown} {
				c.State = next
				w.refused(s.UpdatePrompt(w.Context(), c), store.ErrPromptMoved)
			}
		}
	}},
	{"TheBindingCannotBeChanged", func(w *world) {
		s := w.open()
		c := w.opened(s, prompt(1, "ann"), "tx1")
		c.State, c.Binding.Head = pull.PromptAllowed, "evil"
		w.must(s.UpdatePrompt(w.Context(), c))
		seen, _ := w.passes(s)
		if work := next(w, seen); work.Confirmations[0].Binding.Head != "h" {
			w.Errorf("the answer is bound to %q, want what was asked", work.Confirmations[0].Binding.Head)
		}
	}},
	{"Threat51ACodeIsItsPersonsWhileThePushIsOpen", func(w *world) {
		s := w.open()
		c := got(s.BeginPrompt(w.Context(), prompt(1, "ana")))(w)
		code := func(number int, login string) string {
			return got(s.VerificationCode(w.Context(), pull.Key{Repo: repo, Number: number}, login))(w)
		}
		c.State, c.Txid, c.Code = pull.PromptOpen, "t1", "271828"
		w.must(s.UpdatePrompt(w.Context(), c))
		c.Code, c.Detail = "", "answered"
		w.must(s.UpdatePrompt(w.Context(), c)) // news of it leaves the code
		for _, tt := range []struct {
			number      int
			login, want string
		}{{1, "ana", "271828"}, {1, "ANA", "271828"}, {1, "eve", ""}, {1, "", ""}, {2, "ana", ""}} {
			if got := code(tt.number, tt.login); got != tt.want {
				w.Errorf("#%d, %q: got %q, want %q", tt.number, tt.login, got, tt.want)
			}
		}
		c.State = pull.PromptAllowed
		w.must(s.UpdatePrompt(w.Context(), c))
		if got := code(1, "ana"); got != "" {
			w.Errorf("after the answer: got %q", got)
		}
		for _, e := range got(s.Entries(w.Context(), 0, 100))(w) {
			if body, _ := e.Body.(json.RawMessage); strings.Contains(string(body), "271828") {
				w.Errorf("the ledger's row %d has the code: %s", e.ID, body)
			}
		}
	}},
	{"AnAnswerIsLedgeredAndWakes", func(w *world) {
		s := w.open()
		w.ended(s, prompt(1, "ann"), "tx1", pull.PromptFraud)
		w.kinds(s, 1, "prompt", "answer")
		seen, _ := w.passes(s)
		work := next(w, seen)
		if c := work.Confirmations[0]; c.State != pull.PromptFraud || c.EndedAt.IsZero() {
			w.Errorf("the pass sees %+v, want fraud with its time", c)
		}
	}},
}
