package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/palantir/go-githubapp/githubapp"
)

func TestHookStatuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*http.Request)
		body   string
		want   int
		says   string
	}{
		{"taken", nil, pingBody, 202, "accepted"},
		{"unknown event", func(r *http.Request) { r.Header.Set("X-GitHub-Event", "star") }, "{}", 202, "ignored"},
		{"no event", func(r *http.Request) { r.Header.Del("X-GitHub-Event") }, pingBody, 400, "required"},
		{"no delivery id", func(r *http.Request) { r.Header.Del("X-GitHub-Delivery") }, pingBody, 400, "required"},
		{"not JSON", nil, "{", 400, "understood"},
		{"empty", nil, "", 400, "understood"},
		{"not an object", nil, "[1]", 400, "understood"},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, pingBody, 405, "POST"},
		{"PUT", func(r *http.Request) { r.Method = http.MethodPut }, pingBody, 405, "POST"},
		{"no repository", func(r *http.Request) { r.Header.Set("X-GitHub-Event", "push") }, `{"ref":"refs/heads/main"}`, 400, "understood"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := deliver("ping", "d1", tc.body)
			if tc.change != nil {
				tc.change(r)
			}
			w := serve(newServer(t, config(&memory{})), r)
			if w.Code != tc.want || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("got %d %s, want %d and %q", w.Code, w.Body, tc.want, tc.says)
			}
			if !json.Valid(w.Body.Bytes()) {
				t.Errorf("the answer is not JSON: %s", w.Body)
			}
		})
	}
}

// A redelivery has the id of the original; it is taken again, and changes nothing.
func TestThreat6Replay(t *testing.T) {
	m := &memory{}
	s := newServer(t, config(m))
	for _, want := range []string{"accepted", "duplicate", "duplicate"} {
		w := serve(s, deliver("ping", "the same id", pingBody))
		var got struct{ Result string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 202 || got.Result != want {
			t.Errorf("got %d %s (%v), want 202 %s", w.Code, w.Body, err, want)
		}
	}
	if len(m.deliveries) != 1 {
		t.Errorf("got %d stored deliveries, want 1", len(m.deliveries))
	}
}

// Until a delivery is durable GitHub is told that it failed, so that it can be asked to deliver it again.
func TestThreat7NotStoredIsNotTaken(t *testing.T) {
	for name, accept := range map[string]func(context.Context) error{
		"store down": func(context.Context) error {
			return errors.New("dial tcp 10.1.2.3:5432: password=hunter2 connection refused")
		},
		"store slow": func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); !bounded {
				return nil // it would wait for ever
			}
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{accept: accept}
			c := config(m)
			c.AcceptWait = 1e6
			s := newServer(t, c)
			w := serve(s, deliver("ping", "d1", pingBody))
			if w.Code != 503 || w.Header().Get("Retry-After") == "" {
				t.Errorf("got %d with Retry-After %q, want 503 with one", w.Code, w.Header().Get("Retry-After"))
			}
			for _, leak := range []string{"10.1.2.3", "hunter2", "context"} {
				if strings.Contains(w.Body.String(), leak) {
					t.Errorf("the answer says %q: %s", leak, w.Body)
				}
			}
			m.accept = nil
			if w := serve(s, deliver("ping", "d1", pingBody)); w.Code != 202 || !strings.Contains(w.Body.String(), "accepted") {
				t.Errorf("delivered again: got %d %s, want 202 accepted", w.Code, w.Body)
			}
		})
	}
}

func TestHookAnswersOnlyAfterAccept(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	m := &memory{accept: func(context.Context) error { close(entered); <-release; return nil }}
	s := newServer(t, config(m))
	answered := make(chan int)
	go func() { answered <- serve(s, deliver("ping", "d1", pingBody)).Code }()
	<-entered
	select {
	case code := <-answered:
		t.Fatalf("answered %d before the delivery was stored", code)
	default:
	}
	close(release)
	if code := <-answered; code != 202 {
		t.Errorf("got status %d, want 202", code)
	}
}

func TestHookKeepsThePayload(t *testing.T) {
	m := &memory{}
	serve(newServer(t, config(m)), deliver("ping", "d1", pingBody))
	if len(m.deliveries) != 1 || string(m.deliveries[0].Payload) != pingBody || m.deliveries[0].At.IsZero() {
		t.Errorf("got %+v, want the payload as it came and the time", m.deliveries)
	}
	if got, want := githubapp.DefaultWebhookRoute, "/api/github/hook"; got != want {
		t.Errorf("the webhook's address: got %s, want %s", got, want)
	}
}
