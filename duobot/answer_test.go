package duobot

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/duosecurity/duo_api_golang/authapi"

	"github.com/sallyport/sallyport/pull"
)

// canned answers every request alike.
type canned struct {
	status int
	body   string
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(c.body))}, nil
}

// FuzzAnswer holds every answer to the one shape that confirms, read by another path than the code's: a generic
// map, and for doubled keys the canonical form of the text.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"stat":"OK","response":{"result":"allow","status":"allow","status_msg":"Success"}}`)
	f.Add(200, `{"stat":"OK","response":{"result":"waiting","status":"pushed"}}`)
	f.Add(200, `{"stat":"FAIL","stat":"OK","response":{"result":"allow","status":"allow"}}`)
	f.Add(200, `{"Stat":"OK","response":{"result":"allow","Status":"allow","status":"deny"}}`)
	f.Add(500, `{"stat":"OK","response":{"result":"allow","status":"allow"}}`)
	f.Add(429, `{"stat":"FAIL","code":42901}`)
	f.Add(400, `{"stat":"FAIL","code":40002,"message":"x","message_detail":"username"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		g := guard{ctx: t.Context(), limit: time.Minute, base: canned{status, body}, log: slog.New(slog.DiscardHandler), now: time.Now}
		req, err := http.NewRequest(http.MethodGet, "https://duo.example/auth/v2/auth_status", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := g.RoundTrip(req)
		if err != nil {
			if _, ok := err.(*pull.Failure); !ok {
				t.Fatalf("got the untyped error %v", err)
			}
			return
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil || string(text) != body {
			t.Fatalf("got body %q, %v", text, err)
		}
		var result authapi.AuthStatusResult
		if json.Unmarshal(text, &result) != nil {
			return
		}
		if answer := readStatus(&result); answer.State == pull.PromptAllowed && !plainlyAllows(status, body) {
			t.Fatalf("HTTP %d %q was taken for a confirmation", status, body)
		}
	})
}

// Of all that Duo may say of a push, one pair of words confirms, and only in an answer that is OK.
func TestThreat49OnlyOnePairOfWordsConfirms(t *testing.T) {
	words := []string{"", "allow", "Allow", "deny", "waiting", "pushed", "answered", "calling", "bypass", "remembered", "trusted_device", "timeout",
		"locked_out", "fraud", "sms_sent", "error"}
	for _, stat := range []string{"OK", "FAIL", "ok", ""} {
		for _, result := range words {
			for _, status := range words {
				var polled authapi.AuthStatusResult
				polled.Stat, polled.Response.Result, polled.Response.Status = stat, result, status
				if got := readStatus(&polled); (got.State == pull.PromptAllowed) != (stat == "OK" && result == "allow" && status == "allow") {
					t.Errorf("stat %q, result %q, status %q: read as %q", stat, result, status, got.State)
				}
				var auth authapi.AuthResult
				auth.Stat, auth.Response.Result, auth.Response.Status = stat, result, status
				for _, auth.Response.Txid = range []string{"", "5a11"} {
					got := readAuth(&auth)
					if open := stat == "OK" && auth.Response.Txid != "" && result == ""; got.State == pull.PromptAllowed || (got.State == pull.PromptOpen) != open {
						t.Errorf("asking: stat %q, result %q, status %q, txid %q: read as %q", stat, result, status, auth.Response.Txid, got.State)
					}
				}
			}
		}
	}
}

func plainlyAllows(status int, body string) bool {
	var tree map[string]any
	if status != http.StatusOK || json.Unmarshal([]byte(body), &tree) != nil {
		return false
	}
	lower := func(m map[string]any) map[string]any {
		out := map[string]any{}
		for k, v := range m {
			// The library reads keys in any case, by Unicode's simple folding.
			out[strings.ToLower(strings.ToUpper(k))] = v
		}
		return out
	}
	tree = lower(tree)
	response, _ := tree["response"].(map[string]any)
	response = lower(response)
	return tree["stat"] == "OK" && response["result"] == "allow" && response["status"] == "allow"
}
