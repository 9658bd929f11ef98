package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palantir/go-githubapp/githubapp"

	"github.com/sallyport/sallyport/pull"
)

// taken is an inbox that takes everything and keeps nothing.
type taken struct{}

func (taken) Accept(context.Context, pull.Delivery) (bool, error) { return true, nil }

// BenchmarkIntake is everything about a delivery but making it durable.
func BenchmarkIntake(b *testing.B) {
	c := config(&memory{})
	c.Inbox = taken{}
	h := newServer(b, c).Handler()
	for _, event := range []string{"pull_request", "check_run", "status", "push"} {
		body := string(examples(b, event)[0])
		signature := sign(secret, []byte(body))
		b.Run(fmt.Sprintf("%s/%dkB", event, len(body)/1024), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				w := httptest.NewRecorder()
				r := httptest.NewRequest("POST", githubapp.DefaultWebhookRoute, strings.NewReader(body))
				r.Header = http.Header{"Content-Type": {"application/json"}, "X-Github-Event": {event}, "X-Github-Delivery": {"d1"}, sha256Header: {signature}}
				h.ServeHTTP(w, r)
				if w.Code != 202 {
					b.Fatalf("got %d %s", w.Code, w.Body)
				}
			}
		})
	}
}

// explained is a pull request of some size: 10 rules, 100 files, 20 reviews and 200 rows of ledger.
func explained() *memory {
	rec := waitingRecord()
	rec.Request.Files = nil
	for i := range 100 {
		rec.Request.Files = append(rec.Request.Files, pull.File{Path: fmt.Sprintf("prod/service-%02d/job-%d.nomad", i%10, i), NewMode: pull.Regular})
	}
	reason := rec.Verdicts[2].Reasons[0]
	for i := range 10 {
		reason.Evidence = map[string]string{"rule": fmt.Sprintf("rule %d", i), "candidates": "bo, cy, di"}
		rec.Verdicts[2].Reasons = append(rec.Verdicts[2].Reasons, reason)
	}
	m := guarded(rec)
	body, err := json.Marshal(map[string]any{"state": "open", "branch": "main", "verdicts": rec.Verdicts})
	if err != nil {
		panic(err)
	}
	for i := range timelineRows {
		m.timeline = append(m.timeline, pull.Entry{ID: int64(i + 1), Kind: "verdict", Repo: 7, Pull: 3, At: testNow, Body: json.RawMessage(body)})
	}
	return m
}

// BenchmarkPullPage draws a pull request's page, from the request to its last byte, beside a page that says one sentence.
func BenchmarkPullPage(b *testing.B) {
	c := config(explained())
	c.OpenPages = true
	c.Governing = func(r pull.Request) (all []Governed) {
		for i := range 10 {
			all = append(all, Governed{fmt.Sprintf("rule %d", i), r.Files[10*i : 10*i+10]})
		}
		return all
	}
	h := newServer(b, c).Handler()
	var page, sentence []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		page = append(page, drawn(b, h, "/acme/infra/pull/3", 200))
		sentence = append(sentence, drawn(b, h, "/nothing", 404))
	}
	p99 := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)*99/100].Microseconds()) / 1000
	}
	b.ReportMetric(p99(page), "p99-ms")
	b.ReportMetric(p99(sentence), "p99-trivial-ms")
	b.ReportMetric(p99(page)/p99(sentence), "times-trivial")
}

func drawn(b *testing.B, h http.Handler, path string, want int) time.Duration {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
	r.Host = "localhost"
	began := time.Now()
	if h.ServeHTTP(w, r); w.Code != want {
		b.Fatalf("got %d %s", w.Code, w.Body)
	}
	return time.Since(began)
}
