package duobot_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/pull"
)

func TestThreat53FaultsOfPreauthSendNothing(t *testing.T) {
	tests := []struct {
		name  string
		fault duotest.Fault
		class pull.Class
		code  string
	}{
		{"rate limit", duotest.RateLimited(7), pull.Transient, "duo-rate-limit"},
		{"server error", duotest.Answer(500, `{}`), pull.Transient, "duo-unreachable"},
		{"dropped", duotest.Drop(false), pull.Transient, "duo-unreachable"},
		{"hanging", duotest.Hang(false), pull.Transient, "duo-unreachable"},
		{"redirect", duotest.Redirect("https://elsewhere.example/"), pull.Permanent, "duo-bad-answer"},
		{"proxy page", duotest.Answer(403, `<html>Blocked</html>`), pull.Permanent, "duo-bad-answer"},
		{"empty object", duotest.Answer(200, `{}`), pull.Transient, "duo-bad-answer"},
		{"wrong types", duotest.Answer(200, `{"stat":"OK","response":{"result":3}}`), pull.Transient, "duo-bad-answer"},
		{"forbidden", duotest.Answer(403, `{"stat":"FAIL","code":40301,"message":"Access forbidden"}`), pull.Permanent, "duo-forbidden"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := simulated(t)
			srv.Fail("preauth", tt.fault, 0)
			client := dial(t, srv, func(c *duobot.Config) { c.Timeout = 300 * time.Millisecond })
			answer, err := client.Ask(t.Context(), "ana", landing)
			classified(t, err, tt.class, tt.code)
			if answer.State != pull.PromptUnsent {
				t.Errorf("got %q, want unsent", answer.State)
			}
			if n := srv.Calls("preauth"); n != 1 {
				t.Errorf("got %d calls of preauth, want 1: nothing repeats by itself", n)
			}
			if n := srv.Calls("auth"); n != 0 {
				t.Errorf("got %d calls of auth, want 0", n)
			}
		})
	}
}

func TestThreat64FaultsOfAuth(t *testing.T) {
	tests := []struct {
		name  string
		fault duotest.Fault
		class pull.Class
		code  string
		state pull.PromptState
	}{
		{"rate limit", duotest.RateLimited(7), pull.Transient, "duo-rate-limit", pull.PromptUnsent},
		{"server error", duotest.Answer(500, `{}`), pull.Unknown, "duo-outcome-unknown", pull.PromptUnknown},
		{"bad gateway", duotest.Answer(502, `<html>`), pull.Unknown, "duo-outcome-unknown", pull.PromptUnknown},
		{"dropped before", duotest.Drop(false), pull.Unknown, "duo-outcome-unknown", pull.PromptUnknown},
		{"dropped after the push", duotest.Drop(true), pull.Unknown, "duo-outcome-unknown", pull.PromptUnknown},
		{"hanging after the push", duotest.Hang(true), pull.Unknown, "duo-outcome-unknown", pull.PromptUnknown},
		{"redirect", duotest.Redirect("https://elsewhere.example/"), pull.Unknown, "duo-outcome-unknown", pull.PromptUnknown},
		{"proxy page", duotest.Answer(403, `<html>Blocked</html>`), pull.Unknown, "duo-outcome-unknown", pull.PromptUnknown},
		{"refused by duo", duotest.Answer(400, `{"stat":"FAIL","code":40002,"message":"Invalid request parameters","message_detail":"device"}`),
			pull.Permanent, "duo-refused-request", pull.PromptUnsent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := simulated(t)
			srv.Fail("auth", tt.fault, 0)
			client := dial(t, srv, func(c *duobot.Config) { c.Timeout = 300 * time.Millisecond })
			answer, err := client.Ask(t.Context(), "ana", landing)
			classified(t, err, tt.class, tt.code)
			if answer.State != tt.state {
				t.Errorf("got %q, want %q", answer.State, tt.state)
			}
			if n := srv.Calls("auth"); n != 1 {
				t.Errorf("got %d calls of auth, want 1: a push is never repeated by itself", n)
			}
		})
	}
}

func TestUserVanishingBetweenPreauthAndAuth(t *testing.T) {
	srv := simulated(t)
	srv.Fail("auth", duotest.Answer(400, `{"stat":"FAIL","code":40002,"message":"Invalid request parameters","message_detail":"username"}`), 1)
	answer, err := dial(t, srv).Ask(t.Context(), "ana", landing)
	if answer.State != pull.PromptNoUser || err != nil {
		t.Errorf("got %+v, %v; want no-user", answer, err)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	date := time.Now().Add(90 * time.Second).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	tests := []struct {
		header   string
		min, max time.Duration
	}{
		{"7", 7 * time.Second, 7 * time.Second},
		{date, time.Minute, 91 * time.Second},
		{"999999", time.Hour, time.Hour},
		{"-5", 0, 0},
		{"soon", 0, 0},
		{"", 0, 0},
	}
	for _, tt := range tests {
		srv := simulated(t)
		srv.Fail("auth", duotest.Fault{Status: 429, Header: map[string]string{"Retry-After": tt.header}, Body: `{}`}, 0)
		_, err := dial(t, srv).Ask(t.Context(), "ana", landing)
		if got := pull.Delay(err); got < tt.min || got > tt.max {
			t.Errorf("Retry-After %q: got %s, want %s to %s", tt.header, got, tt.min, tt.max)
		}
	}
}

func TestThreat65ClockSkewIsNamed(t *testing.T) {
	srv := simulated(t)
	srv.SetClock(func() time.Time { return time.Now().Add(10 * time.Minute) })
	err := dial(t, srv).Check(t.Context())
	classified(t, err, pull.Permanent, "duo-clock")
	if !strings.Contains(err.Error(), "NTP") {
		t.Errorf("got %q, want it to say how to mend the clock", err)
	}
}

func TestBadCredentialsAreNamed(t *testing.T) {
	srv := simulated(t)
	for _, change := range []func(*duobot.Config){
		func(c *duobot.Config) { c.SKey = "wrong" },
		func(c *duobot.Config) { c.IKey = "DIWRONG" },
	} {
		client := dial(t, srv, change)
		err := client.Check(t.Context())
		classified(t, err, pull.Permanent, "duo-credentials")
		answer, err := client.Ask(t.Context(), "ana", landing)
		classified(t, err, pull.Permanent, "duo-credentials")
		if answer.State != pull.PromptUnsent || !strings.Contains(answer.Detail, "duo.skey") {
			t.Errorf("got %+v, want unsent with the key to mend", answer)
		}
	}
}

func TestThreat53UnreachableSendsNothing(t *testing.T) {
	srv := simulated(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	tests := map[string]func(*duobot.Config){
		"refused connection":  func(c *duobot.Config) { c.Host = closed.Addr().String() },
		"unknown host":        func(c *duobot.Config) { c.Host = "duo.invalid" },
		"untrusted authority": func(c *duobot.Config) { c.CAFile = "" },
		"name mismatch":       func(c *duobot.Config) { c.Host = strings.Replace(c.Host, "127.0.0.1", "127.0.0.2", 1) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			answer, err := dial(t, srv, change).Ask(t.Context(), "ana", landing)
			classified(t, err, pull.Transient, "duo-unreachable")
			if answer.State != pull.PromptUnsent {
				t.Errorf("got %q, want unsent", answer.State)
			}
		})
	}
	if n := srv.Calls("preauth"); n != 0 {
		t.Errorf("got %d calls through distrusted connections, want 0", n)
	}
}

// door forwards one connection to the server and then shuts: who knocks again finds nobody.
func door(t *testing.T, srv *duotest.Server) (host string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		from, err := listener.Accept()
		listener.Close()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", srv.Host())
		if err != nil {
			from.Close()
			return
		}
		go io.Copy(to, from)
		io.Copy(from, to)
		from.Close()
	}()
	return listener.Addr().String()
}

func TestThreat53DuoVanishingBeforeThePushSendsNothing(t *testing.T) {
	srv := simulated(t)
	client := dial(t, srv, func(c *duobot.Config) { c.Host = door(t, srv) })
	answer, err := client.Ask(t.Context(), "ana", landing)
	classified(t, err, pull.Transient, "duo-unreachable")
	if answer.State != pull.PromptUnsent || srv.Calls("preauth") != 1 || srv.Calls("auth") != 0 {
		t.Errorf("got %+v, %d calls of preauth, %d of auth; want unsent after 1 and 0", answer,
			srv.Calls("preauth"), srv.Calls("auth"))
	}
}

func TestCancellation(t *testing.T) {
	srv := simulated(t)
	client := dial(t, srv)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	answer, err := client.Ask(cancelled, "ana", landing)
	classified(t, err, pull.Transient, "duo-unreachable")
	if answer.State != pull.PromptUnsent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v; want unsent because of the cancellation", answer, err)
	}

	txid := ask(t, client)
	if _, _, err := client.Status(t.Context(), txid); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	polled := make(chan error)
	go func() {
		_, _, err := client.Status(ctx, txid)
		polled <- err
	}()
	if err := srv.WaitCalls(t.Context(), "auth_status", 2); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-polled; !errors.Is(err, context.Canceled) || pull.ClassOf(err) != pull.Transient {
		t.Errorf("got %v, want a transient cancellation", err)
	}
}

func TestStatusOutlastsTheCallTimeout(t *testing.T) {
	srv := simulated(t)
	srv.Fail("auth_status", duotest.Slow(400*time.Millisecond), 1)
	client := dial(t, srv, func(c *duobot.Config) { c.Timeout = 200 * time.Millisecond })
	txid := ask(t, client)
	if state, _, err := client.Status(t.Context(), txid); state != pull.PromptOpen || err != nil {
		t.Errorf("got %q, %v; want open", state, err)
	}
}

func TestStatusIsBounded(t *testing.T) {
	srv := simulated(t)
	client := dial(t, srv, func(c *duobot.Config) { c.Poll = 100 * time.Millisecond })
	txid := ask(t, client)
	srv.Fail("auth_status", duotest.Hang(false), 0)
	_, _, err := client.Status(t.Context(), txid)
	classified(t, err, pull.Transient, "duo-unreachable")
}

func TestStatusOfAnotherTransaction(t *testing.T) {
	srv := simulated(t)
	client := dial(t, srv)
	_, _, err := client.Status(t.Context(), "5a11d007-0000-4000-8000-999999999999")
	classified(t, err, pull.Permanent, "duo-refused-request")
	for _, txid := range []string{"", "a b", "x&txid=y", strings.Repeat("x", 200)} {
		_, _, err := client.Status(t.Context(), txid)
		classified(t, err, pull.Permanent, "duo-outcome-unknown")
	}
	if n := srv.Calls("auth_status"); n != 1 {
		t.Errorf("got %d calls of auth_status, want 1", n)
	}
}
