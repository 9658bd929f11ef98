package server

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// A landing's page and its API say how far its proof has come, and why.
func TestALandingSaysHowFarItsProofHasCome(t *testing.T) {
	for _, tt := range []struct {
		name, state string
		a           *pull.Attestation
		want, why   string
		live        bool
	}{
		{"in the notes", "landed", &pull.Attestation{Notes: shaH, Tries: 1}, "attested", "judges it again offline", false},
		{"about to be pushed", "landed", &pull.Attestation{}, "pending", "about to be pushed", true},
		{"refused so far", "landed", &pull.Attestation{Tries: 3, Detail: "GitHub protects the notes"}, "pending", "(3 times so far): GitHub protects the notes", true},
		{"without a key", "landed", nil, "none", "the bot's signing key", false},
		{"past the gate", "foreign", nil, "none", "past the gate", false},
		{"open", "open", nil, "", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := waitingRecord()
			rec.State, rec.LandedSHA, rec.Attestation = tt.state, shaM, tt.a
			var told attestation
			if a := apiServer(t, guarded(rec)).tell(rec, nil).Attestation; a != nil {
				told = *a
			}
			if told.State != tt.want || !strings.Contains(told.Why, tt.why) {
				t.Errorf("the API says %q: %q; want %q: %q", told.State, told.Why, tt.want, tt.why)
			}
			page := get(openServer(t, guarded(rec)), "/acme/infra/pull/3").Body.String()
			if has := strings.Contains(page, `id="attested"`); has != (tt.want != "") {
				t.Errorf("the page shows it: %v", has)
			}
			if live := strings.Contains(page, "data-live"); live != tt.live {
				t.Errorf("the page is live: %v, want %v", live, tt.live)
			}
		})
	}
}

func TestTheLedgersPageShowsTheCheckpoint(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		err              error
	}{
		{"signed", "sallyport/1\n12\nroot\n\n— bot abc\n", "Newest signed checkpoint", nil},
		{"without a key", "sallyport/1\n12\nroot\n", "it is not signed", nil},
		{"damaged", "", "Nothing has been written yet", errors.New("no tree has 3 hashes")},
	} {
		c := config(guarded(waitingRecord()))
		c.OpenPages = true
		c.Checkpoint = func(context.Context) (string, error) { return tt.text, tt.err }
		w := get(newServer(t, c), "/acme/infra/ledger")
		if text := w.Body.String(); w.Code != 200 || !strings.Contains(text, tt.want) || strings.Contains(text, "checkpoint") != (tt.err == nil) {
			t.Errorf("%s: got %d %s, want %q", tt.name, w.Code, text, tt.want)
		}
	}
}
