package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// keyed is a prompt about a key, as it is begun.
func keyed(key, duoUser string) pull.Confirmation {
	return pull.Confirmation{Person: duoUser, DuoUser: duoUser,
		Keyed: pull.Keyed{Key: key, Token: "pipeline", Factor: pull.FactorPush, Info: "a=b"}}
}

var plenty = pull.KeyLimits{Person: 100, Token: 100}

func (w *world) begin(s *store.Store, c pull.Confirmation) pull.Confirmation {
	w.Helper()
	c, _, err := s.BeginKeyed(w.Context(), c, plenty)
	w.must(err)
	return c
}

func (w *world) keyedRefused(s *store.Store, c pull.Confirmation, limits pull.KeyLimits, want error) error {
	w.Helper()
	_, _, err := s.BeginKeyed(w.Context(), c, limits)
	w.refused(err, want)
	return err
}

func (w *world) become(s *store.Store, c pull.Confirmation, state pull.PromptState) pull.Confirmation {
	w.Helper()
	if state == pull.PromptOpen {
		c.Txid = fmt.Sprint("tx", c.ID)
	}
	c.State = state
	w.must(s.UpdatePrompt(w.Context(), c))
	return c
}

func (w *world) stateOf(s *store.Store, key string) pull.PromptState {
	w.Helper()
	c, now, err := s.Keyed(w.Context(), key)
	w.must(err)
	if now.IsZero() {
		w.Error("the database's clock was not told")
	}
	return c.State
}

var keyedPrompts = append([]promise{
	{"IntendedBeforeSent", func(w *world) {
		s := w.open()
		c := w.begin(s, keyed("k", "ann"))
		if c.ID == 0 || c.State != pull.PromptIntended || c.AskedAt.IsZero() || c.Keyed.Info != "a=b" {
			w.Errorf("begun: %+v", c)
		}
		if got, _, err := s.Keyed(w.Context(), "k"); err != nil || !reflect.DeepEqual(got, c) {
			w.Errorf("read back: %+v, %v; want %+v", got, err, c)
		}
		if got, _, err := s.Keyed(w.Context(), "other"); err != nil || got.ID != 0 {
			w.Errorf("another key: %+v, %v", got, err)
		}
		entries := got(s.Entries(w.Context(), 0, 10))(w)
		if len(entries) != 1 || entries[0].Kind != "prompt" || entries[0].Pull != 0 {
			w.Errorf("ledger: %+v", entries)
		}
	}},
	{"Threat51OnePromptAtATimeWhateverItIsAbout", func(w *world) {
		s := w.open()
		c := w.begin(s, keyed("k", "ann"))
		w.keyedRefused(s, keyed("other", "Ann"), plenty, pull.ErrPromptPending)
		_, err := s.BeginPrompt(w.Context(), prompt(1, "ann"))
		w.refused(err, pull.ErrPromptPending)
		c = w.become(s, c, pull.PromptOpen)
		_, err = s.BeginPrompt(w.Context(), prompt(1, "ann"))
		w.refused(err, pull.ErrPromptPending)
		w.become(s, c, pull.PromptDenied)
		landing := got(s.BeginPrompt(w.Context(), prompt(1, "ann")))(w)
		w.keyedRefused(s, keyed("other", "ann"), plenty, pull.ErrPromptPending)
		w.become(s, landing, pull.PromptRefused)
		w.begin(s, keyed("other", "ann"))
	}},
	{"AKeyIsNotAskedAboutTwiceAtOnce", func(w *world) {
		s := w.open()
		c := w.become(s, w.begin(s, keyed("k", "ann")), pull.PromptOpen)
		w.keyedRefused(s, keyed("k", "bob"), plenty, pull.ErrKeyPending)
		c = w.become(s, c, pull.PromptAllowed)
		next, before, err := s.BeginKeyed(w.Context(), keyed("k", "bob"), plenty)
		w.must(err)
		if before.ID != c.ID || before.State != pull.PromptAllowed || next.ID == c.ID {
			w.Errorf("replaced %+v by %+v", before, next)
		}
		if got := w.stateOf(s, "k"); got != pull.PromptIntended {
			w.Errorf("the key stands at %q, want what replaced the answer", got)
		}
	}},
	{"AnOldAnswerNeverHitsANewPrompt", func(w *world) {
		s := w.open()
		old := w.become(s, w.begin(s, keyed("k", "ann")), pull.PromptOpen)
		w.become(s, old, pull.PromptUnknown)
		next := w.become(s, w.begin(s, keyed("k", "ann")), pull.PromptOpen)
		for _, late := range []pull.PromptState{pull.PromptDenied, pull.PromptAllowed} {
			old.State = late
			w.refused(s.UpdatePrompt(w.Context(), old), store.ErrPromptMoved)
		}
		forged := next
		forged.State, forged.Txid = pull.PromptAllowed, old.Txid
		w.refused(s.UpdatePrompt(w.Context(), forged), store.ErrPromptMoved)
		if got := w.stateOf(s, "k"); got != pull.PromptOpen {
			w.Errorf("the key stands at %q, want open", got)
		}
	}},
}, keyedWays...)

var keyedWays = []promise{
	{"Threat63ReplicasAskOnce", func(w *world) {
		a, b := w.pair()
		var begun atomic.Int32
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				_, _, err := []*store.Store{a, b}[i%2].BeginKeyed(w.Context(), keyed("k", fmt.Sprint("person", i)), plenty)
				if err == nil {
					begun.Add(1)
				} else if !errors.Is(err, pull.ErrKeyPending) {
					w.Error(err)
				}
			})
		}
		wg.Wait()
		if begun.Load() != 1 {
			w.Errorf("%d were asked about one key, want 1", begun.Load())
		}
	}},
	{"AnotherReplicaKnows", func(w *world) {
		a, b := w.pair()
		c := w.become(a, w.begin(a, keyed("k", "ann")), pull.PromptOpen)
		if got := w.stateOf(b, "k"); got != pull.PromptOpen {
			w.Errorf("the other replica sees %q, want open", got)
		}
		w.become(b, c, pull.PromptAllowed)
		if got := got(a.Prompt(w.Context(), c.ID))(w); got.State != pull.PromptAllowed || got.EndedAt.IsZero() {
			w.Errorf("the first replica sees %+v, want allowed with its time", got)
		}
	}},
	{"Threat51Quotas", func(w *world) {
		s := w.open()
		two := pull.KeyLimits{Person: 2, Token: 3}
		for i := range 2 {
			c, _, err := s.BeginKeyed(w.Context(), keyed(fmt.Sprint("k", i), "ann"), two)
			w.must(err)
			w.become(s, c, pull.PromptRefused)
		}
		err := w.keyedRefused(s, keyed("k2", "ann"), two, pull.ErrQuota)
		if wait := pull.Delay(err); wait <= 0 || wait > time.Hour {
			w.Errorf("told to wait %s, want up to an hour", wait)
		}
		c, _, err := s.BeginKeyed(w.Context(), keyed("k3", "bob"), two)
		w.must(err)
		c.State = pull.PromptUnsent
		w.must(s.UpdatePrompt(w.Context(), c))
		w.keyedRefused(s, keyed("k4", "cyd"), two, pull.ErrTokenQuota)
		other := keyed("k5", "cyd")
		other.Keyed.Token = "another"
		_, _, err = s.BeginKeyed(w.Context(), other, two)
		w.must(err)
	}},
	{"Threat51FraudFreezesThePhone", func(w *world) {
		s := w.open()
		w.become(s, w.become(s, w.begin(s, keyed("k", "Ann")), pull.PromptOpen), pull.PromptFraud)
		w.keyedRefused(s, keyed("k2", "ann"), plenty, pull.ErrPhoneFrozen)
		w.begin(s, keyed("k3", "bob"))
		if !got(s.ThawPhone(w.Context(), "ANN", "boss"))(w) {
			w.Error("there was nothing to lift")
		}
		if got(s.ThawPhone(w.Context(), "ann", "boss"))(w) {
			w.Error("it was lifted twice")
		}
		w.begin(s, keyed("k2", "ann"))
		kinds := []string{}
		for _, e := range got(s.Entries(w.Context(), 0, 20))(w) {
			kinds = append(kinds, e.Kind)
		}
		if got, want := fmt.Sprint(kinds), "[prompt answer freeze prompt unfreeze prompt]"; got != want {
			w.Errorf("ledger: got %s, want %s", got, want)
		}
	}},
	{"OnlyAPasscodeIsItsOwnAnswer", func(w *world) {
		s := w.open()
		c := w.begin(s, keyed("k", "ann"))
		c.State, c.Txid = pull.PromptAllowed, "tx"
		w.refused(s.UpdatePrompt(w.Context(), c), store.ErrPromptMoved)
		code := keyed("k2", "bob")
		code.Keyed.Factor = pull.FactorPasscode
		code = w.begin(s, code)
		w.become(s, code, pull.PromptAllowed)
		if got := w.stateOf(s, "k2"); got != pull.PromptAllowed {
			w.Errorf("after the passcode: %q, want allowed", got)
		}
	}},
	{"ItsEndWakesNobodyAndItIsNeverRetried", func(w *world) {
		s := w.open()
		got(s.File(w.Context(), []pull.Scope{one(1)}, false))(w)
		seen, stop := w.passes(s)
		next(w, seen)
		w.idle(s)
		c := w.begin(s, keyed("k", "ann"))
		c.State = pull.PromptUnsent
		w.must(s.UpdatePrompt(w.Context(), c))
		_, err := s.RetryPrompt(w.Context(), c.ID)
		w.refused(err, store.ErrPromptMoved)
		w.idle(s)
		stop()
		select {
		case work := <-seen:
			w.Errorf("a pass was woken: %+v", work.Key)
		default:
		}
	}},
	{"WhatEndedLongAgoIsForgotten", func(w *world) {
		s := w.open()
		open := w.become(s, w.begin(s, keyed("open", "ann")), pull.PromptOpen)
		w.become(s, w.begin(s, keyed("old", "bob")), pull.PromptRefused)
		landing := w.ended(s, prompt(1, "cyd"), "tx", pull.PromptDenied)
		ctx, cancel := context.WithCancel(w.Context())
		done := make(chan error, 1)
		go func() {
			done <- s.Run(ctx, store.Handlers{
				Pass:  func(context.Context, pull.Work) (pull.Outcome, error) { return pull.Outcome{}, nil },
				Watch: func(_ context.Context, c pull.Confirmation) (pull.Confirmation, error) { return c, nil },
			}, store.Periods{Keep: time.Microsecond})
		}()
		w.until("the old prompt is forgotten", func() bool {
			c, _, err := s.Keyed(w.Context(), "old")
			w.must(err)
			return c.ID == 0
		})
		cancel()
		w.must(next(w, done))
		if got := w.stateOf(s, "open"); got != pull.PromptOpen {
			w.Errorf("prompt %d, which waits, stands at %q", open.ID, got)
		}
		if got := got(s.Prompt(w.Context(), landing.ID))(w); got.ID != landing.ID {
			w.Error("the prompt of a landing was forgotten too")
		}
	}},
	{"ACommitFindsItsLanding", func(w *world) {
		s := w.open()
		exact := intent(1)
		exact.Binding.Method, exact.Binding.Merge = pull.MethodExact, "m1"
		c := prompt(1, "ann")
		c.Binding = exact.Binding
		w.ended(s, c, "tx1", pull.PromptAllowed)
		void := c
		void.Binding.Merge, void.DuoUser = "m0", "bob"
		w.ended(s, void, "tx2", pull.PromptAllowed)
		i := got(s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), exact))(w)
		w.landingIs(s, "m1", pull.IntentOpen, "ann")
		i.State, i.Landed = pull.IntentDone, "m1"
		w.must(s.EndLanding(w.Context(), i))
		w.landingIs(s, "m1", pull.IntentDone, "ann")
		w.noLanding(s, "m0")
		w.noLanding(s, "")
	}},
	{"WhatWasRefusedOrABreachDidNotLand", func(w *world) {
		s := w.open()
		for n, state := range []pull.IntentState{pull.IntentRefused, pull.IntentBreach} {
			exact := intent(n + 1)
			exact.Binding.Branch = fmt.Sprint("b", n)
			exact.Binding.Method, exact.Binding.Merge = pull.MethodExact, fmt.Sprint("m", n)
			turn := got(s.TakeTurn(w.Context(), key(n+1), exact.Binding.Branch, time.Minute, false))(w)
			i := got(s.BeginLanding(w.Context(), turn, exact))(w)
			i.State, i.Landed = state, exact.Binding.Merge
			w.must(s.EndLanding(w.Context(), i))
			w.noLanding(s, exact.Binding.Merge)
		}
	}},
}

func (w *world) landingIs(s *store.Store, sha string, state pull.IntentState, person string) {
	w.Helper()
	i, repo, confirmed, found, err := s.LandingOf(w.Context(), sha)
	w.must(err)
	if !found || i.State != state || repo.ID != i.Binding.Repo {
		w.Errorf("landing of %s: %+v (found %v), want state %q", sha, i, found, state)
	}
	if len(confirmed) != 1 || confirmed[0].DuoUser != person {
		w.Errorf("confirmed by %+v, want %s alone", confirmed, person)
	}
}

func (w *world) noLanding(s *store.Store, sha string) {
	w.Helper()
	if i, _, _, found, err := s.LandingOf(w.Context(), sha); found || err != nil {
		w.Errorf("landing of %q: %+v, %v; want none", sha, i, err)
	}
}
