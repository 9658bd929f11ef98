package policybot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// BenchmarkJudge is a large policy over a large change: 100 rules, 3,000 files, 50 reviews and 50 comments.
func BenchmarkJudge(b *testing.B) {
	var rules, names strings.Builder
	for i := range 100 {
		fmt.Fprintf(&names, "r%d, ", i)
		fmt.Fprintf(&rules, "  - {name: r%d, if: {changed_files: {paths: ['^team%d/.*\\.tf$']}}, requires: {count: 1, permissions: [write]}}\n", i, i)
	}
	p, problems := config.ParsePolicyBot(".policy.yml", []byte("policy: {approval: [{or: ["+names.String()+"]}]}\napproval_rules:\n"+rules.String()))
	if problems != nil {
		b.Fatal(problems)
	}
	r := request()
	r.Files = nil
	for i := range 3000 {
		r.Files = append(r.Files, pull.File{Path: fmt.Sprintf("team%d/net%d.tf", i%100, i), NewMode: pull.Regular})
	}
	for range 50 {
		approves(ana)(&r)
		comments(eve, "looks fine\n\n> quoted\n\n👍")(&r)
	}
	b.ReportAllocs()
	for b.Loop() {
		policybot.Judge(*p, r, nil)
	}
}
