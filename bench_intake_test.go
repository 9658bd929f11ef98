package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
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
)

// BenchmarkIntake measures how many deliveries a second are made durable, and how soon they are answered, beside
// plain inserts with a commit each into the same PostgreSQL with fsync on, in the same run.
func BenchmarkIntake(b *testing.B) {
	b.Run("postgres", func(b *testing.B) {
		url, stop, err := pgtest.Start("", "fsync=on", "synchronous_commit=on")
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = stop() }()
		for b.Loop() {
			rate, size := intake(b, url, 500)
			raw := rawInserts(b, url, size)
			b.ReportMetric(raw, "raw-inserts/s")
			b.ReportMetric(rate/raw, "ratio-to-raw")
		}
	})
	b.Run("sqlite", func(b *testing.B) {
		for b.Loop() {
			intake(b, "", 100)
		}
	})
}

// intake returns the rate and the size of a delivery in bytes.
func intake(b *testing.B, database string, steady int) (float64, int) {
	server := &measured{}
	w := town(b, story.Options{Database: database, Launch: server.launch(b)}, "ci")
	settle(b, w)
	payload := deliveries(b, w, 50)
	p := &poster{b: b, url: w.URL() + "/api/github/hook", secret: story.WebhookSecret, payload: payload,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	before, begun := server.cpu(b), p.next.Load()
	rate := p.closedLoop()
	b.ReportMetric((server.cpu(b)-before)*1000/float64(p.next.Load()-begun), "server-cpu-ms/delivery")
	p.openLoop(steady)
	b.ReportMetric(float64(p.refused.Load()), "refused")
	slices.Sort(p.times)
	b.ReportMetric(rate, "deliveries/s")
	b.ReportMetric(ms(p.times[len(p.times)/2]), fmt.Sprintf("p50-ms-at-%d/s", steady))
	b.ReportMetric(ms(p.times[len(p.times)*99/100]), fmt.Sprintf("p99-ms-at-%d/s", steady))
	return rate, len(payload[0])
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

type poster struct {
	b       *testing.B
	url     string
	secret  string
	payload [][]byte // taken in turn
	client  *http.Client

	next    atomic.Int64
	refused atomic.Int64
	mu      sync.Mutex
	times   []time.Duration
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

func (p *poster) openLoop(perSecond int) {
	var group sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
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
		p.refused.Add(1)
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

// deliveries are GitHub's own webhooks about a check on that many open pull requests.
func deliveries(b *testing.B, w *story.World, n int) [][]byte {
	for i := range n {
		play(b, w, fmt.Sprintf("propose dev staging/web-%d.nomad", i), "gate approval pass", "forge side")
	}
	settle(b, w)
	var all [][]byte
	for _, d := range w.App.Deliveries() {
		if d.Event == "check_run" && bytes.Contains(d.Payload, []byte(`"name":"side"`)) {
			all = append(all, d.Payload)
		}
	}
	if len(all) < n {
		b.Fatalf("only %d deliveries", len(all))
	}
	return all
}
