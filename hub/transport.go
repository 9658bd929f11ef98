package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody bounds what is read of any answer.
const maxBody = 32 << 20

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	t.MaxResponseHeaderBytes = 1 << 20
	return t
}

// wire is the innermost transport. It learns whether a request can have reached GitHub, bounds the answer, and
// meters the token requests that go on behind the clients' backs.
type wire struct {
	next http.RoundTripper
	hub  *Hub
}

// journey follows one call of ours down to the wire.
type journey struct{ sent atomic.Bool }

type journeyKey struct{}

func withJourney(ctx context.Context) (context.Context, *journey) {
	j := new(journey)
	return context.WithValue(ctx, journeyKey{}, j), j
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	token := strings.HasSuffix(req.URL.Path, "/access_tokens")
	if token {
		// The library asks for a whole token with the body "null", which GitHub's description does not allow.
		req = req.Clone(req.Context())
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
		req.Header.Del("Content-Type")
	}
	if j, ok := req.Context().Value(journeyKey{}).(*journey); ok && !token {
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			// From here on bytes may leave; before it, nothing can have happened at GitHub.
			GotConn: func(httptrace.GotConnInfo) { j.sent.Store(true) },
		}))
	}
	start := time.Now()
	resp, err := w.next.RoundTrip(req)
	if token {
		w.hub.record(request{operation: "token"}, "rest", resp, start, 0)
	}
	if resp != nil {
		resp.Body = &bounded{ReadCloser: resp.Body, left: maxBody}
	}
	return resp, err
}

// bounded fails, rather than ends, where a body grows too long: half an answer must not look like a whole one.
type bounded struct {
	io.ReadCloser
	left int64
}

var errTooLong = errors.New("the answer is longer than 32 MiB")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// errRedirect marks a redirect that was not followed; what was asked for did not happen.
var errRedirect = errors.New("GitHub points elsewhere")

// stayHome follows redirects, which GitHub sends for renamed repositories, only where they repeat the same request to
// the same server: the token is added below the redirect, and would travel along.
func stayHome(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > 3:
		return fmt.Errorf("%w: too many redirects", errRedirect)
	case req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme:
		return fmt.Errorf("%w: refusing a redirect to %s", errRedirect, req.URL.Host)
	case req.Method != first.Method:
		return fmt.Errorf("%w: refusing a redirect that turns %s into %s", errRedirect, first.Method, req.Method)
	}
	return nil
}
