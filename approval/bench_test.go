package approval

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// crowd is a large pull request: files, commits and reviews by many people, under a policy of many rules whose
// patterns mostly miss.
func crowd(rules, files, commits, reviews int) (Policy, pull.Request) {
	r := request()
	r.Files, r.Commits = nil, nil
	for i := range files {
		r.Files = append(r.Files, pull.File{Path: fmt.Sprintf("service-%02d/jobs/deep/file-%03d.hcl", i%rules, i), OldMode: pull.Regular, NewMode: pull.Regular})
	}
	for i := range commits {
		commit(person(int64(1000+i), fmt.Sprint("dev", i)), flow)(&r)
	}
	for i := range reviews {
		a := person(int64(2000+i), fmt.Sprint("reviewer", i))
		approved(a)(&r)
		r.Standing.Roles[a.ID] = pull.Write
		r.Standing.Candidates = append(r.Standing.Candidates, a)
	}
	r.CommitsTotal = len(r.Commits)
	var p Policy
	for i := range rules {
		p.Rules = append(p.Rules, Rule{
			Name:    fmt.Sprint("rule ", i),
			Paths:   []string{fmt.Sprintf("service-%02d/**", i), fmt.Sprintf("shared/*/service-%02d.hcl", i)},
			Require: Requirement{Approvals: &Approvals{Count: 1 + i%3, From: []string{[]string{"write", "admin", "@acme/sre"}[i%3]}}, Duo: DuoAuthor},
		})
	}
	return p, r
}

func BenchmarkJudge(b *testing.B) {
	for _, size := range []struct{ rules, files, commits, reviews int }{{50, 100, 100, 50}, {100, 100, 100, 50}} {
		p, r := crowd(size.rules, size.files, size.commits, size.reviews)
		b.Run(fmt.Sprintf("rules=%d/files=%d/commits=%d/reviews=%d", size.rules, size.files, size.commits, size.reviews), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Judge(p, r, pairs{{"dev1", "dev2"}}, pull.Pass)
			}
		})
	}
}
