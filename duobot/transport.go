package duobot

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httptrace"
	"path"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const (
	maxAnswer     = 1 << 20   // bytes of an answer; Duo's have a few hundred
	maxRetryAfter = time.Hour // a longer wait would hide an outage from people
)

// guard is the http.RoundTripper between Duo's library and the network. The library believes whatever arrives,
// retries by itself and cannot be cancelled, so nothing reaches it but a complete, well-formed success; all else
// is a *pull.Failure whose class says whether the request may have had its effect.
type guard struct {
	ctx    context.Context
	limit  time.Duration
	effect bool // the call sends a push: once it is out, an error no longer means that nothing happened
	base   http.RoundTripper
	log    *slog.Logger
	now    func() time.Time
}

// RoundTrip makes one request and reads its answer to the end, all within the limit.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(g.ctx, g.limit)
	defer cancel()
	var out atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// A connection exists once TLS stands; from here on bytes of the request may have left.
		GotConn: func(httptrace.GotConnInfo) { out.Store(true) },
	})
	began := g.now()
	resp, body, err := g.exchange(req.WithContext(ctx))
	if err != nil {
		err = g.lost(out.Load(), err)
	} else {
		err = g.judge(resp, body)
	}
	g.log.Debug("duo call", "endpoint", path.Base(req.URL.Path), "ms", g.now().Sub(began).Milliseconds(), "error", err)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (g guard) exchange(req *http.Request) (*http.Response, []byte, error) {
	resp, err := g.base.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	return resp, body, err
}

// lost classifies an exchange that did not complete.
func (g guard) lost(out bool, err error) error {
	if out && g.effect {
		return &pull.Failure{Class: pull.Unknown, Code: "duo-outcome-unknown",
			Err: fmt.Errorf("the push may have gone out, but duo's answer was lost: %w", err)}
	}
	return &pull.Failure{Class: pull.Transient, Code: "duo-unreachable", Err: fmt.Errorf("reaching duo: %w", explain(err))}
}

// explain adds what an operator can do where Go's own words do not say.
func explain(err error) error {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return fmt.Errorf("%w (name the authority in duo.ca_file if a proxy or a private one signs)", err)
	}
	return err
}

// judge turns every complete answer that is not a well-formed success into a typed error.
func (g guard) judge(resp *http.Response, body []byte) error {
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests:
		return &pull.Failure{Class: pull.Transient, Code: "duo-rate-limit", After: g.retryAfter(resp),
			Err: errors.New("duo asks for fewer requests (HTTP 429)")}
	case status == http.StatusOK:
		return g.success(resp, body)
	case status >= 400 && status < 500:
		return g.refused(status, body)
	case status >= 300 && status < 400:
		return g.doubtful(pull.Permanent, "duo-bad-answer",
			fmt.Errorf("duo answered with a redirect (HTTP %d): check duo.host", status))
	default:
		return g.doubtful(pull.Transient, "duo-unreachable", fmt.Errorf("duo answered with HTTP %d", status))
	}
}

func (g guard) success(resp *http.Response, body []byte) error {
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && media != "application/json" {
		err = fmt.Errorf("the content type is %q", media)
	}
	if err == nil {
		err = wellFormed(body)
	}
	if err != nil {
		return g.doubtful(pull.Transient, "duo-bad-answer", fmt.Errorf("duo's answer cannot be believed: %w", err))
	}
	return nil
}

// refused handles the 4xx family: Duo itself saying no, with a code, means that nothing was sent.
func (g guard) refused(status int, body []byte) error {
	no, err := parseRefusal(body)
	if err != nil {
		return g.doubtful(pull.Permanent, "duo-bad-answer",
			fmt.Errorf("something other than duo answered with HTTP %d: check duo.host and any proxy", status))
	}
	return no.failure()
}

// doubtful is the given class where nothing can have happened, and Unknown where a push may have gone out.
func (g guard) doubtful(class pull.Class, code string, err error) error {
	if g.effect {
		class, code = pull.Unknown, "duo-outcome-unknown"
	}
	return &pull.Failure{Class: class, Code: code, Err: err}
}

// retryAfter reads both forms of the header, seconds and date; 0 when it says nothing usable.
func (g guard) retryAfter(resp *http.Response) time.Duration {
	header := resp.Header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(g.now())
	}
	return min(max(wait, 0), maxRetryAfter)
}
