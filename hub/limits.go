package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// The codes of failures that any request can end in.
const (
	codeRateLimit   = "github-rate-limit"
	codeUnreachable = "github-unreachable"
	codeTrouble     = "github-error"
	codeUnknown     = "outcome-unknown"
	codeAuth        = "not-authenticated"
	codePermission  = "no-permission"
	codeNotFound    = "not-found"
	codeRefused     = "refused"
)

func permanent(code, format string, args ...any) *pull.Failure {
	return &pull.Failure{Class: pull.Permanent, Code: code, Err: fmt.Errorf(format, args...)}
}

func transient(code, format string, args ...any) *pull.Failure {
	return &pull.Failure{Class: pull.Transient, Code: code, Err: fmt.Errorf(format, args...)}
}

// minute is how long GitHub asks to be left alone after a secondary limit that names no time.
const minute = time.Minute

// limited recognises an answer that says "too many requests", and how long to stay away.
func limited(status int, header http.Header, message string, now time.Time) (time.Duration, bool) {
	if status != http.StatusForbidden && status != http.StatusTooManyRequests {
		return 0, false
	}
	text := strings.ToLower(message)
	switch {
	case header.Get("Retry-After") != "":
		return retryAfter(header, now), true
	case header.Get("X-RateLimit-Remaining") == "0":
		return untilReset(header, now), true
	case status == http.StatusTooManyRequests, strings.Contains(text, "rate limit"), strings.Contains(text, "abuse detection"):
		return minute, true
	}
	return 0, false
}

// retryAfter reads seconds or a date; a value that is neither counts as a minute.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return max(time.Duration(seconds)*time.Second, time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), time.Second)
	}
	return minute
}

// untilReset is measured on GitHub's own clock where the answer carries it, since ours may be off.
func untilReset(header http.Header, now time.Time) time.Duration {
	reset, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return minute
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return max(time.Unix(reset, 0).Sub(now), time.Second)
}

// pauses remembers until when GitHub asked to be left alone, so that waiting passes do not knock meanwhile.
type pauses struct {
	mu    sync.Mutex
	until map[pauseKey]time.Time
}

// pauseKey tells the budgets apart: GitHub counts each installation's REST and GraphQL on its own.
type pauseKey struct {
	installation int64
	kind         string
}

func (p *pauses) set(k pauseKey, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil {
		p.until = map[pauseKey]time.Time{}
	}
	p.until[k] = until
}

func (p *pauses) left(k pauseKey, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.until[k].Sub(now)
	if left <= 0 {
		delete(p.until, k)
	}
	return left
}

// pausing fails while a limit stands.
func (h *Hub) pausing(k pauseKey) error {
	if left := h.pauses.left(k, h.now()); left > 0 {
		return limitFailure(left, "GitHub asked to be left alone")
	}
	return nil
}

func (h *Hub) limit(k pauseKey, after time.Duration, message string) error {
	h.pauses.set(k, h.now().Add(after))
	h.log.Warn("github_rate_limit", "installation", k.installation, "kind", k.kind, "after", after.String())
	return limitFailure(after, message)
}

func limitFailure(after time.Duration, message string) *pull.Failure {
	return &pull.Failure{Class: pull.Transient, Code: codeRateLimit, After: after,
		Err: fmt.Errorf("GitHub's rate limit is reached, more in %s: %s", after.Round(time.Second), message)}
}

// tokenFailure classifies a failed sign-in, behind which no request of ours was sent.
func (h *Hub) tokenFailure(err error, k pauseKey) (error, bool) {
	var t *ghinstallation.HTTPError
	if !errors.As(err, &t) {
		return nil, false
	}
	if t.Response == nil {
		return transient(codeUnreachable, "signing in to GitHub: %w", plain(t.RootCause)), true
	}
	defer t.Response.Body.Close()
	status, said := t.Response.StatusCode, message(t.Response)
	if after, ok := limited(status, t.Response.Header, said, h.now()); ok {
		return h.limit(k, after, said), true
	}
	switch {
	case status == http.StatusNotFound:
		return permanent("installation-gone", "signing in to GitHub: installation %d no longer exists", t.InstallationID), true
	case status == http.StatusForbidden:
		return permanent("installation-suspended", "signing in to GitHub: %s", said), true
	case status == http.StatusUnauthorized:
		return permanent(codeAuth, "signing in to GitHub: %s (check the app's id, its private key and this machine's clock)", said), true
	}
	return transient(codeTrouble, "signing in to GitHub: status %d: %s", status, said), true
}

// message is GitHub's own word in an error body, bounded, for people to read.
func message(resp *http.Response) string {
	var body struct {
		Message string
		Errors  []struct{ Message string }
	}
	_ = json.NewDecoder(resp.Body).Decode(&body)
	said := body.Message
	for _, e := range body.Errors {
		if e.Message != "" {
			said += "; " + e.Message
		}
	}
	if said == "" {
		said = http.StatusText(resp.StatusCode)
	}
	return clip(said, 500)
}

// said is GitHub's message in an error that go-github made of an answer.
func said(err error, resp *github.Response) string {
	var e *github.ErrorResponse
	if errors.As(err, &e) && e.Message != "" {
		text := e.Message
		for _, detail := range e.Errors {
			if detail.Message != "" {
				text += "; " + detail.Message
			}
		}
		return clip(text, 500)
	}
	var limit *github.RateLimitError
	if errors.As(err, &limit) {
		return clip(limit.Message, 500)
	}
	var abuse *github.AbuseRateLimitError
	if errors.As(err, &abuse) {
		return clip(abuse.Message, 500)
	}
	return http.StatusText(resp.StatusCode)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
