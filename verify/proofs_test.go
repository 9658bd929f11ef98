package verify

import (
	"testing"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// Several that GitHub landed at once were written down in another order: that is a rolled back ledger only where nothing proves
// that it is one ledger.
func TestWhatGitHubLandsAtOnceMayBeWrittenDownInAnyOrder(t *testing.T) {
	at := func(size int64) ledger.Checkpoint { return ledger.Checkpoint{Origin: "o", Size: size} }
	for name, tc := range map[string]struct {
		method string
		row    int64
		now    int64
		links  map[int64]int64 // what is proved to lead on from what
		bad    bool
	}{
		"later in both":                          {pull.MethodSquash, 11, 12, nil, false},
		"written and attested first, and proved": {pull.MethodSquash, 5, 9, map[int64]int64{11: 10, 10: 9}, false},
		"the same, without a proof":              {pull.MethodSquash, 5, 9, map[int64]int64{12: 9}, true},
		"written first, attested last":           {pull.MethodSquash, 5, 13, map[int64]int64{13: 12, 12: 11}, false},
		"the same, led on from an older ledger":  {pull.MethodSquash, 5, 13, map[int64]int64{13: 8}, true},
		"the same, without a link":               {pull.MethodSquash, 5, 13, nil, true},
		"attested at once":                       {pull.MethodSquash, 5, 11, nil, false},
		"ours are written in order":              {pull.MethodExact, 5, 12, map[int64]int64{12: 11}, true},
		"attested late, in order":                {pull.MethodExact, 11, 10, map[int64]int64{11: 10}, false},
		"one row for two":                        {pull.MethodSquash, 9, 12, map[int64]int64{12: 11}, true},
	} {
		old := at(11)
		v := &run{past: past{checkpoint: &old, row: 9}, growth: growth{from: map[ledger.Checkpoint][]ledger.Checkpoint{}}}
		for now, since := range tc.links {
			v.growth.from[at(now)] = []ledger.Checkpoint{at(since)}
		}
		c := &Commit{landing: &attest.Landing{Method: tc.method}}
		c.landing.Ledger.Row.ID = tc.row
		v.grown(c, at(tc.now))
		if bad := len(c.Findings) > 0; bad != tc.bad || bad && c.Findings[0].Code != "ledger-shrank" {
			t.Errorf("%s: %+v, want a rolled back ledger: %v", name, c.Findings, tc.bad)
		}
	}
}
