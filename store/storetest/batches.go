package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// batchOf are pull requests that land together on main, at "b", the first of which leads.
func batchOf(head string, numbers ...int) pull.Batch {
	b := pull.Batch{Repo: repo, Branch: "main", Leader: numbers[0], Base: "b", Head: head, Bound: 5}
	for i, n := range numbers {
		sha := fmt.Sprintf("%s-%d", head, n)
		if i == len(numbers)-1 {
			sha = head
		}
		b.Members = append(b.Members, pull.BatchMember{Number: n, Candidate: pull.Candidate{SHA: sha, Head: fmt.Sprintf("h%d", n)}})
	}
	return b
}

// intentsOf are the landings of a batch, as they are written before they are attempted.
func intentsOf(b pull.Batch) []pull.Intent {
	var list []pull.Intent
	for i, m := range b.Members {
		list = append(list, pull.Intent{Binding: pull.Binding{Repo: repo, Number: m.Number, Branch: b.Branch, Base: b.Under(i), Head: m.Candidate.Head,
			Tree: "t", Merge: m.Candidate.SHA, Policy: "p", Method: pull.MethodExact, Batch: b.Head}})
	}
	return list
}

// asking forms a batch and brings it to where its people are asked.
func (w *world) asking(s *store.Store, turn pull.Turn, b pull.Batch) pull.Batch {
	w.Helper()
	b = got(s.FormBatch(w.Context(), turn, b))(w)
	w.must(s.AdvanceBatch(w.Context(), b.ID, pull.BatchForming, pull.BatchAsking))
	return b
}

func (w *world) known(s *store.Store, number int) pull.Work {
	w.Helper()
	got(s.File(w.Context(), []pull.Scope{one(number)}, false))(w)
	return got(s.Work(w.Context(), key(number)))(w)
}

// leftOver sees which branches of ours the pass over a pull request is given to delete.
func (w *world) leftOver(s *store.Store, number int, want ...pull.SideBranch) {
	w.Helper()
	if sides := w.known(s, number).Sides; !slices.Equal(sides, want) {
		w.Errorf("left over for #%d: %+v, want %+v", number, sides, want)
	}
}

var batches = []promise{
	{"FormedByTheTurnsHolderAlone", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Minute)
		other := turn
		other.Number = 2
		_, err := s.FormBatch(w.Context(), other, batchOf("m", 2, 1))
		w.refused(err, pull.ErrTurnPassed)
		stale := turn
		stale.Epoch--
		_, err = s.FormBatch(w.Context(), stale, batchOf("m", 1, 2))
		w.refused(err, pull.ErrTurnPassed)
		b := got(s.FormBatch(w.Context(), turn, batchOf("m", 1, 2)))(w)
		if b.ID == 0 || b.State != pull.BatchForming || b.Epoch != turn.Epoch {
			w.Errorf("formed: %+v", b)
		}
		_, err = s.FormBatch(w.Context(), turn, batchOf("m", 1, 2))
		w.refused(err, pull.ErrBatchMoved) // one name stands for one batch
		w.kinds(s, 1, "batch")
	}},
	{"WhoIsLeftOutIsLookedAtAgainOnceItIsFormed", func(w *world) {
		s := w.open()
		for n := 1; n <= 3; n++ {
			w.must(s.Save(w.Context(), record(n, pull.Wait)))
		}
		b := batchOf("x", 1)
		b.LeftOut = []pull.LeftOut{{Number: 2, Code: "batch-conflict", Message: "It conflicts."}}
		w.asking(s, w.take(s, 1, time.Minute), b)
		seen, _ := w.passes(s)
		numbers := map[int]bool{next(w, seen).Key.Number: true, next(w, seen).Key.Number: true}
		w.idle(s)
		if !numbers[1] || !numbers[2] || len(seen) > 0 {
			w.Errorf("%v were looked at, want the member and who was left out", numbers)
		}
	}},
	{"ANewOneTakesTheOldOnesPlace", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Minute)
		w.asking(s, turn, batchOf("m", 1, 2))
		got(s.FormBatch(w.Context(), turn, batchOf("n", 1, 3)))(w)
		if list := got(s.Batches(w.Context(), repo))(w); len(list) != 1 || list[0].Head != "n" {
			w.Errorf("on their way: %+v", list)
		}
		if b := w.known(s, 2).Batches; len(b) != 1 || b[0].State != pull.BatchDissolved || b[0].Why.Code != "turn-passed" {
			w.Errorf("the member of the old one sees %+v", b)
		}
		if last, ok, err := s.LastBatch(w.Context(), repo, "main"); err != nil || !ok || last.Head != "m" || last.EndedAt.IsZero() {
			w.Errorf("the last: %+v, %v, %v", last, ok, err)
		}
	}},
	{"BranchesOfOursAreLeftOverWhenNoBatchIsOnItsWay", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Minute)
		b := w.asking(s, turn, batchOf("m", 1, 2))
		b.Tested = "sallyport/staging/main"
		side := b.Staging()
		w.must(s.KeepSide(w.Context(), side))
		w.leftOver(s, 1)
		w.must(s.DissolveBatch(w.Context(), b.ID, pull.BatchDissolved, pull.Reason{Code: "c"}))
		w.leftOver(s, 1, side)
		w.leftOver(s, 2) // the holder of the turn may be about to use it
		if leaders := got(s.SideLeaders(w.Context()))(w); len(leaders) != 1 || leaders[0] != key(1) {
			w.Errorf("they were made by %v", leaders)
		}
		w.must(s.LeaveTurn(w.Context(), key(1), "main"))
		w.leftOver(s, 2, side)
		anew := side
		anew.SHA, anew.Head = "n", "h2"
		w.must(s.KeepSide(w.Context(), anew))
		w.must(s.ForgetSide(w.Context(), side)) // it was made anew meanwhile
		w.leftOver(s, 2, anew)
		w.must(s.ForgetSide(w.Context(), anew))
		w.leftOver(s, 2)
	}},
	{"AllIntentsOrNone", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Minute)
		b := w.asking(s, turn, batchOf("m", 1, 2, 3))
		w.must(s.Freeze(w.Context(), pull.Freeze{Repo: repo, Branch: "main", Number: 3, Code: "hold", Reason: "wait"}))
		_, err := s.BeginBatch(w.Context(), turn, b.ID, intentsOf(b))
		w.refused(err, pull.ErrFrozen)
		if open := got(s.LandingsUnderWay(w.Context(), repo, "main"))(w); len(open) != 0 {
			w.Errorf("one member was frozen, and %d landings are under way", len(open))
		}
	}},
	{"NoLandingOfAnotherBatch", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Minute)
		b := w.asking(s, turn, batchOf("m", 1, 2))
		_, err := s.BeginBatch(w.Context(), turn, b.ID, intentsOf(batchOf("n", 1, 2)))
		w.refused(err, pull.ErrBatchMoved)
		stale := turn
		stale.Epoch--
		_, err = s.BeginBatch(w.Context(), stale, b.ID, intentsOf(b))
		w.refused(err, pull.ErrTurnPassed)
		w.must(s.DissolveBatch(w.Context(), b.ID, pull.BatchDissolved, pull.Reason{Code: "c"}))
		_, err = s.BeginBatch(w.Context(), turn, b.ID, intentsOf(b))
		w.refused(err, pull.ErrBatchMoved)
	}},
	{"LandsInAnyOrderAndTheTipNeverGoesBack", func(w *world) {
		s := w.open()
		for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}} {
			head := fmt.Sprintf("m%v", order)
			turn := w.take(s, 1, time.Minute)
			before, _, err := s.Tip(w.Context(), repo, "main")
			w.must(err)
			w.must(s.MoveTip(w.Context(), repo, "main", before, "b"))
			b := w.asking(s, turn, batchOf(head, 1, 2, 3))
			intents := got(s.BeginBatch(w.Context(), turn, b.ID, intentsOf(b)))(w)
			w.refused(s.DissolveBatch(w.Context(), b.ID, pull.BatchDissolved, pull.Reason{Code: "c"}), pull.ErrBatchMoved)
			highest := -1
			for _, i := range order {
				if intents[i].Entry == 0 {
					w.Errorf("intent %d has no row", i)
				}
				intents[i].State, intents[i].Landed = pull.IntentDone, intents[i].Binding.Merge
				w.must(s.EndLanding(w.Context(), intents[i]))
				highest = max(highest, i)
				if tip, _, err := s.Tip(w.Context(), repo, "main"); err != nil || tip != b.Members[highest].Candidate.SHA {
					w.Errorf("%v: after %d the tip is %q, %v; want %q", order, i, tip, err, b.Members[highest].Candidate.SHA)
				}
			}
			if last := found(s.LastBatch(w.Context(), repo, "main"))(w); last.State != pull.BatchLanded {
				w.Errorf("%v: the batch is %s", order, last.State)
			}
			w.must(s.LeaveTurn(w.Context(), key(1), "main"))
		}
	}},
	{"AbandonedIsTriedAgainUnlessRefusedForGood", func(w *world) {
		s := w.open()
		turn := w.take(s, 1, time.Minute)
		b := w.asking(s, turn, batchOf("m", 1, 2))
		got(s.BeginBatch(w.Context(), turn, b.ID, intentsOf(b)))(w)
		w.must(s.AbandonBatch(w.Context(), b.ID, pull.Intent{Detail: "the answer was lost"}))
		if open := got(s.LandingsUnderWay(w.Context(), repo, "main"))(w); len(open) != 0 {
			w.Errorf("%d landings are still under way", len(open))
		}
		got(s.BeginBatch(w.Context(), turn, b.ID, intentsOf(b)))(w)
		w.must(s.AbandonBatch(w.Context(), b.ID, pull.Intent{Code: "protected", Detail: "no"}))
		_, err := s.BeginBatch(w.Context(), turn, b.ID, intentsOf(b))
		w.refused(err, pull.ErrBatchMoved)
		if last := found(s.LastBatch(w.Context(), repo, "main"))(w); last.State != pull.BatchDissolved || last.Why.Code != "landing-refused" {
			w.Errorf("the batch is %s, %+v", last.State, last.Why)
		}
	}},
	{"OneAnswerSpeaksOfAll", func(w *world) {
		s := w.open()
		c := prompt(1, "ann")
		c.Binding.Method, c.Binding.Batch = pull.MethodExact, "head"
		second := c.Binding
		second.Number, second.Merge = 2, "m2"
		c.Covers = []pull.Covered{{Binding: second, Account: pull.Account{ID: 10, Login: "ann2"}, Role: "approver"}}
		w.ended(s, c, "tx", pull.PromptAllowed)
		for number, want := range map[int]pull.Binding{1: c.Binding, 2: second} {
			confirmations := w.known(s, number).Confirmations
			if len(confirmations) != 1 || !confirmations[0].Confirms(want) {
				w.Errorf("#%d sees %+v", number, confirmations)
			}
			w.kinds(s, number, "prompt", "answer")
		}
		if got := w.known(s, 2).Confirmations[0]; got.Account.Login != "ann2" || got.Role != "approver" {
			w.Errorf("#2 sees the answer of %+v", got)
		}
		if none := w.known(s, 3).Confirmations; len(none) != 0 {
			w.Errorf("#3 sees %+v", none)
		}
		_, err := s.BeginPrompt(w.Context(), c)
		w.refused(err, pull.ErrAlreadyAsked)
	}},
}

// found fails the test unless something was found.
func found(b pull.Batch, ok bool, err error) func(*world) pull.Batch {
	return func(w *world) pull.Batch {
		w.Helper()
		if err != nil || !ok {
			w.Fatalf("found %v, %v", ok, err)
		}
		return b
	}
}
