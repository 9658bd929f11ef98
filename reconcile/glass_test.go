package reconcile

import (
	"testing"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// A broken glass lands past GitHub's merge queue by a commit of ours, never by a group of the queue's: while the pull request
// waits there, every gate holds.
func TestWhatABrokenGlassIsBoundTo(t *testing.T) {
	people, err := duobot.ParsePeople("people.yml", []byte("- {name: Ana, github: [ana], duo: ana}\n- {name: Bo, github: [bo], duo: bo}\n"))
	if err != nil {
		t.Fatal(err)
	}
	ana, bo := pull.Account{ID: 1, Login: "ana", Kind: pull.User}, pull.Account{ID: 2, Login: "bo", Kind: pull.User}
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	world := World{People: people, Request: pull.Request{
		State: pull.Open, At: noon, Head: pull.Head{SHA: "h"}, Base: pull.Base{Branch: "main"}, Test: pull.TestMerge{State: pull.Clean, SHA: "test"},
		Standing: pull.Standing{Roles: map[int64]pull.Role{1: pull.Admin, 2: pull.Admin}},
		Glass: &pull.Glass{Head: "h", Branch: "main", State: pull.GlassOpen, Expires: noon.Add(time.Hour),
			Voices: []pull.Voice{{Account: ana, Reason: "prod is down"}, {Account: bo, Reason: "I see it"}}}},
		Rulebook: config.Policy{Automerge: &automerge.Policy{Method: pull.MethodQueue}, BreakGlass: &automerge.BreakGlass{From: []string{"admin"}, Lasts: time.Hour}}}
	tests := []struct {
		name   string
		method string
		spoil  func(*World)
		want   pull.Binding
	}{
		{"outside the queue", pull.MethodQueue, func(*World) {}, pull.Binding{Method: pull.MethodExact, Merge: "test", Glass: world.Request.Glass.Name()}},
		{"inside the queue", pull.MethodQueue, func(w *World) { w.Request.Queued = &pull.Queued{Position: 1} }, pull.Binding{Method: pull.MethodQueue, Merge: "m"}},
		{"where no queue is", pull.MethodSquash, func(*World) {}, pull.Binding{Method: pull.MethodSquash, Merge: "m", Glass: world.Request.Glass.Name()}},
		{"one has spoken", pull.MethodQueue, func(w *World) {
			g := *w.Request.Glass
			g.Voices = g.Voices[:1]
			w.Request.Glass = &g
		}, pull.Binding{Method: pull.MethodQueue, Merge: "m"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := world
			tt.spoil(&w)
			if got := (Decision{World: w}).throughGlass(pull.Binding{Method: tt.method, Merge: "m"}); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
