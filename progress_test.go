package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestProgressIsDrawnOnTerminalsOnly(t *testing.T) {
	var b bytes.Buffer
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, p := range map[string]progress{"a buffer": newProgress(&b, "replaying", 2), "a file": newProgress(file, "replaying", 2)} {
		if p.show(1); p.out != nil {
			t.Errorf("%s is taken for a terminal", name)
		}
		p.clear()
	}
	if b.Len() > 0 {
		t.Errorf("got %q, want nothing", &b)
	}
	p := progress{&b, "replaying", 4}
	for _, tt := range []struct {
		done int
		want string
	}{
		{0, "\rreplaying [······························] 0/4"},
		{1, "\rreplaying [███████·······················] 1/4"},
		{4, "\rreplaying [██████████████████████████████] 4/4"},
	} {
		b.Reset()
		p.show(tt.done)
		if got := b.String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
