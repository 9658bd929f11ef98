package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// alarms are books that keep what was raised.
type alarms struct {
	books
	raised  []pull.Alarm
	freezes []pull.Freeze
}

func (a *alarms) Raise(_ context.Context, alarm pull.Alarm, _ *pull.Entry, freezes ...pull.Freeze) (bool, error) {
	a.raised, a.freezes = append(a.raised, alarm), append(a.freezes, freezes...)
	return true, nil
}

// Threat 56: what landed otherwise than was agreed to is a breach in the books, an alarm, and the end of landing there.
func TestThreat56WhatLandsOtherwiseIsABreachAndFreezesTheBranch(t *testing.T) {
	agreed := pull.Binding{Repo: 10, Number: 3, Branch: "main", Merge: sha("f"), Base: sha("b"), Head: sha("a"), Tree: sha("d"), Method: pull.MethodMerge}
	for name, tree := range map[string]string{"as agreed": sha("d"), "another tree": sha("0")} {
		t.Run(name, func(t *testing.T) {
			r := world().Request
			r.State, r.Base.Branch = pull.Merged, "main"
			r.Landed = pull.Landed{SHA: sha("f"), Tree: tree, Parents: []string{sha("b"), sha("a")}, Under: sha("b")}
			store := &alarms{books: books{intents: []pull.Intent{{ID: 1, Binding: agreed, CommitSHA256: "of its bytes"}}}}
			p := &pass{Reconciler: &Reconciler{Store: store, Now: time.Now}, log: slog.New(slog.DiscardHandler),
				work: pull.Work{Key: agreed.Key(), Last: &pull.Record{Key: agreed.Key(), Request: r}}}
			if err := p.ourLanding(t.Context(), Decision{World: World{Request: r}}, store.intents[0]); err != nil {
				t.Fatal(err)
			}
			breach := name != "as agreed"
			if got := store.intents[0].State; breach != (got == pull.IntentBreach) {
				t.Errorf("the books say %q", got)
			}
			alarmed := slices.ContainsFunc(store.raised, func(a pull.Alarm) bool { return a.Kind == pull.AlarmBreach })
			frozen := slices.ContainsFunc(store.freezes, func(f pull.Freeze) bool { return f.Code == "breach" && f.Branch == "main" && f.Number == 0 })
			if alarmed != breach || frozen != breach {
				t.Errorf("alarms %+v, freezes %+v", store.raised, store.freezes)
			}
		})
	}
}

// Threat 80: the pull request was given another target while GitHub was being asked to merge it. The rules of the branch where
// it landed never let it through, and landing is frozen on both.
func TestThreat80WhatLandsOnAnotherBranchFreezesBoth(t *testing.T) {
	agreed := pull.Binding{Repo: 10, Number: 3, Branch: "lax", Merge: sha("f"), Base: sha("b"), Head: sha("a"), Tree: sha("d"), Method: pull.MethodMerge}
	r := world().Request
	r.State, r.Base.Branch = pull.Merged, "main"
	r.Landed = pull.Landed{SHA: sha("f"), Tree: sha("d"), Parents: []string{sha("b"), sha("a")}, Under: sha("b")}
	store := &alarms{books: books{intents: []pull.Intent{{ID: 1, Binding: agreed, CommitSHA256: "of its bytes"}}}}
	p := &pass{Reconciler: &Reconciler{Store: store, Now: time.Now}, log: slog.New(slog.DiscardHandler),
		work: pull.Work{Key: agreed.Key(), Last: &pull.Record{Key: agreed.Key(), Request: r}}}
	if err := p.ourLanding(t.Context(), Decision{World: World{Request: r}}, store.intents[0]); err != nil {
		t.Fatal(err)
	}
	var frozen []string
	for _, f := range store.freezes {
		frozen = append(frozen, f.Branch)
	}
	if !slices.Equal(frozen, []string{"main", "lax"}) || len(store.raised) != 1 || !strings.Contains(store.raised[0].Text, "On main and lax, ") {
		t.Errorf("froze %v, told %+v", frozen, store.raised)
	}
}

// dying is a store whose process ends where it would write down how a landing ended.
type dying struct{ *alarms }

var errKilled = errors.New("killed")

func (dying) EndLanding(context.Context, pull.Intent) error { return errKilled }

// Threat 56: whoever dies in the middle of a breach leaves a frozen branch, and a landing that is looked at again; one that was
// written down is no landing of somebody else's.
func TestThreat56ABreachIsNotForgottenHalfway(t *testing.T) {
	agreed := pull.Binding{Repo: 10, Number: 3, Branch: "main", Merge: sha("f"), Base: sha("b"), Head: sha("a"), Tree: sha("d"), Method: pull.MethodMerge}
	r := world().Request
	r.State, r.Base.Branch = pull.Merged, "main"
	r.Landed = pull.Landed{SHA: sha("f"), Tree: sha("0"), Parents: []string{sha("b"), sha("a")}, Under: sha("b")}
	kept := &alarms{books: books{intents: []pull.Intent{{ID: 1, Binding: agreed, CommitSHA256: "of its bytes"}}}}
	after := func(s Store) error {
		p := &pass{Reconciler: stillReconciler(nil, s), log: slog.New(slog.DiscardHandler),
			work: pull.Work{Key: agreed.Key(), Last: &pull.Record{Key: agreed.Key(), Request: r}, Intents: kept.intents}}
		return p.landed(t.Context(), World{Request: r})
	}
	if err := after(dying{kept}); !errors.Is(err, errKilled) {
		t.Fatalf("got %v, want it to die", err)
	}
	if len(kept.freezes) != 1 || kept.intents[0].State != pull.IntentOpen {
		t.Fatalf("halfway: freezes %+v, landing %q; want a frozen branch and a landing to look at", kept.freezes, kept.intents[0].State)
	}
	if err := after(kept); err != nil || kept.intents[0].State != pull.IntentBreach || kept.last.State != StateLanded {
		t.Fatalf("looked at again: %v, landing %q, record %+v", err, kept.intents[0].State, kept.last)
	}
	kept.intents[0].Landed, kept.last, kept.raised = sha("f"), nil, nil
	if err := after(kept); err != nil || kept.last == nil || kept.last.State != StateLanded || len(kept.raised) != 0 {
		t.Errorf("whose record was lost: %v, record %+v, alarms %+v; want it landed, and no second alarm", err, kept.last, kept.raised)
	}
}
