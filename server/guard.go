package server

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const (
	// bodyLimit is GitHub's own cap on a webhook payload.
	bodyLimit = 25 << 20
	// smallBody is what nearly every delivery fits in; larger ones take a slot, so that strangers who send 25 MB of
	// nonsense each cannot fill the memory before their signatures are found wrong.
	smallBody  = 1 << 20
	largeSlots = 4

	sha1Header   = "X-Hub-Signature"
	sha256Header = "X-Hub-Signature-256"
)

// guard lets through only JSON deliveries that carry a SHA-256 signature by one of the secrets. It stands in front
// of go-githubapp's dispatcher, whose own check would settle for SHA-1 and reads bodies of any size.
type guard struct {
	gates  []gate
	refuse func(w http.ResponseWriter, r *http.Request, status int, result, message string)
	large  chan struct{}
	wait   time.Duration
}

// gate is a secret and what stands behind it.
type gate struct {
	secret []byte
	next   http.Handler
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	signature, ok := parseSignature(r.Header.Values(sha256Header))
	switch {
	case !isJSON(r.Header.Get("Content-Type")):
		g.refuse(w, r, http.StatusUnsupportedMediaType, "not-json", "Deliveries must be sent as application/json.")
		return
	case !ok:
		g.refuse(w, r, http.StatusUnauthorized, "unauthorized", "The delivery is not signed as expected.")
		return
	}
	body, status := g.read(w, r)
	switch status {
	case http.StatusOK:
	case http.StatusRequestEntityTooLarge:
		g.refuse(w, r, status, "too-large", "The delivery is larger than 25 MB.")
		return
	case http.StatusServiceUnavailable:
		g.refuse(w, r, status, "unavailable", "Too many large deliveries at once; deliver again later.")
		return
	default:
		g.refuse(w, r, status, "unreadable", "The delivery's body could not be read.")
		return
	}
	next, ok := g.match(signature, body)
	if !ok {
		g.refuse(w, r, http.StatusUnauthorized, "unauthorized", "The delivery is not signed as expected.")
		return
	}
	if r.Header.Get("X-GitHub-Event") == "" || r.Header.Get("X-GitHub-Delivery") == "" {
		g.refuse(w, r, http.StatusBadRequest, "malformed", "X-GitHub-Event and X-GitHub-Delivery are required.")
		return
	}
	r.Header.Del(sha1Header)
	r.Body = io.NopCloser(bytes.NewReader(body))
	next.ServeHTTP(w, r)
}

// read takes the body, bounded in size, time and number of large ones at once. The status is 200 when it is whole.
func (g *guard) read(w http.ResponseWriter, r *http.Request) ([]byte, int) {
	if r.ContentLength > bodyLimit {
		return nil, http.StatusRequestEntityTooLarge
	}
	// The deadline ends the request as a whole, so that GitHub has its answer before it hangs up. A recorder in a test
	// has no deadline to set; a real connection always has.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(g.wait))
	if r.ContentLength < 0 || r.ContentLength > smallBody {
		ctx, cancel := context.WithTimeout(r.Context(), g.wait)
		defer cancel()
		select {
		case g.large <- struct{}{}:
			defer func() { <-g.large }()
		case <-ctx.Done():
			return nil, http.StatusServiceUnavailable
		}
	}
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	return body.Bytes(), http.StatusOK
}

// match finds the gate whose secret made the signature. Every secret is tried, so that the time taken does not
// tell which one it was.
func (g *guard) match(signature, body []byte) (http.Handler, bool) {
	var found http.Handler
	for _, gate := range g.gates {
		mac := hmac.New(sha256.New, gate.secret)
		mac.Write(body)
		if hmac.Equal(mac.Sum(nil), signature) {
			found = gate.next
		}
	}
	return found, found != nil
}

// parseSignature reads the one value that the header may have: "sha256=" and 64 hexadecimal digits.
func parseSignature(values []string) ([]byte, bool) {
	if len(values) != 1 {
		return nil, false
	}
	digits, ok := strings.CutPrefix(values[0], "sha256=")
	if !ok || len(digits) != 2*sha256.Size {
		return nil, false
	}
	signature, err := hex.DecodeString(digits)
	return signature, err == nil
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}
