package store

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// BenchmarkTenThousandOpen measures, with that many pull requests open in one repository, what the overview reads, what a sweep
// does, and what a push to the branch that all of them target files.
func BenchmarkTenThousandOpen(b *testing.B) {
	for name, url := range map[string]func(*testing.B) string{
		"postgres": durable,
		"sqlite":   func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "sallyport.db") },
	} {
		b.Run(name, func(b *testing.B) {
			s, err := Open(b.Context(), url(b), slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			fill(b, s, 10_000)
			for b.Loop() {
				for what, do := range map[string]func() error{
					"overview-ms": func() error {
						if _, err := s.OpenRepos(b.Context()); err != nil {
							return err
						}
						_, err := s.OpenRecords(b.Context(), []int64{1}, 9_000)
						return err
					},
					"sweep-ms": func() error {
						if _, err := s.OpenHeads(b.Context(), 1); err != nil {
							return err
						}
						keys, err := s.Stalest(b.Context(), 5, 100)
						if err != nil {
							return err
						}
						var scopes []pull.Scope
						for _, k := range keys {
							scopes = append(scopes, pull.Scope{Repo: k.Repo, Number: k.Number})
						}
						_, err = s.File(b.Context(), scopes, true)
						return err
					},
					"base-move-ms": func() error {
						_, err := s.File(b.Context(), []pull.Scope{{Repo: 1, Branch: "main", Unhurried: true}}, false)
						return err
					},
				} {
					begin := time.Now()
					if err := do(); err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(time.Since(begin).Microseconds())/1000, what)
				}
			}
		})
	}
}

func fill(b *testing.B, s *Store, open int) {
	repo := pull.Repo{ID: 1, NodeID: "R_1", Owner: "acme", Name: "infra", DefaultBranch: "main", Installation: 5}
	if err := s.UpsertRepos(b.Context(), []pull.Repo{repo}); err != nil {
		b.Fatal(err)
	}
	for n := 1; n <= open; n++ {
		r := pull.Record{Key: pull.Key{Repo: 1, Number: n}, State: "open", Next: "Wait."}
		r.Request = pull.Request{Repo: repo, Number: n, Title: "Scale it", State: pull.Open, Head: pull.Head{SHA: "h"}, Base: pull.Base{SHA: "b", Branch: "main"}}
		for _, g := range pull.Gates {
			r.Verdicts = append(r.Verdicts, pull.Verdict{Gate: g, State: pull.Wait, Reasons: []pull.Reason{{Code: "awaiting", State: pull.Wait, Message: "Somebody has to agree."}}})
		}
		if err := s.Save(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
