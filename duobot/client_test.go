package duobot_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/pull"
)

var landing = duobot.PushInfo{
	Repository: "acme/deploy", Number: 7, Merge: strings.Repeat("a1", 20),
	Paths: []string{"prod/api.nomad", "prod/web.nomad"}, Title: "Raise the API's memory",
}

// simulated starts a Duo that knows ana, who has a phone.
func simulated(t *testing.T) *duotest.Server {
	t.Helper()
	srv, err := duotest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	srv.AddUsers("ana")
	return srv
}

func dial(t *testing.T, srv *duotest.Server, change ...func(*duobot.Config)) *duobot.Client {
	t.Helper()
	cfg := duobot.Config{Host: srv.Host(), IKey: duotest.IKey, SKey: duotest.SKey, CAFile: srv.CAFile()}
	for _, f := range change {
		f(&cfg)
	}
	client, err := duobot.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func classified(t *testing.T, err error, class pull.Class, code string) *pull.Failure {
	t.Helper()
	var f *pull.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got error %v, want a *pull.Failure with code %s", err, code)
	}
	if f.Class != class || f.Code != code {
		t.Errorf("got class %d, code %s (%v); want class %d, code %s", f.Class, f.Code, err, class, code)
	}
	return f
}

func TestPingAndCheck(t *testing.T) {
	client := dial(t, simulated(t))
	if err := client.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := client.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAskAndAnswer(t *testing.T) {
	tests := []struct {
		name   string
		answer func(*duotest.Server, string) error
		want   pull.PromptState
	}{
		{"approve", (*duotest.Server).Approve, pull.PromptAllowed},
		{"deny", (*duotest.Server).Deny, pull.PromptDenied},
		{"fraud", (*duotest.Server).Fraud, pull.PromptFraud},
		{"timeout", (*duotest.Server).Timeout, pull.PromptTimeout},
		{"locked out meanwhile", ending("deny", "locked_out"), pull.PromptLocked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := simulated(t)
			client := dial(t, srv)
			txid := ask(t, client)
			if state, _, err := client.Status(t.Context(), txid); state != pull.PromptOpen || err != nil {
				t.Fatalf("before the answer: got %q, %v; want open", state, err)
			}
			if err := tt.answer(srv, txid); err != nil {
				t.Fatal(err)
			}
			if state, _, err := client.Status(t.Context(), txid); state != tt.want || err != nil {
				t.Errorf("got %q, %v; want %q", state, err, tt.want)
			}
		})
	}
}

func ending(result, status string) func(*duotest.Server, string) error {
	return func(srv *duotest.Server, txid string) error { return srv.End(txid, result, status) }
}

func ask(t *testing.T, client *duobot.Client) (txid string) {
	t.Helper()
	answer, err := client.Ask(t.Context(), "ana", landing)
	if err != nil || answer.State != pull.PromptOpen || answer.Txid == "" {
		t.Fatalf("asking: got %+v, %v; want an open push", answer, err)
	}
	return answer.Txid
}

func TestThreat48OnlyAnAnsweredPushConfirms(t *testing.T) {
	tests := []struct{ name, result, status string }{
		{"bypass", "allow", "bypass"},
		{"remembered device", "allow", "remembered"},
		{"trusted device", "allow", "trusted_device"},
		{"unknown word", "allow", "wished"},
		{"no status", "allow", ""},
		{"allow with a denial's status", "allow", "deny"},
		{"denial with an allowance's status", "deny", "allow"},
		{"waiting with an allowance's status", "waiting", "allow"},
		{"upper case", "ALLOW", "ALLOW"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := simulated(t)
			client := dial(t, srv)
			txid := ask(t, client)
			if err := srv.End(txid, tt.result, tt.status); err != nil {
				t.Fatal(err)
			}
			state, _, err := client.Status(t.Context(), txid)
			if err != nil {
				t.Fatal(err)
			}
			want := pull.PromptUnknown
			if tt.result == "allow" && (tt.status == "bypass" || tt.status == "remembered" || tt.status == "trusted_device") {
				want = pull.PromptBypassed
			}
			if state != want {
				t.Errorf("got %q, want %q", state, want)
			}
		})
	}
}

func TestThreat48PreauthIsNotAConfirmation(t *testing.T) {
	tests := []struct {
		name string
		user duotest.User
		want pull.PromptState
	}{
		{"bypass", duotest.User{Status: duotest.Bypass}, pull.PromptBypassed},
		{"remembered", duotest.User{Policy: duotest.AllowUnseen}, pull.PromptBypassed},
		{"denied by policy", duotest.User{Policy: duotest.DenyUnseen}, pull.PromptRefused},
		{"disabled", duotest.User{Status: duotest.Disabled}, pull.PromptRefused},
		{"locked out", duotest.User{Status: duotest.LockedOut}, pull.PromptLocked},
		{"not enrolled", duotest.User{Status: duotest.Unenrolled}, pull.PromptNoUser},
		{"landline only", duotest.User{Devices: []duotest.Device{duotest.Landline()}}, pull.PromptNoDevice},
		{"no device", duotest.User{}, pull.PromptNoDevice},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := simulated(t)
			tt.user.Name = "bo"
			if tt.user.Devices == nil && tt.name != "no device" {
				tt.user.Devices = []duotest.Device{duotest.Phone()}
			}
			srv.SetUser(tt.user)
			answer, err := dial(t, srv).Ask(t.Context(), "bo", landing)
			if answer.State != tt.want || err != nil {
				t.Errorf("got %+v, %v; want %q", answer, err, tt.want)
			}
			if n := srv.Calls("auth"); n != 0 {
				t.Errorf("got %d pushes after preauth said no, want 0", n)
			}
		})
	}
}

func TestUnknownUsers(t *testing.T) {
	for result, want := range map[string]pull.PromptState{
		"enroll": pull.PromptNoUser, "error": pull.PromptNoUser, "deny": pull.PromptRefused, "allow": pull.PromptBypassed,
	} {
		t.Run(result, func(t *testing.T) {
			srv := simulated(t)
			srv.SetUnknownUsers(result)
			answer, err := dial(t, srv).Ask(t.Context(), "mallory", landing)
			if answer.State != want || err != nil {
				t.Errorf("got %+v, %v; want %q", answer, err, want)
			}
		})
	}
}

// unbelievable are answers that Duo's own library would take for a success, or for less than a failure.
var unbelievable = map[string]duotest.Fault{
	"empty object":             duotest.Answer(200, `{}`),
	"nothing but OK":           duotest.Answer(200, `{"stat":"OK"}`),
	"no body":                  duotest.Answer(200, ``),
	"null response":            duotest.Answer(200, `{"stat":"OK","response":null}`),
	"FAIL with an allowance":   duotest.Answer(200, `{"stat":"FAIL","response":{"result":"allow","status":"allow","txid":"x"}}`),
	"500 with an allowance":    duotest.Answer(500, `{"stat":"OK","response":{"result":"allow","status":"allow","txid":"x"}}`),
	"202 with an allowance":    duotest.Answer(202, `{"stat":"OK","response":{"result":"allow","status":"allow","txid":"x"}}`),
	"stat given twice":         duotest.Answer(200, `{"stat":"FAIL","stat":"OK","response":{"result":"allow","status":"allow"}}`),
	"stat twice, another case": duotest.Answer(200, `{"stat":"FAIL","STAT":"OK","response":{"result":"allow","status":"allow"}}`),
	"stat twice, a long s":     duotest.Answer(200, `{"stat":"FAIL","ſtat":"OK","response":{"result":"allow","status":"allow"}}`),
	"result given twice":       duotest.Answer(200, `{"stat":"OK","response":{"result":"deny","result":"allow","status":"allow"}}`),
	"two values":               duotest.Answer(200, `{"stat":"OK","response":{"result":"allow","status":"allow"}}{}`),
	"truncated":                duotest.Answer(200, `{"stat":"OK","response":{"result":"allow","status":"allow"`),
	"numbers for words":        duotest.Answer(200, `{"stat":"OK","response":{"result":1,"status":1,"txid":1}}`),
	"an array":                 duotest.Answer(200, `[{"stat":"OK","response":{"result":"allow","status":"allow"}}]`),
	"HTML": {Status: 200, Header: map[string]string{"Content-Type": "text/html"},
		Body: `{"stat":"OK","response":{"result":"allow","status":"allow","txid":"x"}}`},
	"huge": duotest.Huge(2 << 20),
	"endless white space": duotest.Answer(200,
		`{"stat":"OK","response":{"result":"allow","status":"allow"}}`+strings.Repeat(" ", 2<<20)),
}

func TestThreat49UnbelievableAnswersConfirmNothing(t *testing.T) {
	for name, fault := range unbelievable {
		t.Run(name, func(t *testing.T) {
			srv := simulated(t)
			client := dial(t, srv)
			txid := ask(t, client)
			if err := srv.Approve(txid); err != nil {
				t.Fatal(err)
			}
			srv.Fail("auth_status", fault, 1)
			state, _, err := client.Status(t.Context(), txid)
			if state != pull.PromptUnknown || pull.ClassOf(err) != pull.Transient {
				t.Fatalf("got %q, %v; want unknown with a transient failure", state, err)
			}
			if state, _, err := client.Status(t.Context(), txid); state != pull.PromptAllowed || err != nil {
				t.Errorf("polling again: got %q, %v; want allowed", state, err)
			}
		})
	}
}

func TestThreat49UnbelievablePushIsOfUnknownFate(t *testing.T) {
	for name, fault := range unbelievable {
		t.Run(name, func(t *testing.T) {
			srv := simulated(t)
			fault.Effect = true
			srv.Fail("auth", fault, 1)
			answer, err := dial(t, srv).Ask(t.Context(), "ana", landing)
			if answer.State != pull.PromptUnknown {
				t.Errorf("got %+v, want the unknown state", answer)
			}
			if pull.ClassOf(err) != pull.Unknown || err == nil {
				t.Errorf("got error %v, want class unknown", err)
			}
			if n := srv.Calls("auth"); n != 1 {
				t.Errorf("got %d calls of auth, want 1", n)
			}
		})
	}
}

func TestAuthAnswersWithoutAPush(t *testing.T) {
	tests := []struct {
		body string
		want pull.PromptState
	}{
		{`{"stat":"OK","response":{"result":"allow","status":"allow"}}`, pull.PromptBypassed},
		{`{"stat":"OK","response":{"result":"deny","status":"deny"}}`, pull.PromptRefused},
		{`{"stat":"OK","response":{"result":"deny","status":"locked_out"}}`, pull.PromptLocked},
		{`{"stat":"OK","response":{"result":"allow","status":"allow","txid":"5a11"}}`, pull.PromptUnknown},
		{`{"stat":"OK","response":{"txid":"no spaces, please"}}`, pull.PromptUnknown},
		{`{"stat":"OK","response":{}}`, pull.PromptUnknown},
	}
	for _, tt := range tests {
		srv := simulated(t)
		srv.Fail("auth", duotest.Answer(200, tt.body), 1)
		answer, err := dial(t, srv).Ask(t.Context(), "ana", landing)
		if answer.State != tt.want || err != nil {
			t.Errorf("%s: got %+v, %v; want %q", tt.body, answer, err, tt.want)
		}
	}
}

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

func TestThePhoneShowsTheLanding(t *testing.T) {
	srv := simulated(t)
	ask(t, dial(t, srv))
	push, err := srv.WaitPush(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	want := []duotest.Field{
		{Key: "repository", Value: "acme/deploy"}, {Key: "pull request", Value: "#7"},
		{Key: "merge", Value: strings.Repeat("a1", 20)}, {Key: "paths", Value: "prod/api.nomad, prod/web.nomad"},
		{Key: "files", Value: "2"}, {Key: "title", Value: "Raise the API's memory"},
	}
	if diff := cmp.Diff(want, push.Info); diff != "" {
		t.Errorf("pushinfo (-want +got):\n%s", diff)
	}
	if push.Type != "Sallyport landing" || push.Factor != "push" {
		t.Errorf("got type %q, factor %q", push.Type, push.Factor)
	}
}

func TestNewClientRefusesBadConfiguration(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.pem")
	if err := os.WriteFile(garbage, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := duobot.Config{Host: "api-1.duosecurity.com", IKey: "i", SKey: "s"}
	tests := []struct {
		change func(*duobot.Config)
		want   string
	}{
		{func(c *duobot.Config) { c.Host = "" }, "duo.host is empty"},
		{func(c *duobot.Config) { c.IKey = " " }, "duo.ikey is empty"},
		{func(c *duobot.Config) { c.SKey = "" }, "duo.skey is empty"},
		{func(c *duobot.Config) { c.Host = "https://api-1.duosecurity.com/" }, "bare host name"},
		{func(c *duobot.Config) { c.CAFile = garbage }, "holds no PEM certificate"},
		{func(c *duobot.Config) { c.CAFile = garbage + ".absent" }, "reading duo.ca_file"},
	}
	for _, tt := range tests {
		cfg := good
		tt.change(&cfg)
		if _, err := duobot.NewClient(cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want an error with %q", err, tt.want)
		}
	}
}

func TestLogsAndErrorsCarryNoSecrets(t *testing.T) {
	srv := simulated(t)
	var log strings.Builder
	client := dial(t, srv, func(c *duobot.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	txid := ask(t, client)
	srv.Fail("auth_status", duotest.Drop(false), 1)
	_, _, err := client.Status(t.Context(), txid)
	for _, secret := range []string{duotest.SKey, duotest.IKey, txid, "Basic "} {
		if strings.Contains(log.String(), secret) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q leaks into\n%s\n%v", secret, &log, err)
		}
	}
	if !strings.Contains(log.String(), "endpoint=auth_status") {
		t.Errorf("the calls are not logged:\n%s", &log)
	}
}
