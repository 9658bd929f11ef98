package reconcile

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Where little is left of GitHub's hour, what nobody can land as it stands is not looked at for the sake of others.
func TestALookThatCanWaitLeavesTheBudgetToLandings(t *testing.T) {
	pushed := []pull.News{{Event: "push"}}
	tests := []struct {
		name string
		last func(*pull.Record)
		news []pull.News
		wait bool
	}{
		{"its target moved", func(r *pull.Record) { r.Calm = true }, pushed, true},
		{"a sweep came by", func(r *pull.Record) { r.Calm = true }, nil, true},
		{"somebody reviewed it", func(r *pull.Record) { r.Calm = true }, []pull.News{{Event: "push"}, {Event: "pull_request_review"}}, false},
		{"it could be merged by hand", func(*pull.Record) {}, pushed, false},
		{"it was ready and waited for its turn", func(r *pull.Record) { r.Calm, r.Queues = true, true }, pushed, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := &countingGitHub{short: &pull.Failure{Class: pull.Transient, Code: "github-budget-reserved", After: time.Minute, Err: errors.New("little is left")}}
			work := inLine(t, g)
			work.Woken, work.News, work.Last.Queues = true, tt.news, false
			tt.last(work.Last)
			s := &lineStore{grantingStore: grantingStore{github: g}}
			_, err := stillReconciler(g, s).Pass(t.Context(), work)
			if tt.wait && (g.looks != 0 || pull.Delay(err) != time.Minute) {
				t.Errorf("%d looks, error %v; want none, and another try within a minute", g.looks, err)
			}
			if !tt.wait && g.looks == 0 {
				t.Errorf("it was not looked at: %v", err)
			}
		})
	}
}
