package command

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyATerminalIsTakenForOne(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if onTerminal(&bytes.Buffer{}) || onTerminal(file) {
		t.Error("a buffer or a file is taken for a terminal")
	}
}

func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		name     string
		total    int
		terminal bool
		done     []int
		want     string
	}{
		{"a terminal", 4, true, []int{0, 1, 4}, "\rreplaying [······························] 0/4" +
			"\rreplaying [███████·······················] 1/4" + "\rreplaying [██████████████████████████████] 4/4" + "\r\x1b[2K"},
		{"a log has a line for each tenth", 20, false, []int{0, 1, 2, 3, 4, 19, 20}, "replaying 2/20\nreplaying 4/20\nreplaying 19/20\nreplaying 20/20\n"},
		{"a log has none of short work", 4, false, []int{0, 1, 4}, ""},
		{"nothing to do", 0, true, []int{0}, "\r\x1b[2K"},
	} {
		var b bytes.Buffer
		p := progress{out: &b, what: "replaying", total: tt.total, terminal: tt.terminal}
		for _, done := range tt.done {
			p.show(done)
		}
		p.clear()
		if got := b.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
