package server

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/palantir/go-githubapp/githubapp"
)

const pingBody = `{"zen": "Mind your words.", "hook_id": 1}`

func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// deliver is a delivery as GitHub sends it.
func deliver(event, id, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, githubapp.DefaultWebhookRoute, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", id)
	r.Header.Set(sha256Header, sign(secret, []byte(body)))
	return r
}

func TestThreat1Signature(t *testing.T) {
	good := sign(secret, []byte(pingBody))
	for _, tc := range []struct {
		name   string
		values []string
		want   int
	}{
		{"right", []string{good}, 202},
		{"right, upper-case digits", []string{"sha256=" + strings.ToUpper(good[7:])}, 202},
		{"missing", nil, 401},
		{"empty", []string{""}, 401},
		{"no digits", []string{"sha256="}, 401},
		{"short", []string{good[:len(good)-2]}, 401},
		{"long", []string{good + "00"}, 401},
		{"not hexadecimal", []string{"sha256=" + strings.Repeat("zz", 32)}, 401},
		{"upper-case scheme", []string{"SHA256=" + good[7:]}, 401},
		{"space before", []string{" " + good}, 401},
		{"by another secret", []string{sign("another", []byte(pingBody))}, 401},
		{"by the empty secret", []string{sign("", []byte(pingBody))}, 401},
		{"of another body", []string{sign(secret, []byte("{}"))}, 401},
		{"twice", []string{good, good}, 401},
		{"a wrong one beside it", []string{sign("another", []byte(pingBody)), good}, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := &memory{}
			r := deliver("ping", "d1", pingBody)
			r.Header[sha256Header] = tc.values
			w := serve(newServer(t, config(m)), r)
			if w.Code != tc.want {
				t.Errorf("got status %d, want %d: %s", w.Code, tc.want, w.Body)
			}
			if stored := len(m.deliveries) == 1; stored != (tc.want == 202) {
				t.Errorf("stored: got %v with status %d", stored, w.Code)
			}
		})
	}
}

// A bad signature is refused before the body is parsed: what is not JSON gets the same answer as what is.
func TestThreat1RefusedBeforeParsing(t *testing.T) {
	s := newServer(t, config(&memory{}))
	r := deliver("ping", "d1", "this is no JSON")
	r.Header.Set(sha256Header, sign("another", []byte("this is no JSON")))
	if w := serve(s, r); w.Code != 401 {
		t.Errorf("got status %d, want 401", w.Code)
	}
}

func TestThreat3NoSHA1(t *testing.T) {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(pingBody))
	weak := "sha1=" + hex.EncodeToString(mac.Sum(nil))
	for name, set := range map[string]func(http.Header){
		"in its own header":        func(h http.Header) { h.Del(sha256Header); h.Set(sha1Header, weak) },
		"beside an empty one":      func(h http.Header) { h.Set(sha256Header, ""); h.Set(sha1Header, weak) },
		"inside the 256 header":    func(h http.Header) { h.Set(sha256Header, weak) },
		"good digits, weak scheme": func(h http.Header) { h.Set(sha256Header, "sha1="+sign(secret, []byte(pingBody))[7:]) },
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{}
			r := deliver("ping", "d1", pingBody)
			set(r.Header)
			if w := serve(newServer(t, config(m)), r); w.Code != 401 || len(m.deliveries) != 0 {
				t.Errorf("got status %d and %d stored, want 401 and none", w.Code, len(m.deliveries))
			}
		})
	}
}

// Whatever stands behind the guard never sees the weak signature, and so cannot settle for it.
func TestThreat3SHA1IsTakenOut(t *testing.T) {
	reached := false
	behind := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached = true
		if weak := r.Header.Values(sha1Header); len(weak) != 0 {
			t.Errorf("got %v behind the guard, want no SHA-1 signature", weak)
		}
	})
	r := deliver("ping", "d1", pingBody)
	r.Header.Set(sha1Header, "sha1=0000")
	(&guard{gates: []gate{{[]byte(secret), behind}}}).ServeHTTP(httptest.NewRecorder(), r)
	if !reached {
		t.Error("the delivery was not let through")
	}
}

// What cannot be a signature is refused without reading a byte of the body.
func TestThreat1OddSignatureReadsNothing(t *testing.T) {
	for _, odd := range []string{"", "sha256=", "sha256=" + strings.Repeat("00", 31), "sha1=" + strings.Repeat("00", 32)} {
		body := &counted{left: 100}
		r := deliver("ping", "d1", "")
		r.Body, r.ContentLength = io.NopCloser(body), 100
		r.Header.Set(sha256Header, odd)
		if w := serve(newServer(t, config(&memory{})), r); w.Code != 401 || body.read != 0 {
			t.Errorf("%q: got %d and %d bytes read, want 401 and none", odd, w.Code, body.read)
		}
	}
}

// counted is a body of endless spaces after its opening, which tells how much of it was read.
type counted struct {
	left, read int64
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), c.left))
	for i := range p[:n] {
		p[i] = ' '
	}
	c.left -= int64(n)
	c.read += int64(n)
	return n, nil
}

func TestThreat4BodyBoundedBeforeHMAC(t *testing.T) {
	const size = 26 << 20
	signature := sign(secret, bytes.Repeat([]byte{' '}, size))
	for _, tc := range []struct {
		name     string
		declared int64
		most     int64 // bytes that may be read
	}{
		{"declared", size, 0},
		{"undeclared", -1, bodyLimit + 1<<20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body := &counted{left: size}
			r := deliver("ping", "d1", "")
			r.Body, r.ContentLength = io.NopCloser(body), tc.declared
			r.Header.Set(sha256Header, signature)
			w := serve(newServer(t, config(&memory{})), r)
			if w.Code != http.StatusRequestEntityTooLarge {
				t.Errorf("got status %d, want 413", w.Code)
			}
			if body.read > tc.most {
				t.Errorf("%d bytes were read, want at most %d", body.read, tc.most)
			}
		})
	}
}

// Strangers who begin many large bodies must not fill the memory: the next one waits for a slot, and in the end is told
// to come back. Small deliveries, which is nearly all, pass by.
func TestThreat4LargeBodiesTakeSlots(t *testing.T) {
	c := config(&memory{})
	c.AcceptWait = 1
	s := newServer(t, c)
	for range largeSlots {
		s.hook.(*guard).large <- struct{}{}
	}
	r := deliver("ping", "d1", pingBody)
	r.ContentLength = -1
	if w := serve(s, r); w.Code != 503 {
		t.Errorf("one more of unknown size: got status %d, want 503", w.Code)
	}
	if w := serve(newServer(t, config(&memory{})), deliver("ping", "d2", pingBody)); w.Code != 202 {
		t.Errorf("a small one: got status %d, want 202", w.Code)
	}
}

// Whoever sends a body that never ends in time is not waited for.
func TestThreat4SlowBody(t *testing.T) {
	c := config(&memory{})
	c.AcceptWait = 20 * time.Millisecond
	front := httptest.NewServer(newServer(t, c).Handler())
	defer front.Close()
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n%s: %s\r\n\r\n{",
		githubapp.DefaultWebhookRoute, sha256Header, sign(secret, nil))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("got %d, want 400", res.StatusCode)
	}
}

func TestThreat5JSONOnly(t *testing.T) {
	for contentType, want := range map[string]int{
		"application/json":                  202,
		"application/json; charset=utf-8":   202,
		"application/x-www-form-urlencoded": 415,
		"multipart/form-data; boundary=x":   415,
		"text/plain":                        415,
		"application/jsonp":                 415,
		"":                                  415,
	} {
		r := deliver("ping", "d1", pingBody)
		r.Header.Set("Content-Type", contentType)
		if w := serve(newServer(t, config(&memory{})), r); w.Code != want {
			t.Errorf("%q: got status %d, want %d", contentType, w.Code, want)
		}
	}
}

func TestSecretsRotate(t *testing.T) {
	c := config(&memory{})
	c.WebhookSecrets = []string{"the new one", secret}
	s := newServer(t, c)
	for i, key := range c.WebhookSecrets {
		r := deliver("ping", key, pingBody)
		r.Header.Set(sha256Header, sign(key, []byte(pingBody)))
		if w := serve(s, r); w.Code != 202 {
			t.Errorf("secret %d: got status %d, want 202", i, w.Code)
		}
	}
	r := deliver("ping", "d3", pingBody)
	r.Header.Set(sha256Header, sign("a retired one", []byte(pingBody)))
	if w := serve(s, r); w.Code != 401 {
		t.Errorf("a secret that is neither: got status %d, want 401", w.Code)
	}
}
