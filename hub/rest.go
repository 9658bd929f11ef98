package hub

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// request names a call for meters and messages, and says what a lost answer means.
type request struct {
	installation int64
	operation    string
	// write marks what may have happened although no answer came.
	write bool
	// explains marks what only tells people something: it waits where the budget runs short.
	explains bool
}

// restCall makes one REST call with the client it is given.
type restCall func(context.Context, *github.Client) (*github.Response, error)

// rest makes one call and classifies how it ended. A token that GitHub no longer takes is renewed once, which is
// safe for writes too: GitHub turned the request away at the door.
func (h *Hub) rest(ctx context.Context, r request, call restCall) error {
	k := pauseKey{r.installation, "rest"}
	if err := h.pausing(k); err != nil {
		return err
	}
	if err := h.spare(r); err != nil {
		return err
	}
	for renewed := false; ; renewed = true {
		c, err := h.client(r.installation)
		if err != nil {
			return permanent(codeAuth, "signing in to GitHub: %w", err)
		}
		resp, sent, err := h.once(ctx, r, c, call)
		if resp != nil && resp.StatusCode == http.StatusUnauthorized && !renewed && r.installation != 0 {
			h.forget(r.installation, c)
			continue
		}
		return h.verdict(r, k, resp, sent, err)
	}
}

// late reports that the time for what is being done is over, by the clock: whoever was stopped and wakes up may not have
// been told yet, and must not act on what was true before.
func late(ctx context.Context) error {
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

func (h *Hub) once(ctx context.Context, r request, c *client, call restCall) (*github.Response, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	if err := late(ctx); err != nil {
		return nil, false, err
	}
	ctx, j := withJourney(ctx)
	start := time.Now()
	resp, err := call(ctx, c.rest)
	var raw *http.Response
	if resp != nil {
		raw = resp.Response
		h.budgets.note(pauseKey{r.installation, "rest"}, raw.Header)
	}
	if j.sent.Load() {
		h.record(r, "rest", raw, start, 0)
	}
	return resp, j.sent.Load(), err
}

// verdict turns the end of a call into nil or a classified failure.
func (h *Hub) verdict(r request, k pauseKey, resp *github.Response, sent bool, err error) error {
	var accepted *github.AcceptedError
	if err == nil || errors.As(err, &accepted) {
		return nil
	}
	if failure, ok := h.tokenFailure(err, k); ok {
		return failure
	}
	if resp == nil || resp.Response == nil {
		return lost(r, sent, err)
	}
	text := said(err, resp)
	if after, ok := limited(resp.StatusCode, resp.Header, text, h.now()); ok {
		return h.limit(k, after, text)
	}
	var limit *github.RateLimitError
	if errors.As(err, &limit) {
		return h.limit(k, max(limit.Rate.Reset.Sub(h.now()), time.Second), text)
	}
	var abuse *github.AbuseRateLimitError
	if errors.As(err, &abuse) {
		return h.limit(k, max(abuse.GetRetryAfter(), time.Second), text)
	}
	if resp.StatusCode < 300 {
		return lost(r, true, err)
	}
	return answered(r, resp.StatusCode, text)
}

// lost is a call without a usable answer.
func lost(r request, sent bool, err error) error {
	if errors.Is(err, errRedirect) {
		return &pull.Failure{Class: pull.Permanent, Code: "repository-moved", Err: plain(err)}
	}
	if sent && r.write {
		return &pull.Failure{Class: pull.Unknown, Code: codeUnknown, Err: plain(err)}
	}
	return &pull.Failure{Class: pull.Transient, Code: codeUnreachable, Err: plain(err)}
}

// answered is a call that GitHub turned down.
func answered(r request, status int, text string) error {
	switch {
	case status >= 500 && r.write:
		f := transient(codeUnknown, "GitHub answered %d: %s", status, text)
		f.Class = pull.Unknown
		return f
	case status >= 500:
		return transient(codeTrouble, "GitHub answered %d: %s", status, text)
	case status == http.StatusUnauthorized:
		return permanent(codeAuth, "GitHub does not take the app's credentials: %s", text)
	case status == http.StatusForbidden:
		return permanent(codePermission, "GitHub forbids it: %s", text)
	case status == http.StatusNotFound || status == http.StatusGone:
		return permanent(codeNotFound, "GitHub does not find it, or the app may not see it: %s", text)
	}
	return permanent(codeRefused, "GitHub refused (%d): %s", status, text)
}

// plain drops the address from a transport error, which people need not read and logs need not keep.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// record hands a finished request to the meter.
func (h *Hub) record(r request, kind string, resp *http.Response, start time.Time, points int) {
	c := Call{Installation: r.installation, Kind: kind, Operation: r.operation, Duration: time.Since(start), Remaining: -1, Points: points}
	if resp != nil {
		c.Status = resp.StatusCode
		if left, err := strconv.Atoi(resp.Header.Get("X-RateLimit-Remaining")); err == nil {
			c.Remaining = left
		}
	}
	h.meter(c)
}
