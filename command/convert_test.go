package command

import (
	"os"
	"path/filepath"
	"testing"
)

func TestConvertSaysByItsStatusWhatCame(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want int
	}{
		"convertible":     {"policy: {approval: [a]}\napproval_rules: [{name: a, requires: {count: 1, admins: true}}]\n", 0},
		"not expressible": {"policy: {approval: [a]}\napproval_rules: [{name: a, if: {from_branch: {pattern: x}}}]\n", 1},
		"invalid":         {"polices: {}\n", 1},
		"absent":          {"", 2},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), ".policy.yml")
			if tc.text != "" {
				if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := Run(t.Context(), []string{"convert", file}); got != tc.want {
				t.Errorf("exit status %d, want %d", got, tc.want)
			}
		})
	}
}
