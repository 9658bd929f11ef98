package client

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	for _, c := range []Config{
		{Server: "", Token: "t"}, {Server: "sallyport", Token: "t"}, {Server: "http://sallyport.example.com", Token: "t"},
		{Server: "https://u:p@host", Token: "t"}, {Server: "https://host", Token: " "}, {Server: "https://host", Token: "t", CAFile: "none"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v: got no error", c)
		}
	}
}

// threat 52: only an answer that is a yes through and through is one.
func TestThreat52OnlyAWholeYesCounts(t *testing.T) {
	for _, test := range []struct {
		name, media string
		status      int
		body        string
		valid       bool
		wrong       string // in the error
	}{
		{"yes", "application/json; charset=utf-8", 200, `{"valid":true,"code":"confirmed","key":"k"}`, true, ""},
		{"landed", "application/json", 200, `{"valid":true,"code":"landed","key":"k"}`, true, ""},
		{"no", "application/json", 500, `{"valid":false,"code":"no-record","key":"k"}`, false, ""},
		{"a proxy's page", "text/html", 200, "<html>", false, "is something in between"},
		{"a proxy's page that says JSON", "application/json", 200, "<html>", false, "is something in between"},
		{"nothing", "application/json", 200, "{}", false, "says nothing"},
		{"200 alone", "application/json", 200, `{"code":"confirmed","key":"k"}`, false, "contradicts itself"},
		{"200 beside a no", "application/json", 200, `{"valid":false,"code":"duo-denied","key":"k"}`, false, "contradicts itself"},
		{"a yes that failed", "application/json", 500, `{"valid":true,"code":"confirmed","key":"k"}`, false, "contradicts itself"},
		{"a yes of an unknown kind", "application/json", 200, `{"valid":true,"code":"surely","key":"k"}`, false, "contradicts itself"},
		{"a yes about another key", "application/json", 200, `{"valid":true,"code":"confirmed","key":"other"}`, false, "contradicts itself"},
		{"trouble there", "application/json", 503, `{"valid":false,"code":"unavailable","message":"x"}`, false, "cannot tell"},
		{"no scope", "application/json", 403, `{"error":"The token does not hold the scope check."}`, false, "HTTP 403"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", test.media)
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		}))
		c, err := New(Config{Server: server.URL, Token: "t"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Check(t.Context(), "k", "", false)
		if got.Valid != test.valid || (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: got %+v, %v; want %v, %q", test.name, got, err, test.valid, test.wrong)
		}
		server.Close()
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the token was carried elsewhere") }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer server.Close()
	c, err := New(Config{Server: server.URL, Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(t.Context(), "k", "", false); err == nil {
		t.Error("got no error")
	}
}
