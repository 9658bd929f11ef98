package reconcile

import (
	"context"
	"log/slog"
	"slices"
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
