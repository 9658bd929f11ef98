package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

// The shape of the intake benchmark: a closed loop for throughput, an open loop for the time to answer.
const (
	posters   = 16
	closedFor = 5 * time.Second
	openFor   = 5 * time.Second
	openRate  = 500 // deliveries per second
)

// BenchmarkIntake measures how many deliveries a second are made durable, and how soon they are answered, beside
// plain inserts with a commit each into the same PostgreSQL with fsync on, in the same run.
func BenchmarkIntake(b *testing.B) {
	payload := deliveries(b, 50)
	b.Run("postgres", func(b *testing.B) {
		url, stop, err := pgtest.Start("", "fsync=on", "synchronous_commit=on")
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = stop() }()
		for b.Loop() {
			raw := rawInserts(b, url, len(payload[0]))
			rate := intake(b, url, payload)
			b.ReportMetric(raw, "raw-inserts/s")
			b.ReportMetric(rate/raw, "ratio-to-raw")
		}
	})
	b.Run("sqlite", func(b *testing.B) {
		for b.Loop() {
			intake(b, "", payload)
		}
	})
}

func intake(b *testing.B, database string, payload [][]byte) float64 {
	server := &measured{}
	w := town(b, story.Options{Database: database, Launch: server.launch(b)}, "ci")
	settle(b, w)
	p := &poster{b: b, url: w.URL() + "/api/github/hook", secret: story.WebhookSecret, payload: payload,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	before, begun := server.cpu(b), p.next.Load()
	rate := p.closedLoop()
	b.ReportMetric((server.cpu(b)-before)*1000/float64(p.next.Load()-begun), "server-cpu-ms/delivery")
	p.openLoop()
	slices.Sort(p.times)
	b.ReportMetric(rate, "deliveries/s")
	b.ReportMetric(ms(p.times[len(p.times)/2]), "p50-ms-at-500/s")
	b.ReportMetric(ms(p.times[len(p.times)*99/100]), "p99-ms-at-500/s")
	return rate
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

type poster struct {
	b       *testing.B
	url     string
	secret  string
	payload [][]byte // taken in turn
	client  *http.Client

	next  atomic.Int64
	mu    sync.Mutex
	times []time.Duration
}

func (p *poster) closedLoop() float64 {
	var done atomic.Int64
	var group sync.WaitGroup
	begin := time.Now()
	for range posters {
		group.Go(func() {
			for time.Since(begin) < closedFor {
				p.post()
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / time.Since(begin).Seconds()
}

func (p *poster) openLoop() {
	var group sync.WaitGroup
	tick := time.NewTicker(time.Second / openRate)
	defer tick.Stop()
	for begin := time.Now(); time.Since(begin) < openFor; <-tick.C {
		group.Go(func() {
			at := time.Now()
			p.post()
			p.mu.Lock()
			defer p.mu.Unlock()
			p.times = append(p.times, time.Since(at))
		})
	}
	group.Wait()
}

func (p *poster) post() {
	payload := p.payload[int(p.next.Add(1))%len(p.payload)]
	mac := hmac.New(sha256.New, []byte(p.secret))
	mac.Write(payload)
	req, err := http.NewRequest(http.MethodPost, p.url, bytes.NewReader(payload))
	if err != nil {
		p.b.Error(err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-GitHub-Event", "check_run")
	req.Header.Set("X-GitHub-Delivery", rand.Text())
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := p.client.Do(req)
	if err != nil {
		p.b.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		p.b.Errorf("answered %d", resp.StatusCode)
	}
}

// rawInserts commits rows of the same size one by one over as many connections.
func rawInserts(b *testing.B, url string, size int) float64 {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = posters
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	ctx := context.Background()
	if _, err := pool.Exec(ctx, "DROP TABLE IF EXISTS raw; CREATE TABLE raw (id text PRIMARY KEY, body bytea)"); err != nil {
		b.Fatal(err)
	}
	body := make([]byte, size)
	_, _ = rand.Read(body)
	var done atomic.Int64
	var group sync.WaitGroup
	begin := time.Now()
	for range posters {
		group.Go(func() {
			for time.Since(begin) < closedFor {
				if _, err := pool.Exec(ctx, "INSERT INTO raw VALUES ($1, $2)", rand.Text(), body); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / time.Since(begin).Seconds()
}

// deliveries are that many check_run deliveries of as many pull requests.
func deliveries(b *testing.B, n int) [][]byte {
	example := exampleDelivery(b)
	var all [][]byte
	for i := range n {
		one := bytes.ReplaceAll(example, []byte(`"number": 2`), fmt.Appendf(nil, `"number": %d`, i+1))
		one = bytes.ReplaceAll(one, []byte(`"number":2`), fmt.Appendf(nil, `"number":%d`, i+1))
		all = append(all, bytes.ReplaceAll(one, []byte("ec26c3e57ca3a959ca5aad62de7213c562f8c821"), fmt.Appendf(nil, "%040d", i)))
	}
	return all
}

// exampleDelivery is GitHub's own example of a check_run delivery.
func exampleDelivery(b *testing.B) []byte {
	f, err := os.Open("server/testdata/webhooks/check_run.json.gz")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	var examples []json.RawMessage
	if err := json.NewDecoder(z).Decode(&examples); err != nil || len(examples) == 0 {
		b.Fatal(fmt.Errorf("reading the examples: %w", err))
	}
	return examples[0]
}
