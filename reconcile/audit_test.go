package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// tipBooks know a branch's tip, and what landed on what.
type tipBooks struct {
	Tips
	tip   string
	under map[string]string
	open  []pull.Intent
}

func (b *tipBooks) Tip(context.Context, int64, string) (string, bool, error) { return b.tip, true, nil }
func (b *tipBooks) LandedAs(_ context.Context, _ int64, _, sha string) (pull.LandedAs, bool, error) {
	under, ok := b.under[sha]
	return pull.LandedAs{Under: under}, ok, nil
}
func (b *tipBooks) LandingsUnderWay(context.Context, int64, string) ([]pull.Intent, error) {
	return b.open, nil
}

var errLooked = errors.New("GitHub was asked")

type askedBranches struct{ Branches }

func (askedBranches) Tip(context.Context, pull.Repo, string, string) (pull.BranchTip, error) {
	return pull.BranchTip{}, errLooked
}

// A push that is a landing in the books costs no request; every other one has the branch looked at, above all one that takes a
// landing back.
func TestOnlyPushesThatTheBooksKnowAreNotLookedInto(t *testing.T) {
	under := map[string]string{"three": "two", "two": "one", "one": "begin"}
	tests := []struct {
		name          string
		tip           string
		before, after string
		open          []pull.Intent
		looks, waits  bool
	}{
		{"our latest landing", "three", "two", "three", nil, false, false},
		{"an earlier landing of ours, told late", "three", "one", "two", nil, false, false},
		{"a batch of landings", "three", "begin", "three", nil, false, false},
		{"a landing taken back", "three", "three", "two", nil, true, false},
		{"pushed away and back to the tip", "three", "elsewhere", "three", nil, true, false},
		{"on top of the tip", "three", "three", "elsewhere", nil, true, false},
		{"nobody says where from", "three", "", "three", nil, true, false},
		{"before the landing is in the books", "one", "one", "two", []pull.Intent{{}}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := &Auditor{GitHub: askedBranches{}, Store: &tipBooks{tip: tt.tip, under: under, open: tt.open}, Log: slog.New(slog.DiscardHandler)}
			out, err := a.Audit(t.Context(), pull.Repo{ID: 1}, "main", tt.before, tt.after)
			if looked := errors.Is(err, errLooked); looked != tt.looks {
				t.Errorf("looked: %t (%v), want %t", looked, err, tt.looks)
			}
			if waits := out.After > 0; waits != tt.waits {
				t.Errorf("waits: %t, want %t", waits, tt.waits)
			}
		})
	}
}
