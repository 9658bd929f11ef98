package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// bells are followed by everybody alike.
type bells chan struct{}

func (b bells) Follow(pull.Key) (<-chan struct{}, func()) { return b, func() {} }

// told is one event of a stream.
type told struct{ event, id, data string }

// listening reads a stream in the background; the channel is closed when the stream ends.
func (b *browser) listening(path string) (*http.Response, <-chan told) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.site+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	events := make(chan told, 100)
	go func() {
		defer close(events)
		defer res.Body.Close()
		var e told
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.event = value
			case "id":
				e.id = value
			case "data":
				e.data = value
			case "":
				events <- e
				e = told{}
			}
		}
	}()
	return res, events
}

// await waits for an event of the kind, and fails when the stream ends without one.
func (b *browser) await(events <-chan told, kind string) told {
	b.t.Helper()
	over := time.After(20 * time.Second)
	for {
		select {
		case e, ok := <-events:
			if !ok || e.event == kind {
				if !ok {
					b.t.Fatalf("the stream ended without a %s", kind)
				}
				return e
			}
		case <-over:
			b.t.Fatalf("no %s came", kind)
		}
	}
}

func (b *browser) ended(events <-chan told) {
	b.t.Helper()
	over := time.After(20 * time.Second)
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-over:
			b.t.Fatal("the stream did not end")
		}
	}
}

// live is a site whose pages are live, signed in to by one browser.
func live(t *testing.T, m *memory) (*fakeGitHub, *Server, bells, *browser) {
	g, ring := newFakeGitHub(t), make(bells, 1)
	g.set("acme/infra", 7)
	front := site(t, g, m, func(c *Config) {
		c.Changes = ring
		c.Now = func() time.Time { return time.Now().Add(time.Duration(g.later.Load())) }
	})
	s := g.servers[front.URL]
	b := newBrowser(t, front)
	b.signIn(g)
	return g, s, ring, b
}

func TestStreamTellsWhatIsNew(t *testing.T) {
	m := guarded(waitingRecord())
	_, _, ring, b := live(t, m)
	res, events := b.listening("/acme/infra/pull/3/events")
	if got := res.Header.Get("Content-Type"); res.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("got %d %s", res.StatusCode, got)
	}
	first := b.await(events, "page")
	_, text := b.open("/acme/infra/pull/3")
	if first.id == "" || !strings.Contains(text, `data-live="`+first.id+`"`) {
		t.Errorf("the stream's digest %s is not the page's", first.id)
	}
	approved := waitingRecord()
	approved.Verdicts[2] = pull.Verdict{Gate: pull.GateApproval, State: pull.Pass, Reasons: []pull.Reason{{Code: "approved", State: pull.Pass, Message: "Approved by bo."}}}
	m.replace(approved)
	ring <- struct{}{}
	var page struct{ Title, Main, Say string }
	if err := json.Unmarshal([]byte(b.await(events, "page").data), &page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.Main, "Approved by bo.") || !strings.Contains(page.Say, "Approval: passed.") || strings.Contains(page.Say, "Signatures") {
		t.Errorf("said %q of %s", page.Say, page.Title)
	}
	// Whoever has that already is told nothing of it again.
	_, again := b.listening("/acme/infra/pull/3/events?have=" + first.id)
	if e := b.await(again, "page"); e.id == first.id {
		t.Error("what the browser had was sent again")
	}
}

// A page that a viewer was let see does not stay open when GitHub lets them see it no longer.
func TestThreat68AStreamEndsWithTheRightToSee(t *testing.T) {
	for name, withdraw := range map[string]func(*fakeGitHub){
		"no longer a collaborator": func(g *fakeGitHub) { g.set("acme/infra", 0) },
		"another repository":       func(g *fakeGitHub) { g.set("acme/infra", 1007) },
		"token revoked":            func(g *fakeGitHub) { g.status.Store(401) },
	} {
		t.Run(name, func(t *testing.T) {
			m := guarded(waitingRecord())
			g, s, ring, b := live(t, m)
			s.streams.beat = 10 * time.Millisecond
			_, events := b.listening("/acme/infra/pull/3/events")
			b.await(events, "page")
			withdraw(g)
			g.later.Store(int64(2 * time.Minute)) // what was granted is believed for a minute
			secret := waitingRecord()
			secret.Request.Title = "Written after the door was closed"
			m.replace(secret)
			ring <- struct{}{}
			b.await(events, "gone")
			for e := range events {
				t.Errorf("after it was gone: %s %s", e.event, e.data)
			}
		})
	}
}

func TestThreat68AStreamIsNoWayIn(t *testing.T) {
	_, _, _, b := live(t, guarded(waitingRecord()))
	for _, path := range []string{"/acme/secret/pull/3/events", "/acme/infra/pull/99/events", "/acme/infra/pull/x/events"} {
		if res, _ := b.open(path); res.StatusCode != 404 {
			t.Errorf("%s: got %d, want 404", path, res.StatusCode)
		}
	}
	b.client.Jar = nil
	for _, path := range []string{"/events", "/acme/infra/pull/3/events"} {
		if res, _ := b.open(path); res.StatusCode != 401 {
			t.Errorf("a stranger at %s: got %d, want 401", path, res.StatusCode)
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	_, s, _, b := live(t, guarded(waitingRecord()))
	var all []<-chan told
	for range streamsOfOne {
		_, events := b.listening("/events")
		b.await(events, "beat")
		all = append(all, events)
	}
	if res, _ := b.open("/events"); res.StatusCode != 429 || res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: got %d, want 429 and when to come again", res.StatusCode)
	}
	s.Stop()
	for _, events := range all {
		b.ended(events)
	}
	if res, events := b.listening("/events"); res.StatusCode != 200 {
		t.Errorf("after the others have left: got %d", res.StatusCode)
	} else {
		b.ended(events) // the server is stopping
	}
}

func TestSettledPagesAreNotLive(t *testing.T) {
	rec := waitingRecord()
	rec.State, rec.Request.State, rec.LandedSHA = "landed", pull.Merged, shaM
	_, _, _, b := live(t, guarded(rec))
	if _, text := b.open("/acme/infra/pull/3"); strings.Contains(text, "live.js") {
		t.Error("a landed pull request's page looks for news")
	}
	_, events := b.listening("/acme/infra/pull/3/events")
	if e := b.await(events, "page"); !strings.Contains(e.data, `"live":false`) {
		t.Errorf("got %s", e.data)
	}
	b.ended(events)
}

func TestFresh(t *testing.T) {
	for _, tc := range []struct {
		before, now []string
		want        string
	}{
		{nil, []string{"a."}, ""},
		{[]string{"a."}, []string{"a."}, ""},
		{[]string{"a.", "b."}, []string{"a.", "c."}, "c."},
		{[]string{}, []string{"a.", "b.", "c.", "d."}, "a. b. c."},
	} {
		if got := fresh(tc.before, tc.now); got != tc.want {
			t.Errorf("%v to %v: got %q, want %q", tc.before, tc.now, got, tc.want)
		}
	}
}

// ledgered has two decisions on pull request 3, and one on another repository's.
func ledgered() *memory {
	m := guarded(waitingRecord())
	body := map[string]any{"state": "open", "title": "As it was called then", "branch": "main", "policy": "p" + shaB[1:], "policy_path": ".sallyport.yml",
		"head": shaH, "base": shaB, "merge": shaM, "verdicts": waitingRecord().Verdicts,
		"reviews": []pull.Review{{Author: ana, State: pull.ChangesRequested, Commit: shaH, At: testNow}}}
	m.timeline = []pull.Entry{
		{ID: 1, Kind: "verdict", Repo: 7, Pull: 3, At: testNow, Body: body},
		{ID: 2, Kind: "freeze", Repo: 7, Pull: 3, At: testNow, Body: pull.Freeze{Code: "hold", By: ana}},
		{ID: 3, Kind: "verdict", Repo: 8, Pull: 3, At: testNow, Body: body},
		{ID: 4, Kind: "verdict", Repo: 7, Pull: 4, At: testNow, Body: body},
	}
	return m
}

func TestDecisionIsShownAsItWas(t *testing.T) {
	_, _, _, b := live(t, ledgered())
	res, text := b.open("/acme/infra/pull/3/decisions/1")
	if res.StatusCode != 200 {
		t.Fatalf("got %d", res.StatusCode)
	}
	for _, want := range []string{"This is the past", "As it was called then", "14 March 2026, 09:26:53 UTC", "Waiting for 1 approval from an admin: bo.",
		"asked for changes on", shaH[:10], shaB[:10], shaM[:10], ".sallyport.yml", "no-admin-approval", "author-approval"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if strings.Contains(text, "Raise the web count") {
		t.Error("it shows what the pull request is called now")
	}
}

func TestThreat68DecisionsOfOthersAreNotThere(t *testing.T) {
	_, _, _, b := live(t, ledgered())
	_, absent := b.open("/acme/nothing/pull/3")
	for _, path := range []string{"2", "3", "4", "99", "x", "-1"} {
		if res, text := b.open("/acme/infra/pull/3/decisions/" + path); res.StatusCode != 404 || text != absent {
			t.Errorf("%s: got %d, want the same 404 as for what does not exist", path, res.StatusCode)
		}
	}
}

func TestThreat68LedgerIsForAdmins(t *testing.T) {
	g, _, _, b := live(t, ledgered())
	_, absent := b.open("/acme/nothing/pull/3")
	for _, path := range []string{"/acme/secret/ledger", "/acme/infra/ledger?before=x"} {
		if res, text := b.open(path); res.StatusCode != 404 || text != absent {
			t.Errorf("%s: got %d, want the same 404 as for what does not exist", path, res.StatusCode)
		}
	}
	if res, text := b.open("/acme/infra/ledger"); res.StatusCode != 403 || strings.Contains(text, "Frozen") {
		t.Errorf("a reader: got %d, want 403", res.StatusCode)
	}
	g.admin.Store(true)
	g.later.Store(int64(2 * time.Minute))
	res, text := b.open("/acme/infra/ledger")
	if res.StatusCode != 200 || !strings.Contains(text, "Frozen by ana.") || !strings.Contains(text, `href="/acme/infra/pull/3/decisions/1"`) ||
		strings.Contains(text, "row-3") {
		t.Errorf("an admin: got %d %s", res.StatusCode, text)
	}
	if _, text := b.open("/acme/infra/ledger?before=2"); !strings.Contains(text, "row-1") || strings.Contains(text, "row-2") {
		t.Error("the second page is not what is older")
	}
}

func TestLedgerIsPaged(t *testing.T) {
	m := guarded()
	for i := range ledgerRows + 20 {
		m.timeline = append(m.timeline, pull.Entry{ID: int64(i + 1), Kind: "freeze", Repo: 7, At: testNow, Body: pull.Freeze{Code: "hold"}})
	}
	s := openServer(t, m)
	text := get(s, "/acme/infra/ledger").Body.String()
	if older := fmt.Sprintf("/acme/infra/ledger?before=%d", 21); !strings.Contains(text, older) || strings.Contains(text, `id="row-20"`) {
		t.Errorf("no way to %s", older)
	}
	if text := get(s, "/acme/infra/ledger?before=21").Body.String(); !strings.Contains(text, `id="row-20"`) || strings.Contains(text, "Older") {
		t.Error("the last page is not the last")
	}
}
