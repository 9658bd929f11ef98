package duobot_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
