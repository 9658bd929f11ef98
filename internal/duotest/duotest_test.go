package duotest_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	duoapi "github.com/duosecurity/duo_api_golang"
	"github.com/duosecurity/duo_api_golang/authapi"
	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport/internal/duotest"
)

func start(t *testing.T) *duotest.Server {
	t.Helper()
	srv, err := duotest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	srv.AddUsers("ana")
	return srv
}

// trusting is a plain HTTP client that trusts the server's authority.
func trusting(t *testing.T, srv *duotest.Server) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(srv.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// library is Duo's own client, the reference for what the simulator must accept.
func library(t *testing.T, srv *duotest.Server) *authapi.AuthApi {
	t.Helper()
	api := duoapi.NewDuoApi(duotest.IKey, duotest.SKey, srv.Host(), "test")
	api.SetCustomHTTPClient(trusting(t, srv))
	return authapi.NewAuthApi(*api)
}

func TestLibraryIsUnderstood(t *testing.T) {
	srv := start(t)
	api := library(t, srv)
	if ping, err := api.Ping(); err != nil || ping.Stat != "OK" || ping.Response.Time == 0 {
		t.Errorf("ping: got %+v, %v", ping, err)
	}
	if check, err := api.Check(); err != nil || check.Stat != "OK" {
		t.Errorf("check: got %+v, %v", check, err)
	}
	pre, err := api.Preauth(authapi.PreauthUsername("ANA"))
	if err != nil || pre.Response.Result != "auth" || len(pre.Response.Devices) != 1 {
		t.Errorf("preauth: got %+v, %v", pre, err)
	}
	auth, err := api.Auth("push", authapi.AuthUsername("ana"), authapi.AuthDevice("auto"), authapi.AuthAsync(),
		authapi.AuthType("Landing"), authapi.AuthPushinfo("b=1%2B1&a=x+y~z"))
	if err != nil || auth.Response.Txid == "" {
		t.Fatalf("auth: got %+v, %v", auth, err)
	}
	push, err := srv.WaitPush(t.Context(), "Ana")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]duotest.Field{{Key: "b", Value: "1+1"}, {Key: "a", Value: "x y~z"}}, push.Info); diff != "" {
		t.Errorf("pushinfo (-want +got):\n%s", diff)
	}
	status := func() string {
		got, err := api.AuthStatus(auth.Response.Txid)
		if err != nil {
			t.Fatal(err)
		}
		return got.Response.Result + "/" + got.Response.Status
	}
	if got := status(); got != "waiting/pushed" {
		t.Errorf("got %s, want waiting/pushed at once", got)
	}
	answered := make(chan string)
	go func() { answered <- status() }()
	if err := srv.WaitCalls(t.Context(), "auth_status", 2); err != nil {
		t.Fatal(err)
	}
	if err := srv.Approve(push.Txid); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; got != "allow/allow" {
		t.Errorf("got %s, want allow/allow from the long poll", got)
	}
	if err := srv.Deny(push.Txid); err == nil {
		t.Error("an ended push took another answer")
	}
}

func TestJSONSignatures(t *testing.T) {
	srv := start(t)
	api := library(t, srv)
	_, body, err := api.JSONSignedCall("POST", "/auth/v2/preauth", duoapi.JSONParams{"username": "ana"})
	if err != nil || !strings.Contains(string(body), `"auth"`) {
		t.Errorf("got %s, %v", body, err)
	}
	_, body, err = api.JSONSignedCall("GET", "/auth/v2/check", duoapi.JSONParams{})
	if err != nil || !strings.Contains(string(body), `"OK"`) {
		t.Errorf("got %s, %v", body, err)
	}
}

func TestSHA1Signature(t *testing.T) {
	srv := start(t)
	params := url.Values{"username": {"ana"}}.Encode()
	date := time.Now().UTC().Format(time.RFC1123Z)
	m := hmac.New(sha1.New, []byte(duotest.SKey))
	io.WriteString(m, strings.Join([]string{date, "POST", srv.Host(), "/auth/v2/preauth", params}, "\n"))
	code, body := post(t, srv, date, duotest.IKey, hex.EncodeToString(m.Sum(nil)), params)
	if code != http.StatusOK {
		t.Errorf("got HTTP %d, %s", code, body)
	}
}

func post(t *testing.T, srv *duotest.Server, date, ikey, signature, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "https://"+srv.Host()+"/auth/v2/preauth", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Date", date)
	if ikey != "" {
		req.SetBasicAuth(ikey, signature)
	}
	resp, err := trusting(t, srv).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestForgedRequestsAreRefused(t *testing.T) {
	srv := start(t)
	now := time.Now().UTC().Format(time.RFC1123Z)
	tests := []struct {
		name, date, ikey, signature string
		want                        int
	}{
		{"no credentials", now, "", "", 40101},
		{"another application", now, "DIOTHER", "00", 40102},
		{"bad signature", now, duotest.IKey, strings.Repeat("0", 128), 40103},
		{"no date", "", duotest.IKey, "00", 40104},
		{"old date", time.Now().Add(-time.Hour).UTC().Format(time.RFC1123Z), duotest.IKey, "00", 40105},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := post(t, srv, tt.date, tt.ikey, tt.signature, "username=ana")
			var no struct {
				Stat string
				Code int
			}
			if err := json.Unmarshal([]byte(body), &no); err != nil {
				t.Fatal(err)
			}
			if status != 401 || no.Stat != "FAIL" || no.Code != tt.want {
				t.Errorf("got HTTP %d, %s; want 401 with code %d", status, body, tt.want)
			}
		})
	}
}

func TestOtherFactors(t *testing.T) {
	srv := start(t)
	srv.SetUser(duotest.User{Name: "bo", Devices: []duotest.Device{duotest.Phone()}, Passcodes: []string{"123456"}})
	srv.SetUser(duotest.User{Name: "cy", Devices: []duotest.Device{duotest.Landline()}})
	srv.AutoApprove("bo", 0)
	srv.AutoDeny("cy", 0)
	api := library(t, srv)
	tests := []struct {
		name, factor string
		options      []func(*url.Values)
		want         string
	}{
		{"synchronous push", "push", []func(*url.Values){authapi.AuthUsername("bo"), authapi.AuthDevice("auto")}, "allow/allow"},
		{"call", "phone", []func(*url.Values){authapi.AuthUsername("cy"), authapi.AuthDevice("auto")}, "deny/deny"},
		{"push without a phone", "push", []func(*url.Values){authapi.AuthUsername("cy"), authapi.AuthDevice("auto")}, "40002 device"},
		{"push to no device", "push", []func(*url.Values){authapi.AuthUsername("bo")}, "40001 device"},
		{"sms", "sms", []func(*url.Values){authapi.AuthUsername("bo"), authapi.AuthDevice("auto")}, "deny/sent"},
		{"passcode", "passcode", []func(*url.Values){authapi.AuthUsername("bo"), authapi.AuthPasscode("123456")}, "allow/allow"},
		{"passcode used twice", "passcode", []func(*url.Values){authapi.AuthUsername("bo"), authapi.AuthPasscode("123456")}, "deny/deny"},
		{"no passcode", "passcode", []func(*url.Values){authapi.AuthUsername("bo")}, "40001 passcode"},
		{"unknown factor", "telepathy", []func(*url.Values){authapi.AuthUsername("bo")}, "40002 factor"},
		{"unknown user", "push", []func(*url.Values){authapi.AuthUsername("mallory")}, "40002 username"},
		{"no user", "push", nil, "40001 username"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := api.Auth(tt.factor, tt.options...)
			if err != nil {
				t.Fatal(err)
			}
			got := r.Response.Result + "/" + r.Response.Status
			if r.Stat == "FAIL" {
				got = map[int32]string{40001: "40001 ", 40002: "40002 "}[*r.Code] + *r.Message_Detail
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestLongPollEnds(t *testing.T) {
	srv := start(t)
	srv.SetLongPoll(20 * time.Millisecond)
	api := library(t, srv)
	auth, err := api.Auth("push", authapi.AuthUsername("ana"), authapi.AuthDevice("auto"), authapi.AuthAsync())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := api.AuthStatus(auth.Response.Txid); err != nil || got.Response.Result != "waiting" {
			t.Errorf("got %+v, %v; want waiting", got, err)
		}
	}
}

func TestPushRunsOutOfTime(t *testing.T) {
	srv := start(t)
	srv.SetPushLife(time.Millisecond)
	api := library(t, srv)
	r, err := api.Auth("push", authapi.AuthUsername("ana"), authapi.AuthDevice("auto"))
	if err != nil || r.Response.Result != "deny" || r.Response.Status != "timeout" {
		t.Errorf("got %+v, %v; want deny/timeout", r, err)
	}
}

func TestPhonePage(t *testing.T) {
	srv := start(t)
	api := library(t, srv)
	auth, err := api.Auth("push", authapi.AuthUsername("ana"), authapi.AuthDevice("auto"), authapi.AuthAsync(),
		authapi.AuthPushinfo("title=%3Cscript%3E"))
	if err != nil {
		t.Fatal(err)
	}
	page := func() string {
		resp, err := http.Get(srv.PhoneURL())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got := page(); !strings.Contains(got, auth.Response.Txid) || !strings.Contains(got, "&lt;script&gt;") {
		t.Errorf("the push is not shown, or not escaped:\n%s", got)
	}
	presses := []struct {
		answer string
		want   int
	}{{"shrug", 404}, {"fraud", 200}, {"allow", 409}}
	for _, press := range presses {
		resp, err := http.PostForm(srv.PhoneURL()+"/"+auth.Response.Txid+"/"+press.answer, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != press.want {
			t.Errorf("%s: got HTTP %d, want %d", press.answer, resp.StatusCode, press.want)
		}
	}
	if p := srv.Pushes()[0]; p.Status != "fraud" || p.Open() {
		t.Errorf("got %+v, want a report of fraud", p)
	}
	if got := page(); strings.Contains(got, "<button") {
		t.Errorf("an ended push still has buttons:\n%s", got)
	}
}

func TestCloseEndsLongPolls(t *testing.T) {
	srv := start(t)
	api := library(t, srv)
	done := make(chan struct{})
	go func() {
		// The connection may break or the poll may end; either way the client is let go.
		_, _ = api.Auth("push", authapi.AuthUsername("ana"), authapi.AuthDevice("auto"))
		close(done)
	}()
	if _, err := srv.WaitPush(t.Context(), "ana"); err != nil {
		t.Fatal(err)
	}
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	if _, err := os.Stat(srv.CAFile()); !os.IsNotExist(err) {
		t.Errorf("the authority's file is still there: %v", err)
	}
}
