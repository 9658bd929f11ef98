package verify

import (
	"testing"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// Two that GitHub landed at once were written down in the other order: that is a rolled back ledger only where no attestation
// proves that it is the same one.
func TestWhatGitHubLandsAtOnceMayBeWrittenDownInAnyOrder(t *testing.T) {
	ten, twelve := ledger.Checkpoint{Origin: "o", Size: 10}, ledger.Checkpoint{Origin: "o", Size: 12}
	for name, tc := range map[string]struct {
		method string
		row    int64
		now    ledger.Checkpoint
		proved bool // the one before leads on from this one's
		linked bool // this one leads on from another
		bad    bool
	}{
		"later in both":                          {pull.MethodSquash, 11, twelve, false, false, false},
		"attested and written first, and proved": {pull.MethodSquash, 5, ten, true, false, false},
		"the same, without a proof":              {pull.MethodSquash, 5, ten, false, true, true},
		"written first, attested last":           {pull.MethodSquash, 5, twelve, false, true, false},
		"the same, without a link":               {pull.MethodSquash, 5, twelve, false, false, true},
		"ours are written in order":              {pull.MethodExact, 5, twelve, true, true, true},
		"attested late, in order":                {pull.MethodExact, 11, ten, true, false, false},
		"one row for two":                        {pull.MethodSquash, 9, twelve, true, true, true},
	} {
		v := &run{past: past{proved: map[ledger.Checkpoint]bool{}}}
		v.past.checkpoint, v.past.row = &ledger.Checkpoint{Origin: "o", Size: 11}, 9
		v.past.proved[tc.now] = tc.proved
		c := &Commit{landing: &attest.Landing{Method: tc.method}}
		c.landing.Ledger.Row.ID = tc.row
		v.grown(c, tc.now, tc.linked)
		if bad := len(c.Findings) > 0; bad != tc.bad || bad && c.Findings[0].Code != "ledger-shrank" {
			t.Errorf("%s: %+v, want a rolled back ledger: %v", name, c.Findings, tc.bad)
		}
	}
}
