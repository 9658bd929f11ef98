package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// broken is a break-glass of pull request 1 with so many voices.
func broken(voices ...string) *pull.Glass {
	g := &pull.Glass{Head: "h", Branch: "main", State: pull.GlassOpen, Expires: time.Unix(2e9, 0).UTC()}
	for i, login := range voices {
		g.Voices = append(g.Voices, pull.Voice{Account: pull.Account{ID: int64(len(login)), Login: login}, Role: "admin",
			Reason: login + " says that it burns", Request: fmt.Sprint("delivery ", i, login)})
	}
	return g
}

func past(g *pull.Glass) pull.Intent {
	i := intent(1)
	i.Binding.Glass = g.Name()
	return i
}

// steps are what the ledger says became of a break-glass: the step and who took it.
func (w *world) steps(s *store.Store, want ...string) {
	w.Helper()
	var have []string
	for _, e := range got(s.Timeline(w.Context(), key(1), 100))(w) {
		if e.Kind != "break_glass" {
			continue
		}
		var body struct {
			Step  string       `json:"step"`
			By    pull.Account `json:"by"`
			Said  string       `json:"said"`
			Issue int          `json:"issue"`
			Glass *pull.Glass  `json:"glass"`
		}
		w.must(json.Unmarshal(e.Body.(json.RawMessage), &body))
		if body.Glass == nil || len(body.Glass.Voices) == 0 {
			w.Errorf("the row %q does not hold the whole glass", body.Step)
		}
		if body.Issue == 0 && body.Said == "" {
			w.Errorf("the row %q says nothing", body.Step)
		}
		have = append(have, fmt.Sprint(body.Step, " ", body.By.Login))
	}
	if diff := cmp.Diff(want, have); diff != "" {
		w.Errorf("break-glass rows (-want +got):\n%s", diff)
	}
}

func (w *world) saveGlass(s *store.Store, g *pull.Glass) pull.Record {
	w.Helper()
	r := record(1, pull.Wait, "awaiting")
	r.Request.Glass = g
	w.must(s.Save(w.Context(), r))
	return r
}

var glass = []promise{
	{"OnlyAnAdminsFreezeOfTheBranchYieldsToABrokenGlass", func(w *world) {
		s := w.open()
		g := broken("ann", "robert")
		for _, c := range []struct {
			name   string
			freeze pull.Freeze
			stops  bool
		}{
			{"the branch by an admin", pull.Freeze{Repo: repo, Branch: "main", Code: pull.FrozenBranch}, false},
			{"every branch by an admin", pull.Freeze{Repo: repo, Code: pull.FrozenBranch}, false},
			{"the branch by a breach", pull.Freeze{Repo: repo, Branch: "main", Code: pull.FrozenBreach}, true},
			{"every branch by a breach", pull.Freeze{Repo: repo, Code: pull.FrozenBreach}, true},
			{"the branch by fraud", pull.Freeze{Repo: repo, Branch: "main", Code: pull.FrozenFraud}, true},
			{"the pull request by fraud", pull.Freeze{Repo: repo, Number: 1, Code: pull.FrozenFraud}, true},
			{"the pull request by a hold", pull.Freeze{Repo: repo, Number: 1, Code: pull.FrozenHold}, true},
			{"the pull request by an admin's freeze", pull.Freeze{Repo: repo, Number: 1, Code: pull.FrozenBranch}, true},
			{"the branch for a reason that is none", pull.Freeze{Repo: repo, Branch: "main"}, true},
		} {
			w.must(s.Freeze(w.Context(), c.freeze))
			_, err := s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), intent(1))
			w.refused(err, pull.ErrFrozen)
			i, err := s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), past(g))
			if c.stops {
				w.refused(err, pull.ErrFrozen)
			} else if w.must(err); err == nil {
				i.State = pull.IntentRefused
				w.must(s.EndLanding(w.Context(), i))
			}
			if w.Failed() {
				w.Fatalf("frozen: %s", c.name)
			}
			w.liftAll(s)
		}
	}},
	{"ABrokenGlassNeedsTheTurn", func(w *world) {
		s := w.open()
		g := broken("ann", "robert")
		turn := w.take(s, 1, time.Minute)
		stale := turn
		stale.Epoch--
		_, err := s.BeginLanding(w.Context(), stale, past(g))
		w.refused(err, pull.ErrTurnPassed)
		other := turn
		other.Number = 2
		_, err = s.BeginLanding(w.Context(), other, past(g))
		w.refused(err, pull.ErrTurnPassed)
	}},
	{"ABrokenGlassLandsNothingOnAnOlderLedger", func(w *world) {
		s := w.open()
		c, _, err := s.Checkpoint(w.Context())
		w.must(err)
		s.CheckpointFile = w.kept(ledger.Checkpoint{Origin: c.Origin, Size: 99, Root: c.Root})
		w.refused(s.CheckLedger(w.Context()), pull.ErrRolledBack)
		s.CheckpointFile = ""
		_, err = s.BeginLanding(w.Context(), w.take(s, 1, time.Minute), past(broken("ann", "robert")))
		w.refused(err, pull.ErrRolledBack)
	}},
	{"EveryStepIsInTheLedgerOnce", func(w *world) {
		s := w.open()
		w.saveGlass(s, broken("ann"))
		w.saveGlass(s, broken("ann")) // the pass died and ran again
		w.steps(s, "opened ann")
		both := broken("ann", "robert")
		w.saveGlass(s, both)
		w.saveGlass(s, both)
		w.steps(s, "opened ann", "agreed robert")
		landed := both.Ended(pull.GlassLanded, "It landed past the gates.", time.Unix(1, 0))
		r := w.saveGlass(s, landed)
		w.saveGlass(s, landed)
		w.steps(s, "opened ann", "agreed robert", "landed ")
		r.Debrief = &pull.Debrief{Title: "Look", Mark: "m"}
		w.must(s.Save(w.Context(), r))
		w.must(s.Save(w.Context(), r)) // the issue could not be opened yet
		w.steps(s, "opened ann", "agreed robert", "landed ")
		r.Debrief = &pull.Debrief{Title: "Look", Mark: "m", Issue: 12}
		w.must(s.Save(w.Context(), r))
		w.must(s.Save(w.Context(), r))
		w.steps(s, "opened ann", "agreed robert", "landed ", "reviewed ")
	}},
	{"BothVoicesAtOnceAreTwoSteps", func(w *world) {
		s := w.open()
		w.saveGlass(s, broken("ann", "robert"))
		w.steps(s, "opened ann", "agreed robert")
	}},
	{"EachEndIsItsOwnStep", func(w *world) {
		s := w.open()
		for _, end := range []pull.GlassState{pull.GlassWithdrawn, pull.GlassExpired, pull.GlassVoid} {
			opened := broken("ann")
			opened.Voices[0].Request = "for " + string(end) // each is opened anew
			w.saveGlass(s, opened)
			ended := opened.Ended(end, "It is over.", time.Unix(1, 0))
			ended.By = pull.Account{ID: 4, Login: "root"}
			w.saveGlass(s, ended)
		}
		w.steps(s, "opened ann", "withdrawn root", "opened ann", "expired root", "opened ann", "void root")
	}},
	{"WhatOpensAndEndsBetweenTwoLooksIsTold", func(w *world) {
		s := w.open()
		w.saveGlass(s, broken("ann", "robert").Ended(pull.GlassExpired, "Its time was over.", time.Unix(1, 0)))
		w.steps(s, "opened ann", "agreed robert", "expired ")
		again := broken("mary")
		w.saveGlass(s, again.Ended(pull.GlassExpired, "Its time was over too.", time.Unix(2, 0)))
		w.steps(s, "opened ann", "agreed robert", "expired ", "opened mary", "expired ")
	}},
	{"ThePageOfAllShowsIt", func(w *world) {
		s := w.open()
		w.saveGlass(s, broken("ann"))
		list := got(s.OpenRecords(w.Context(), []int64{repo}, 0))(w)
		if len(list) != 1 || !list[0].Request.Glass.Open() {
			w.Errorf("listed %+v, want the open glass", list)
		}
	}},
	{"WhoAcknowledgedUnderOneGlassIsAskedUnderAnother", func(w *world) {
		s := w.open()
		c := prompt(1, "ann")
		c.Role, c.Binding.Glass = "break-glass", broken("ann", "robert").Name()
		w.ended(s, c, "tx", pull.PromptDenied)
		_, err := s.BeginPrompt(w.Context(), c)
		w.refused(err, pull.ErrAlreadyAsked)
		c.Binding.Glass = broken("ann", "mary").Name()
		if _, err := s.BeginPrompt(w.Context(), c); errors.Is(err, pull.ErrAlreadyAsked) {
			w.Error("another pair's reason was never on the phone, and counts as asked")
		}
	}},
}
