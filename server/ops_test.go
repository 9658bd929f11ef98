package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func fails(text string) func(context.Context) error {
	return func(context.Context) error { return errors.New(text) }
}

func works(context.Context) error { return nil }

func TestHealthz(t *testing.T) {
	c := config(&memory{})
	c.Probes = []Probe{{Name: "database", Required: true, Check: fails("gone")}}
	if w := get(newServer(t, c), "/healthz"); w.Code != 200 {
		t.Errorf("got %d, want 200 whatever the probes say", w.Code)
	}
}

func TestReadyz(t *testing.T) {
	for _, tc := range []struct {
		name   string
		probes []Probe
		want   int
		says   string
	}{
		{"all well", []Probe{{"database", true, works}, {"github", false, works}}, 200, `{"name":"github","required":false,"ok":true}`},
		{"database down", []Probe{{"database", true, fails("connection refused")}}, 503, `"ok":false,"error":"connection refused"`},
		{"github down", []Probe{{"database", true, works}, {"github", false, fails("no route")}}, 200, `"name":"github","required":false,"ok":false,"error":"no route"`},
		{"a probe panics", []Probe{{"queue", true, func(context.Context) error { panic("oh") }}}, 503, "panicked"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := config(&memory{})
			c.Probes = tc.probes
			w := get(newServer(t, c), "/readyz")
			if w.Code != tc.want || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("got %d %s, want %d and %s", w.Code, w.Body, tc.want, tc.says)
			}
		})
	}
}

func TestReadyzKeepsSecrets(t *testing.T) {
	c := config(&memory{})
	c.Probes = []Probe{{"database", true, fails(
		"postgres://sallyport:hunter2@db/x refused; password=hunter3 Authorization: Bearer hunter4 and " + secret + strings.Repeat("!", 500))}}
	w := get(newServer(t, c), "/readyz")
	for _, leak := range []string{"hunter2", "hunter3", "hunter4", secret} {
		if strings.Contains(w.Body.String(), leak) {
			t.Errorf("the answer tells %q: %s", leak, w.Body)
		}
	}
	if !strings.Contains(w.Body.String(), "@db/x refused") || w.Body.Len() > 600 {
		t.Errorf("got %s, want the rest of the error, cut short", w.Body)
	}
}

// However often it is asked, a probe runs at most once a second; and a probe that hangs is not waited for longer than
// its deadline, which the test ends by hand.
func TestReadyzProbesSeldom(t *testing.T) {
	runs, now := 0, testNow
	c := config(&memory{})
	c.Now = func() time.Time { return now }
	c.Probes = []Probe{{"database", true, func(context.Context) error { runs++; return nil }}}
	s := newServer(t, c)
	for range 5 {
		get(s, "/readyz")
	}
	now = now.Add(probeCache)
	get(s, "/readyz")
	if runs != 2 {
		t.Errorf("got %d runs, want 2", runs)
	}
}

func TestReadyzDoesNotWaitForAHangingProbe(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	hang := make(chan struct{})
	defer close(hang)
	got := (&readiness{}).ask(ctx, Probe{Name: "github", Check: func(context.Context) error { <-hang; return nil }})
	if got.OK || got.Error == "" {
		t.Errorf("got %+v, want a failure", got)
	}
}

func TestMetrics(t *testing.T) {
	s := newServer(t, config(&memory{}))
	serve(s, deliver("ping", "d1", pingBody))
	serve(s, deliver("ping", "d1", pingBody))
	bad := deliver("ping", "d2", pingBody)
	bad.Header.Del(sha256Header)
	serve(s, bad)
	for _, invented := range []string{"invented-1", "invented-2"} {
		serve(s, deliver(invented, "d3", "{}"))
	}
	get(s, "/acme/secret/pull/1")
	text := get(s, "/metrics").Body.String()
	for _, want := range []string{
		`sallyport_deliveries_total{event="ping",result="accepted"} 1`,
		`sallyport_deliveries_total{event="ping",result="duplicate"} 1`,
		`sallyport_deliveries_total{event="ping",result="unauthorized"} 1`,
		`sallyport_deliveries_total{event="other",result="ignored"} 2`,
		`sallyport_accept_seconds_count 2`,
		`sallyport_http_requests_total{route="POST /api/github/hook",status="202"} 4`,
		`sallyport_http_requests_total{route="GET /{owner}/{repo}/pull/{number}",status="404"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, leak := range []string{"invented", "secret"} {
		if strings.Contains(text, leak) {
			t.Errorf("a stranger's word %q became a label", leak)
		}
	}
}

func TestMetricsCannotBeRegisteredTwice(t *testing.T) {
	c := config(&memory{})
	c.Registry = newServer(t, c).Registry
	if _, err := New(c); err == nil {
		t.Error("got no error, want one about the registry")
	}
}

func TestRequestLog(t *testing.T) {
	var out bytes.Buffer
	c := config(guarded(waitingRecord()))
	c.Log = slog.New(slog.NewJSONHandler(&out, nil))
	s := newServer(t, c)
	serve(s, deliver("ping", "0b989ba4-242f", pingBody))
	get(s, "/api/v1/pulls/acme/infra/3?code=quiet", "Authorization", "Bearer reader")
	forged := deliver("ping", "x\" injected", pingBody)
	serve(s, forged)

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("got %d lines, want one for each request:\n%s", len(lines), out.String())
	}
	var first struct {
		Msg, Method, Route, Delivery, Event string
		Status                              int
		MS                                  *float64
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if first.Msg != "request" || first.Route != "POST /api/github/hook" || first.Status != 202 ||
		first.Delivery != "0b989ba4-242f" || first.Event != "ping" || first.MS == nil {
		t.Errorf("got %s", lines[0])
	}
	for _, leak := range []string{"quiet", "reader", "acme", "zen", "injected", secret} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("the log tells %q:\n%s", leak, out.String())
		}
	}
}

func TestPanicIsContained(t *testing.T) {
	var out bytes.Buffer
	m := &memory{accept: func(context.Context) error { panic("oh no") }}
	c := config(m)
	c.Log = slog.New(slog.NewJSONHandler(&out, nil))
	w := serve(newServer(t, c), deliver("ping", "d1", pingBody))
	if w.Code != 500 || strings.Contains(w.Body.String(), "oh no") || !strings.Contains(out.String(), "oh no") {
		t.Errorf("got %d %s, want 500 and the panic in the log alone", w.Code, w.Body)
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newServer(t, config(&memory{}))
	for _, path := range []string{"/", "/healthz", "/api/v1/nothing", "/nothing"} {
		w := get(s, path)
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: content may be sniffed", path)
		}
	}
}

func TestAssetsAreNamedByContent(t *testing.T) {
	s := newServer(t, config(&memory{}))
	for name, url := range assetURLs {
		w := get(s, url)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Errorf("%s at %s: got %d", name, url, w.Code)
		}
	}
	r := httptest.NewRequest("GET", "/assets/style.css", nil)
	if w := serve(s, r); w.Code != 404 {
		t.Errorf("without its digest: got %d, want 404", w.Code)
	}
}
