package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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

func BenchmarkPullPage(b *testing.B) {
	h := openServer(b, guarded(waitingRecord())).Handler()
	b.ReportAllocs()
	for b.Loop() {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/acme/infra/pull/3", nil)
		r.Host = "localhost"
		if h.ServeHTTP(w, r); w.Code != 200 {
			b.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
}
