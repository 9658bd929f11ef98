package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/pull"
)

// benchDelivery is a check_run delivery as GitHub sends them: about 10 kB, one pull request, a repository.
func benchDelivery(n int64) pull.Delivery {
	id := fmt.Sprintf("%08d-0000-0000-0000-000000000000", n)
	return pull.Delivery{
		ID: id, Event: "check_run", Action: "completed", At: time.Now(), Payload: payload,
		Repos:  []pull.Repo{{ID: 1, NodeID: "R_1", Owner: "acme", Name: "infra", DefaultBranch: "main", Installation: 5}},
		Scopes: []pull.Scope{{Repo: 1, Number: int(1 + n%50)}},
		News:   pull.News{Delivery: id, Event: "check_run", Action: "completed", SHA: "abc", Check: &pull.Check{Name: "ci", Status: "completed"}},
	}
}

var payload = func() []byte {
	var b []byte
	for i := 0; len(b) < 10_000; i++ {
		b = fmt.Appendf(b, `{"id":%d,"url":"https://api.github.com/repos/acme/infra/check-runs/%d"},`, i*7919, i*104729)
	}
	return b
}()

func accepting(b *testing.B, url string) {
	s, err := Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var n atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Accept(context.Background(), benchDelivery(n.Add(1))); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

func durable(b *testing.B) string {
	url, stop, err := pgtest.Start("", "fsync=on", "full_page_writes=on")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = stop() })
	return url
}

func BenchmarkAcceptPostgres(b *testing.B) { accepting(b, durable(b)) }

func BenchmarkAcceptSQLite(b *testing.B) {
	accepting(b, "sqlite:"+filepath.Join(b.TempDir(), "sallyport.db"))
}

// BenchmarkRawPostgres is what the same server does with one insert of the same bytes per commit.
func BenchmarkRawPostgres(b *testing.B) {
	config, err := pgxpool.ParseConfig(durable(b))
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(b.Context(), `CREATE TABLE raw (id text PRIMARY KEY, payload bytea)`); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			d := benchDelivery(n.Add(1))
			if _, err := pool.Exec(context.Background(), `INSERT INTO raw (id, payload) VALUES ($1, $2)`, d.ID, d.Payload); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
}

// reacting measures from the call of Accept to the start of the pass that it causes.
func reacting(b *testing.B, url string) {
	s, err := Open(b.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	begun := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error)
	go func() {
		done <- s.Run(ctx, Handlers{Pass: func(context.Context, pull.Work) (pull.Outcome, error) {
			begun <- struct{}{}
			return pull.Outcome{}, nil
		}}, Periods{})
	}()
	defer func() { cancel(); <-done }()
	var n int64
	for b.Loop() {
		n++
		d := benchDelivery(n)
		d.Scopes[0].Number = int(n) // so that no pass still runs
		if _, err := s.Accept(ctx, d); err != nil {
			b.Fatal(err)
		}
		<-begun
	}
}

func BenchmarkReactionPostgres(b *testing.B) { reacting(b, durable(b)) }

func BenchmarkReactionSQLite(b *testing.B) {
	reacting(b, "sqlite:"+filepath.Join(b.TempDir(), "sallyport.db"))
}
