package command

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// TestDemo plays the demo twice in a row, as somebody who tries it would.
func TestDemo(t *testing.T) {
	for range 2 {
		var out bytes.Buffer
		if err := playDemo(context.Background(), &out, false); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		for _, want := range []string{"approved by default", "Waiting for 1 approval from an admin", "the same commit, says git", "That took"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("it does not say %q:\n%s", want, out.String())
			}
		}
	}
}

func TestWrongUseExitsWith2(t *testing.T) {
	for _, args := range [][]string{{"serve", "--config", "absent.yml"}, {"nonsense"}, {"explain", "acme"}, {"check"}} {
		if code := Run(context.Background(), args); code != 2 {
			t.Errorf("%v: exit status %d, want 2", args, code)
		}
	}
}
