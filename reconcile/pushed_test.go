package reconcile

import (
	"context"
	"slices"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

type pushBooks struct {
	Store
	pushers []pull.Pushed
}

func (b pushBooks) Pusher(context.Context, int64, string) (pull.Account, bool, error) {
	return dev, true, nil
}

func (b pushBooks) Pushers(context.Context, int64, []string) ([]pull.Pushed, error) {
	return slices.Clone(b.pushers), nil
}

type activityLog struct {
	GitHub
	by  map[string]pull.Account
	ask int
}

func (l *activityLog) Pusher(_ context.Context, r pull.Request) (pull.Account, error) {
	l.ask++
	return l.by[r.Head.SHA], nil
}

// Whom the books know not to be alone, the activity log of this branch may name; what was known once stays known.
func TestThreat29WhoPushedBelowTheHead(t *testing.T) {
	one, two := pull.Pushed{SHA: sha("1"), By: ana}, pull.Pushed{SHA: sha("2"), By: dev}
	several := pull.Pushed{SHA: sha("1")}
	for name, tt := range map[string]struct {
		books, before, want []pull.Pushed
		log                 map[string]pull.Account
		asked               int
	}{
		"known to the books":            {books: []pull.Pushed{one, two}, want: []pull.Pushed{one, two}},
		"several, and the log tells":    {books: []pull.Pushed{several}, log: map[string]pull.Account{sha("1"): ana}, want: []pull.Pushed{one}, asked: 1},
		"several, and nobody tells":     {books: []pull.Pushed{several}, want: []pull.Pushed{several}, asked: 1},
		"several, one of them before":   {books: []pull.Pushed{several}, before: []pull.Pushed{one}, want: []pull.Pushed{one}},
		"several, not told before":      {books: []pull.Pushed{several}, before: []pull.Pushed{several}, want: []pull.Pushed{several}, asked: 1},
		"forgotten by the books":        {books: []pull.Pushed{two}, before: []pull.Pushed{one, two}, want: []pull.Pushed{one, two}},
		"no longer proposed":            {before: []pull.Pushed{{SHA: sha("0"), By: ana}}},
		"of the head the log was asked": {books: []pull.Pushed{{SHA: sha("3")}}, want: []pull.Pushed{{SHA: sha("3")}}},
	} {
		t.Run(name, func(t *testing.T) {
			log := &activityLog{by: tt.log}
			p := &pass{Reconciler: &Reconciler{Store: pushBooks{pushers: tt.books}, GitHub: log}, work: pull.Work{Last: &pull.Record{Request: pull.Request{Pushers: tt.before}}}}
			w := World{Request: pull.Request{Head: pull.Head{SHA: sha("3")}, Commits: []pull.Commit{{SHA: sha("1")}, {SHA: sha("2")}, {SHA: sha("3")}}}}
			if err := p.pushed(t.Context(), &w); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(w.Request.Pushers, tt.want) || log.ask != tt.asked {
				t.Errorf("got %+v with %d questions, want %+v with %d", w.Request.Pushers, log.ask, tt.want, tt.asked)
			}
		})
	}
}
