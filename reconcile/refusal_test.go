package reconcile

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// What GitHub calls passing is tried again for as long as that is likely to be true; what it calls final, only while it may not have
// seen a check that it was just given.
func TestRefusalsThatPassAreTriedAgain(t *testing.T) {
	busy := &pull.Failure{Class: pull.Transient, Code: "not-mergeable", After: 5 * time.Second, Err: errors.New("Merge already in progress")}
	no := &pull.Failure{Class: pull.Permanent, Code: "not-mergeable", Err: errors.New("Method Not Allowed")}
	for _, tt := range []struct {
		name  string
		cause error
		tries int
		code  string
	}{
		{"a merge is in progress", busy, 0, ""},
		{"for the third time", busy, 2, ""},
		{"for too long", busy, stubborn, "not-mergeable"},
		{"for good", no, 0, ""},
		{"for good, for the third time", no, retries, "not-mergeable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code, after := again(tt.cause, tt.tries); code != tt.code || tt.cause == busy && after < 5*time.Second {
				t.Errorf("got %q after %s, want %q", code, after, tt.code)
			}
		})
	}
}
