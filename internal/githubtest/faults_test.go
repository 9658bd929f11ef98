package githubtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFaultsStrikeWhatTheyMatch(t *testing.T) {
	w := newWorld(t, Options{})
	w.pull("feature", "a.txt", "a\n")
	get := func(path string) int { return w.call("GET", path, nil, nil).StatusCode }
	f := Refuse(502)
	f.Method, f.Path, f.Skip, f.Times = "GET", "/repos/*/*/pulls/*", 1, 2
	fault := w.hub.Fault(f)
	var got []int
	for range 4 {
		got = append(got, get("/repos/acme/infra/pulls/1"))
	}
	if diff := cmp.Diff([]int{200, 502, 502, 200}, got); diff != "" {
		t.Errorf("answers differ (-want +got):\n%s", diff)
	}
	if got := get("/repos/acme/infra"); got != 200 || fault.Strikes() != 2 {
		t.Errorf("another path: %d after %d strikes", got, fault.Strikes())
	}
	w.hub.Fault(SecondaryLimit(7 * time.Second))
	res := w.call("GET", "/repos/acme/infra", nil, nil)
	if res.StatusCode != 403 || res.Header.Get("Retry-After") != "7" {
		t.Errorf("secondary limit: %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	w.hub.Heal()
	if got := get("/repos/acme/infra"); got != 200 {
		t.Errorf("healed: got %d", got)
	}
}

func TestTheAnswerIsLostAndTheWorkDone(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.pull("feature", "a.txt", "a\n")
	w.hub.Fault(Fault{Method: "PUT", Path: "/repos/**", LoseAnswer: true})
	req, err := http.NewRequest("PUT", w.hub.URL()+"/repos/acme/infra/pulls/1/merge", nil)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+w.token)
	if _, err := http.DefaultClient.Do(req); err == nil {
		t.Error("an answer came")
	}
	if p.State() != "merged" {
		t.Errorf("the pull request is %s, want merged", p.State())
	}
}

func TestPrimaryLimitIsKept(t *testing.T) {
	w := newWorld(t, Options{RateLimit: 3})
	var got []string
	for range 4 {
		res := w.call("GET", "/repos/acme/infra", nil, nil)
		got = append(got, fmt.Sprint(res.StatusCode, " ", res.Header.Get("X-RateLimit-Remaining")))
	}
	if diff := cmp.Diff([]string{"200 2", "200 1", "200 0", "403 0"}, got); diff != "" {
		t.Errorf("answers differ (-want +got):\n%s", diff)
	}
}

func TestWebhookFaults(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.pull("feature", "a.txt", "a\n")
	w.settle()
	w.events.take()
	w.app.FaultWebhooks(WebhookFault{Event: "issue_comment", Drop: true, Times: 1})
	p.Comment(w.bob, "lost")
	w.settle()
	if got := w.events.names(t); len(got) != 0 {
		t.Errorf("dropped: %v arrived", got)
	}
	w.app.FaultWebhooks(WebhookFault{Event: "issue_comment", Duplicate: 1, Times: 1})
	p.Comment(w.bob, "twice")
	w.settle()
	twice := w.events.take()
	if len(twice) != 2 || twice[0].GUID != twice[1].GUID {
		t.Errorf("doubled: %d arrived", len(twice))
	}
	w.app.FaultWebhooks(WebhookFault{Hold: true})
	p.Label(w.bob, "first")
	p.Comment(w.bob, "second")
	w.settle()
	if got := w.events.names(t); len(got) != 0 {
		t.Errorf("held: %v arrived", got)
	}
	w.app.Release(true)
	w.settle()
	if diff := cmp.Diff([]string{"issue_comment created", "pull_request labeled"}, w.events.names(t)); diff != "" {
		t.Errorf("reordered (-want +got):\n%s", diff)
	}
}

func TestFailedDeliveriesAreRecordedAndRepeated(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.pull("feature", "a.txt", "a\n")
	w.settle()
	w.events.mu.Lock()
	w.events.status = 503
	w.events.mu.Unlock()
	p.Comment(w.bob, "hello")
	w.settle()
	w.events.mu.Lock()
	w.events.status, w.events.got = 202, nil
	w.events.mu.Unlock()
	type attempt struct {
		ID         int64
		GUID       string
		Event      string
		StatusCode int `json:"status_code"`
		Redelivery bool
	}
	var list []attempt
	w.callAs(w.jwt(), "GET", "/app/hook/deliveries?per_page=1", nil, &list)
	if len(list) != 1 || list[0].Event != "issue_comment" || list[0].StatusCode != 503 {
		t.Fatalf("deliveries: %+v", list)
	}
	res := w.callAs(w.jwt(), "POST", fmt.Sprintf("/app/hook/deliveries/%d/attempts", list[0].ID), nil, nil)
	w.settle()
	again := w.events.take()
	if res.StatusCode != 202 || len(again) != 1 || again[0].GUID != list[0].GUID {
		t.Fatalf("redelivery: %d, %d events", res.StatusCode, len(again))
	}
	first := list[0]
	w.callAs(w.jwt(), "GET", "/app/hook/deliveries", nil, &list)
	if list[0].ID == first.ID || list[0].GUID != first.GUID || list[0].StatusCode != 202 || !list[0].Redelivery {
		t.Errorf("the second attempt is recorded as %+v", list[0])
	}
}

func TestWebhooksAreSigned(t *testing.T) {
	w := newWorld(t, Options{})
	w.settle()
	mac := hmac.New(sha256.New, []byte("secret"))
	for _, e := range w.events.take() {
		mac.Reset()
		mac.Write(e.Body)
		if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); e.Signature != want {
			t.Errorf("%s: signature %q, want %q", e.Name, e.Signature, want)
		}
	}
}
