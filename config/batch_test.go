package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/automerge"
)

func TestBatch(t *testing.T) {
	for _, tt := range []struct {
		text string
		want automerge.Batch
	}{
		{"  method: exact\n  batch: 5", automerge.Batch{Size: 5}},
		{"  method: exact\n  batch: {size: 2, checks: [test, lint], deadline: 30m}", automerge.Batch{Size: 2, Checks: []string{"test", "lint"}, Deadline: 30 * time.Minute}},
		{"  method: squash\n  methods: [{method: exact, if: {labels: [prod]}}]\n  batch: 20", automerge.Batch{Size: 20}},
		{"  method: exact", automerge.Batch{}},
	} {
		got, problems := parseAutomerge(tt.text)
		if problems != nil {
			t.Fatalf("%s: %v", tt.text, problems)
		}
		if diff := cmp.Diff(tt.want, got.Batch); diff != "" {
			t.Errorf("%s:\n%s", tt.text, diff)
		}
	}
}

func TestBatchFaults(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"not by exact", "  method: merge\n  batch: 5", "5:3: batch lands several by commits of Sallyport's own"},
		{"one is no batch", "  method: exact\n  batch: 1", "batch is 1"},
		{"too many", "  method: exact\n  batch: {size: 21}", "at most 20 land together"},
		{"no size", "  method: exact\n  batch: {checks: [a]}", "the batch has no size"},
		{"no checks", "  method: exact\n  batch: {size: 2, checks: []}", "checks is an empty list"},
		{"a deadline for nothing", "  method: exact\n  batch: {size: 2, deadline: 1h}", "a deadline is for checks"},
		{"another key", "  method: exact\n  batch: {size: 2, bisect: true}", `unknown key "bisect"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, problems := parseAutomerge(tt.text)
			if problems == nil || got != nil || !strings.Contains(problems.List()[0].String(), tt.want) {
				t.Errorf("got %+v, %v; want a problem with %q", got, problems, tt.want)
			}
		})
	}
}
