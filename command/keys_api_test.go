package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
	"github.com/sallyport/sallyport/server"
	"github.com/sallyport/sallyport/store"
)

// keysTown is duo-bot's API as it runs: the real server, store, queue and Duo client, against the simulated Duo.
type keysTown struct {
	*testing.T
	duo   *duotest.Server
	store *store.Store
	keys  *reconcile.Keys
	url   string
	log   *strings.Builder
}

var keysPeople = `
- {name: Dev, github: [dev], duo: dev.eloper}
- {name: Ana, github: [ana], duo: ana.admin}
- {name: Ken, github: [ken]}
`

func newKeysTown(t *testing.T, duo *duotest.Server, database string) *keysTown {
	t.Helper()
	k := &keysTown{T: t, duo: duo, log: &strings.Builder{}}
	log := slog.New(slog.NewJSONHandler(&lockedWriter{w: k.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client, err := duobot.NewClient(duobot.Config{Host: duo.Host(), IKey: duotest.IKey, SKey: duotest.SKey, CAFile: duo.CAFile(), Log: log})
	k.must(err)
	people, err := duobot.ParsePeople("people.yml", []byte(keysPeople))
	k.must(err)
	k.store, err = store.Open(t.Context(), database, log)
	k.must(err)
	passes := &reconcile.Reconciler{Duo: client, Store: k.store, Log: log, Now: time.Now}
	k.keys = &reconcile.Keys{Duo: client, Store: k.store, People: func() *duobot.People { return people },
		Limits: pull.KeyLimits{Person: 100, Token: 100}, Validity: 10 * time.Minute, Log: log}
	s, err := server.New(server.Config{PublicURL: "http://127.0.0.1:1", WebhookSecrets: []string{"secret"}, Inbox: k.store, Records: k.store,
		Tokens: keysTokens, Keys: k.keys, Version: "v1.2.3", Log: log})
	k.must(err)
	web := httptest.NewServer(s.Handler())
	k.url = web.URL
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- k.store.Run(ctx, store.Handlers{Watch: passes.Watch,
			Pass: func(context.Context, pull.Work) (pull.Outcome, error) { return pull.Outcome{}, nil }}, store.Periods{})
	}()
	t.Cleanup(func() {
		s.Stop()
		web.Close()
		cancel()
		k.must(<-done)
		k.must(k.store.Close())
	})
	return k
}

func keysTokens(token string) (pull.Holder, bool) {
	holders := map[string]pull.Holder{
		"both":   {Name: "pipeline", Scopes: []string{"push", "check"}},
		"push":   {Name: "hook", Scopes: []string{"push"}},
		"check":  {Name: "gate", Scopes: []string{"check"}},
		"boss":   {Name: "boss", Scopes: []string{"admin"}},
		"jobs":   {Name: "jobs", Scopes: []string{"push", "check"}, Repositories: []string{"acme/jobs"}},
		"narrow": {Name: "narrow", Scopes: []string{"push", "check", "admin"}, Users: []string{"github:ana"}},
	}
	holder, ok := holders[token]
	return holder, ok
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func newDuoSimulator(t *testing.T) *duotest.Server {
	t.Helper()
	duo, err := duotest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = duo.Close() })
	duo.AddUsers("ana.admin")
	duo.SetUser(duotest.User{Name: "dev.eloper", Devices: []duotest.Device{duotest.Phone()}, Passcodes: []string{"123456", "777777"}})
	return duo
}

func sqliteKeysTown(t *testing.T) *keysTown {
	return newKeysTown(t, newDuoSimulator(t), "sqlite:"+filepath.Join(t.TempDir(), "keys.db"))
}

func (k *keysTown) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// keyReply is an answer of the API as a caller sees it.
type keyReply struct {
	status int
	header http.Header
	Valid  bool
	Code   string
	Next   string
	Prompt struct {
		ID          int64
		State       string
		User        string
		Info        string
		RequestedBy string `json:"requested_by"`
		Txid        string
	}
	Replaces struct {
		ID    int64
		State string
	}
	Pull struct{ Ref string } `json:"pull_request"`
}

func (k *keysTown) call(method, path, token, media, body string) keyReply {
	k.Helper()
	req, err := http.NewRequestWithContext(k.Context(), method, k.url+path, strings.NewReader(body))
	k.must(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	resp, err := http.DefaultClient.Do(req)
	k.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	k.must(err)
	reply := keyReply{status: resp.StatusCode, header: resp.Header}
	if err := json.Unmarshal(text, &reply); err != nil {
		k.Fatalf("%s %s: %d with a body that is no JSON: %s", method, path, resp.StatusCode, text)
	}
	return reply
}

func (k *keysTown) post(path string) keyReply {
	k.Helper()
	return k.call(http.MethodPost, path, "both", "", "")
}

func (k *keysTown) check(path string) keyReply {
	k.Helper()
	return k.call(http.MethodGet, path, "both", "", "")
}

func (k *keysTown) expect(what string, got keyReply, status int, code string) keyReply {
	k.Helper()
	if got.status != status || got.Code != code || got.Valid != (code == "confirmed" || code == "landed" || code == "landing") {
		k.Errorf("%s: got %d %s (valid %v), want %d %s", what, got.status, got.Code, got.Valid, status, code)
	}
	return got
}

func (k *keysTown) push() duotest.Push {
	k.Helper()
	ctx, cancel := context.WithTimeout(k.Context(), 20*time.Second)
	defer cancel()
	p, err := k.duo.WaitPush(ctx, "")
	k.must(err)
	return p
}

// settled asks about the key until its prompt waits no more.
func (k *keysTown) settled(key string) keyReply {
	k.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		got := k.check("/v1/check/" + key)
		if got.Code != "awaiting-phone" {
			return got
		}
		if time.Now().After(deadline) {
			k.Fatal("the prompt never ended")
		}
		<-time.After(20 * time.Millisecond)
	}
}

const form, jsonMedia = "application/x-www-form-urlencoded", "application/json"

// Every way to be turned away before anybody's phone rings.
func TestKeysRefusals(t *testing.T) {
	k := sqliteKeysTown(t)
	long := strings.Repeat("k", 129)
	for _, test := range []struct {
		name, method, path, token, media, body string
		status                                 int
		code                                   string
	}{
		{"no token", "POST", "/v1/push/k?user=dev.eloper", "", "", "", 401, ""},
		{"a wrong token", "GET", "/v1/check/k", "guess", "", "", 401, ""},
		{"no scope to push", "POST", "/v1/push/k?user=dev.eloper", "check", "", "", 403, ""},
		{"no scope to send passcodes", "POST", "/v1/passcode/k?user=dev.eloper", "check", form, "passcode=123456", 403, ""},
		{"no scope to check", "GET", "/v1/check/k", "push", "", "", 403, ""},
		{"no scope to lift", "DELETE", "/api/v1/duo/freezes/dev.eloper", "both", "", "", 403, ""},
		{"nobody named", "POST", "/v1/push/k", "both", "", "", 400, "no-user"},
		{"nobody to check for", "GET", "/v1/check/k?user=", "both", "", "", 400, "no-user"},
		{"a user who is no name", "POST", "/v1/push/k?user=%00x", "both", "", "", 400, "bad-user"},
		{"a login that nobody has", "POST", "/v1/push/k?user=github:ghost", "both", "", "", 400, "duo-unmapped"},
		{"a login without a phone", "POST", "/v1/push/k?user=github:ken", "both", "", "", 400, "duo-unmapped"},
		{"a user whom the token may not ask", "POST", "/v1/push/k?user=dev.eloper", "narrow", "", "", 403, "user-forbidden"},
		{"a user whom the token may not check", "GET", "/v1/check/k?user=github:dev", "narrow", "", "", 403, "user-forbidden"},
		{"a key with odd letters", "POST", "/v1/push/a%20b?user=dev.eloper", "both", "", "", 400, "bad-key"},
		{"a key with a slash", "POST", "/v1/push/a%2Fb?user=dev.eloper", "both", "", "", 400, "bad-key"},
		{"a key too long", "POST", "/v1/push/" + long + "?user=dev.eloper", "both", "", "", 400, "bad-key"},
		{"a key too long to check", "GET", "/v1/check/" + long, "both", "", "", 400, "bad-key"},
		{"a passcode in the URL", "POST", "/v1/passcode/k?user=dev.eloper&passcode=123456", "both", "", "", 400, "passcode-in-url"},
		{"a passcode in the URL of a push", "POST", "/v1/push/k?user=dev.eloper&passcode=1", "both", "", "", 400, "passcode-in-url"},
		{"no passcode", "POST", "/v1/passcode/k?user=dev.eloper", "both", "", "", 400, "no-passcode"},
		{"an odd passcode", "POST", "/v1/passcode/k?user=dev.eloper", "both", form, "passcode=1+2", 400, "bad-passcode"},
		{"a passcode for a push", "POST", "/v1/push/k?user=dev.eloper", "both", form, "passcode=123456", 400, "passcode-unasked"},
		{"an odd device", "POST", "/v1/push/k?user=dev.eloper&device=%0a", "both", "", "", 400, "bad-device"},
		{"two users", "POST", "/v1/push/k?user=dev.eloper&user=ana.admin", "both", "", "", 400, "ambiguous"},
		{"two users, one in the body", "POST", "/v1/push/k?user=dev.eloper", "both", form, "user=ana.admin", 400, "ambiguous"},
		{"JSON that is none", "POST", "/v1/push/k?user=dev.eloper", "both", jsonMedia, "{", 400, "bad-body"},
		{"JSON sent as a form", "POST", "/v1/push/k?user=dev.eloper", "both", form, `{"duoPushInfo":"a=b"}`, 400, "bad-body"},
		{"a body of no kind", "POST", "/v1/push/k?user=dev.eloper", "both", "text/plain", "a=b", 400, "bad-body"},
		{"a body too long", "POST", "/v1/push/k?user=dev.eloper", "both", jsonMedia, strings.Repeat(" ", 17<<10), 413, "too-large"},
		{"our own line", "POST", "/v1/push/k?user=dev.eloper", "both", jsonMedia, `{"duoPushInfo":"K e-y=other"}`, 400, "bad-pushinfo"},
		{"our own other line", "POST", "/v1/push/k?user=dev.eloper", "both", jsonMedia, `{"duoPushInfo":"requested%20BY=ana"}`, 400, "bad-pushinfo"},
		{"a line without a name", "POST", "/v1/push/k?user=dev.eloper", "both", jsonMedia, `{"duoPushInfo":"Кеу=x"}`, 400, "bad-pushinfo"},
		{"nothing known of a key", "GET", "/v1/check/k", "both", "", "", 500, "no-record"},
		{"nobody frozen", "DELETE", "/api/v1/duo/freezes/dev.eloper", "boss", "", "", 404, ""},
		{"a path that is none", "POST", "/v1/shout/k", "both", "", "", 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := &keysTown{T: t, url: k.url}
			k.expect(test.name, k.call(test.method, test.path, test.token, test.media, test.body), test.status, test.code)
		})
	}
	if got := k.duo.Calls("auth"); got != 0 {
		t.Errorf("Duo was asked %d times for requests that were all refused", got)
	}
	if strings.Contains(k.log.String(), "123456") {
		t.Error("the log has a passcode")
	}
}

// threats 48 and 49: what every end of a prompt means to whoever asked and to whoever checks.
func TestThreat48OnlyAPushThatWasAllowedConfirms(t *testing.T) {
	for _, test := range []struct {
		name   string
		set    func(*duotest.Server)
		answer func(*duotest.Server, string) error
		code   string // of both answers
	}{
		{"allowed", nil, (*duotest.Server).Approve, "confirmed"},
		{"denied", nil, (*duotest.Server).Deny, "duo-denied"},
		{"timed out", nil, (*duotest.Server).Timeout, "duo-timeout"},
		{"bypass on the phone", nil, func(d *duotest.Server, txid string) error { return d.End(txid, "allow", "bypass") }, "duo-bypass"},
		{"a word unknown", nil, func(d *duotest.Server, txid string) error { return d.End(txid, "allow", "surely") }, "duo-outcome-unknown"},
		{"allow that says deny", nil, func(d *duotest.Server, txid string) error { return d.End(txid, "allow", "deny") }, "duo-outcome-unknown"},
		{"locked", person(duotest.User{Status: duotest.LockedOut}), nil, "duo-locked-out"},
		{"bypassed", person(duotest.User{Status: duotest.Bypass}), nil, "duo-bypass"},
		{"remembered", person(duotest.User{Policy: duotest.AllowUnseen}), nil, "duo-bypass"},
		{"refused by policy", person(duotest.User{Policy: duotest.DenyUnseen}), nil, "duo-refused"},
		{"unknown to Duo", person(duotest.User{Status: duotest.Unenrolled}), nil, "duo-unknown-user"},
		{"no phone", func(d *duotest.Server) {
			d.SetUser(duotest.User{Name: "dev.eloper", Devices: []duotest.Device{duotest.Landline()}})
		}, nil, "duo-no-device"},
		{"limited", func(d *duotest.Server) { d.Fail("auth", duotest.RateLimited(7), 1) }, nil, "duo-unsent"},
		{"answer lost", func(d *duotest.Server) { d.Fail("auth", duotest.Drop(true), 1) }, nil, "duo-outcome-unknown"},
		{"a failure that says allow", func(d *duotest.Server) {
			d.Fail("auth", duotest.Answer(500, `{"stat":"OK","response":{"result":"allow","status":"allow"}}`), 1)
		}, nil, "duo-outcome-unknown"},
		{"allow without a transaction", func(d *duotest.Server) {
			d.Fail("auth", duotest.Answer(200, `{"stat":"OK","response":{"result":"allow","status":"allow","status_msg":"x"}}`), 1)
		}, nil, "duo-bypass"},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := sqliteKeysTown(t)
			if test.set != nil {
				test.set(k.duo)
			}
			if test.answer != nil {
				go func() {
					if p, err := k.duo.WaitPush(t.Context(), ""); err == nil {
						_ = test.answer(k.duo, p.Txid)
					}
				}()
			}
			status, checked := 400, 500
			if test.code == "confirmed" {
				status, checked = 200, 200
			}
			got := k.expect("asking", k.post("/v1/push/k?user=dev.eloper"), status, test.code)
			k.expect("checking", k.check("/v1/check/k"), checked, test.code)
			if test.name == "limited" && got.header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After: got %q, want Duo's 7", got.header.Get("Retry-After"))
			}
			if pushes := len(k.duo.Pushes()); pushes > 1 {
				t.Errorf("the phone rang %d times", pushes)
			}
		})
	}
}

func person(u duotest.User) func(*duotest.Server) {
	return func(d *duotest.Server) {
		u.Name, u.Devices = "dev.eloper", []duotest.Device{duotest.Phone()}
		d.SetUser(u)
	}
}

func TestKeysAsync(t *testing.T) {
	k := sqliteKeysTown(t)
	body := `{"duoPushInfo": "job=api&note=a%E2%80%AEb\u0007&plain=50% off"}`
	got := k.expect("asking", k.call("POST", "/v1/push/deploy-7?user=github:DEV&async=1", "both", jsonMedia, body), 200, "awaiting-phone")
	if got.Prompt.User != "dev.eloper" || got.Prompt.RequestedBy != "pipeline" || got.Prompt.Txid == "" {
		t.Errorf("the prompt: %+v", got.Prompt)
	}
	p := k.push()
	want := []duotest.Field{{Key: "Key", Value: "deploy-7"}, {Key: "Requested by", Value: "pipeline"}, {Key: "job", Value: "api"},
		{Key: "note", Value: "ab"}, {Key: "plain", Value: "50% off"}}
	if len(p.Info) != len(want) {
		t.Fatalf("the phone shows %+v, want %+v", p.Info, want)
	}
	for i := range want {
		if p.Info[i] != want[i] {
			t.Errorf("line %d: got %+v, want %+v", i+1, p.Info[i], want[i])
		}
	}
	k.expect("while it rings", k.check("/v1/check/deploy-7"), 500, "awaiting-phone")
	k.expect("the key again", k.post("/v1/push/deploy-7?user=ana.admin"), 409, "key-pending")
	k.expect("the person again", k.post("/v1/push/other?user=dev.eloper"), 409, "prompt-pending")
	k.must(k.duo.Approve(p.Txid))
	k.expect("after the answer", k.settled("deploy-7"), 200, "confirmed")
	k.expect("for the person", k.check("/v1/check/deploy-7?user=Dev.Eloper"), 200, "confirmed")
	k.expect("for the login", k.check("/v1/check/deploy-7?user=github:dev"), 200, "confirmed")
	k.expect("for another", k.check("/v1/check/deploy-7?user=ana.admin"), 500, "other-user")
	k.expect("by a token that may not know", k.call("GET", "/v1/check/deploy-7", "narrow", "", ""), 500, "no-record")

	again := k.expect("a new request", k.post("/v1/push/deploy-7?user=ana.admin&async=1"), 200, "awaiting-phone")
	if again.Replaces.ID != got.Prompt.ID || again.Replaces.State != "allowed" {
		t.Errorf("it replaces %+v, want the confirmation %d", again.Replaces, got.Prompt.ID)
	}
	k.expect("replaced", k.check("/v1/check/deploy-7"), 500, "awaiting-phone")
	k.must(k.duo.Deny(k.push().Txid))
	k.expect("denied", k.settled("deploy-7"), 500, "duo-denied")
}

func TestKeysOtherFactors(t *testing.T) {
	k := sqliteKeysTown(t)
	k.expect("a call", k.post("/v1/phone/call?user=dev.eloper&async=1&device=DPSIMULATEDPHONE0001"), 200, "awaiting-phone")
	if p := k.push(); p.Factor != "phone" {
		t.Errorf("the phone shows a %s", p.Factor)
	} else {
		k.must(k.duo.Approve(p.Txid))
	}
	k.expect("the call answered", k.settled("call"), 200, "confirmed")
	k.expect("a device that is not theirs", k.post("/v1/push/dev?user=dev.eloper&device=DPELSEWHERE"), 400, "duo-no-device")

	k.expect("a message", k.post("/v1/sms/text?user=dev.eloper"), 400, "texted")
	k.expect("a message, async", k.post("/v1/sms/text?user=dev.eloper&async=1"), 200, "texted")
	k.expect("a message confirms nothing", k.check("/v1/check/text"), 500, "texted")

	wrong := k.call("POST", "/v1/passcode/text?user=dev.eloper", "both", form, "passcode=000000")
	k.expect("a wrong passcode", wrong, 400, "duo-passcode-wrong")
	k.expect("a wrong passcode confirms nothing", k.check("/v1/check/text"), 500, "duo-passcode-wrong")
	k.expect("a passcode", k.call("POST", "/v1/passcode/text", "both", form, "user=dev.eloper&passcode=123456"), 200, "confirmed")
	k.expect("the same again", k.call("POST", "/v1/passcode/text?user=dev.eloper", "both", jsonMedia, `{"passcode":"123456"}`), 400, "duo-passcode-wrong")
	k.expect("in JSON, async or not", k.call("POST", "/v1/passcode/text?user=dev.eloper&async=1", "both", jsonMedia, `{"passcode":"777777"}`), 200, "confirmed")
	k.expect("the passcode counts", k.check("/v1/check/text?user=dev.eloper"), 200, "confirmed")
	for _, code := range []string{"123456", "000000", "777777"} {
		if strings.Contains(k.log.String(), code) {
			t.Errorf("the log has the passcode %s", code)
		}
	}
}

func TestThreat51FraudOverTheAPI(t *testing.T) {
	k := sqliteKeysTown(t)
	k.expect("asking", k.post("/v1/push/k?user=dev.eloper&async=1"), 200, "awaiting-phone")
	k.must(k.duo.Fraud(k.push().Txid))
	k.expect("checking", k.settled("k"), 500, "duo-fraud")
	k.expect("asking again", k.post("/v1/push/k2?user=github:dev"), 403, "duo-fraud")
	if pushes := len(k.duo.Pushes()); pushes != 1 {
		t.Errorf("the phone rang %d times, want once", pushes)
	}
	if !strings.Contains(k.log.String(), `"level":"ERROR","msg":"duo_fraud"`) {
		t.Error("the log does not cry fraud")
	}
	for _, name := range []string{"dev.eloper", "DEV.ELOPER", "github:dev", "%00"} {
		k.expect("lifting with a token for others: "+name, k.call("DELETE", "/api/v1/duo/freezes/"+name, "narrow", "", ""), 403, "")
	}
	k.expect("asking after that", k.post("/v1/push/k2?user=github:dev"), 403, "duo-fraud")
	k.expect("lifting where the token is for the person", k.call("DELETE", "/api/v1/duo/freezes/ana.admin", "narrow", "", ""), 404, "")
	k.expect("lifting", k.call("DELETE", "/api/v1/duo/freezes/"+url.PathEscape("github:dev"), "boss", "", ""), 200, "")
	k.expect("asking after that", k.post("/v1/push/k2?user=dev.eloper&async=1"), 200, "awaiting-phone")
}

func TestThreat51QuotasOverTheAPI(t *testing.T) {
	k := sqliteKeysTown(t)
	k.keys.Limits = pull.KeyLimits{Person: 1, Token: 2}
	k.duo.AutoDeny("dev.eloper", 0)
	k.duo.AutoDeny("ana.admin", 0)
	k.expect("the first", k.post("/v1/push/k?user=dev.eloper"), 400, "duo-denied")
	got := k.expect("the second", k.post("/v1/push/k?user=dev.eloper"), 429, "duo-quota")
	if got.header.Get("Retry-After") == "" {
		t.Error("nobody says when to come again")
	}
	k.expect("another person", k.post("/v1/push/k?user=ana.admin"), 400, "duo-denied")
	k.expect("one too many", k.post("/v1/push/k?user=github:dev"), 429, "duo-quota")
	k.expect("another token", k.call("POST", "/v1/push/k?user=dev.eloper", "push", "", ""), 429, "duo-quota")
}

func TestKeysExpireFromTheAnswerOn(t *testing.T) {
	k := sqliteKeysTown(t)
	k.duo.AutoApprove("dev.eloper", 0)
	k.expect("asking", k.post("/v1/push/k?user=dev.eloper"), 200, "confirmed")
	k.expect("young enough", k.check("/v1/check/k"), 200, "confirmed")
	k.keys.Validity = time.Nanosecond
	k.expect("too old", k.check("/v1/check/k"), 500, "expired")
}

func TestKeysHealth(t *testing.T) {
	k := sqliteKeysTown(t)
	resp, err := http.Get(k.url + "/v1/health")
	k.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	k.must(err)
	if got, want := strings.TrimSpace(string(text)), `{"healthy":"yes","version":"v1.2.3"}`; got != want || resp.StatusCode != 200 {
		t.Errorf("got %d %s, want 200 %s", resp.StatusCode, got, want)
	}
}

// A token that is narrowed to repositories learns of the landings of those alone.
func TestATokenOfOtherRepositoriesLearnsOfNoLanding(t *testing.T) {
	k := sqliteKeysTown(t)
	ctx := t.Context()
	for i, name := range []string{"jobs", "other"} {
		id, merge := int64(i+1), strings.Repeat(fmt.Sprint(i+1), 40)
		k.must(k.store.UpsertRepos(ctx, []pull.Repo{{ID: id, Owner: "acme", Name: name}}))
		b := pull.Binding{Repo: id, Number: 1, Branch: "main", Head: "h", Merge: merge, Method: pull.MethodExact}
		turn, err := k.store.TakeTurn(ctx, b.Key(), b.Branch, time.Minute, false)
		k.must(err)
		intent, err := k.store.BeginLanding(ctx, turn, pull.Intent{Binding: b})
		k.must(err)
		intent.State, intent.Landed = pull.IntentDone, merge
		k.must(k.store.EndLanding(ctx, intent))
	}
	jobs, other := strings.Repeat("1", 40), strings.Repeat("2", 40)
	k.expect("its own repository", k.call("GET", "/v1/check/"+jobs, "jobs", "", ""), 200, "landed")
	k.expect("another repository", k.call("GET", "/v1/check/"+other, "jobs", "", ""), 500, "no-record")
	k.expect("no limit", k.call("GET", "/v1/check/"+other, "both", "", ""), 200, "landed")
}

// A token that may ask about somebody may do so by each of their names, and about nobody else by any.
func TestATokenIsForPeopleByEveryName(t *testing.T) {
	people, err := duobot.ParsePeople("people.yml", []byte(keysPeople))
	if err != nil {
		t.Fatal(err)
	}
	k := &reconcile.Keys{People: func() *duobot.People { return people }}
	for _, tc := range []struct {
		users, user string
		want        bool
	}{
		{"dev.eloper", "github:dev", true}, {"github:dev", "Dev.Eloper", true}, {"github:dev", "github:DEV", true}, {"dev.eloper", "dev.eloper", true},
		{"dev.eloper", "github:ana", false}, {"github:dev", "ana.admin", false}, {"dev.eloper", "github:ken", false}, {"dev.eloper", "", false},
		{"github:ken", "github:ken", true}, // whom Duo does not know, which is for others to say
		{"github:ken", "github:ghost", false},
	} {
		if got := k.MayAskAbout(pull.Holder{Users: []string{tc.users}}, tc.user); got != tc.want {
			t.Errorf("a token for %q may ask about %q: %t, want %t", tc.users, tc.user, got, tc.want)
		}
	}
}
