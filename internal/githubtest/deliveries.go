package githubtest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// hook delivers an app's events one after the other, in the order in which they happened.
type hook struct {
	s      *Server
	app    *App
	client *http.Client

	mu      sync.Mutex
	queue   []*deliveryRecord
	busy    int // deliveries that are on their way or held back
	running bool
	held    []*deliveryRecord
	log     []*deliveryRecord // oldest first
	faults  []*WebhookFault
	changed chan struct{} // closed and replaced whenever something was delivered
}

func newHook(s *Server, a *App) *hook {
	transport := &http.Transport{MaxIdleConnsPerHost: 4}
	return &hook{s: s, app: a, changed: make(chan struct{}),
		client: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
}

// enqueue takes a delivery; it is called with the state locked and never waits.
func (h *hook) enqueue(d *deliveryRecord) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.push(d)
}

func (h *hook) push(d *deliveryRecord) {
	h.busy++
	h.queue = append(h.queue, d)
	if !h.running && h.s.life.Err() == nil {
		h.running = true
		h.s.queues.Add(1)
		go h.run()
	}
}

// run delivers until nothing is left.
func (h *hook) run() {
	defer h.s.queues.Done()
	for {
		h.mu.Lock()
		if len(h.queue) == 0 || h.s.life.Err() != nil {
			h.running = false
			h.mu.Unlock()
			return
		}
		d := h.queue[0]
		h.queue = h.queue[1:]
		fault := h.fault(d)
		h.mu.Unlock()
		h.handle(d, fault)
	}
}

// handle delivers one event, or does with it what a fault demands.
func (h *hook) handle(d *deliveryRecord, f *WebhookFault) {
	if f == nil {
		h.deliver(d)
		h.finish(1)
		return
	}
	switch {
	case f.Drop:
		h.lose(d)
		h.finish(1)
	case f.Hold:
		h.mu.Lock()
		h.held = append(h.held, d)
		h.mu.Unlock()
		h.finish(1)
	case f.Delay > 0:
		h.s.queues.Add(1)
		go h.later(d, f.Delay)
	default:
		h.deliver(d)
		for range f.Duplicate {
			h.s.mu.Lock()
			again := h.copyOf(d)
			h.s.mu.Unlock()
			h.deliver(again)
		}
		h.finish(1)
	}
}

// later delivers out of order, once the delay is over.
func (h *hook) later(d *deliveryRecord, delay time.Duration) {
	defer h.s.queues.Done()
	defer h.finish(1)
	select {
	case <-time.After(delay):
		h.deliver(d)
	case <-h.s.life.Done():
	}
}

// lose records an attempt to which nobody answered, without making it.
func (h *hook) lose(d *deliveryRecord) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.Done, d.Status = true, "timed out"
	h.log = append(h.log, d)
}

// deliver makes one attempt and records it.
func (h *hook) deliver(d *deliveryRecord) {
	h.s.mu.Lock()
	url, secret := h.app.opts.WebhookURL, h.app.opts.WebhookSecret
	h.s.mu.Unlock()
	began := time.Now()
	code, answer, err := h.post(d, url, secret)
	h.mu.Lock()
	defer h.mu.Unlock()
	d.Done, d.StatusCode, d.Answer, d.Duration = true, code, answer, time.Since(began)
	d.Status = http.StatusText(code)
	if code >= 200 && code < 300 {
		d.Status = "OK"
	}
	if err != nil {
		d.Status = "failed to connect to host"
	}
	h.log = append(h.log, d)
}

func (h *hook) post(d *deliveryRecord, url, secret string) (int, string, error) {
	req, err := http.NewRequestWithContext(h.s.life, http.MethodPost, url, bytes.NewReader(d.Payload))
	if err != nil {
		return 0, "", err
	}
	for k, v := range h.headers(d, secret) {
		req.Header.Set(k, v)
	}
	res, err := h.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	return res.StatusCode, string(body), nil
}

func (h *hook) headers(d *deliveryRecord, secret string) map[string]string {
	headers := map[string]string{
		"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/sim", "Accept": "*/*", "X-GitHub-Event": d.Event,
		"X-GitHub-Delivery": d.GUID, "X-GitHub-Hook-ID": fmt.Sprint(h.app.ID),
		"X-GitHub-Hook-Installation-Target-ID": fmt.Sprint(h.app.ID), "X-GitHub-Hook-Installation-Target-Type": "integration",
	}
	if secret != "" {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(d.Payload)
		headers["X-Hub-Signature-256"] = "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	return headers
}

func (h *hook) finish(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy -= n
	close(h.changed)
	h.changed = make(chan struct{})
}

// settled waits until nothing is queued or on its way. What a fault holds back does not count.
func (h *hook) settled(ctx context.Context) error {
	for {
		h.mu.Lock()
		busy, changed := h.busy, h.changed
		h.mu.Unlock()
		if busy == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %d webhook deliveries: %w", busy, ctx.Err())
		}
	}
}

// Settle waits until every webhook that is not held back by a fault has been attempted.
func (s *Server) Settle(ctx context.Context) error {
	s.mu.Lock()
	var hooks []*hook
	for _, a := range s.apps {
		hooks = append(hooks, a.hook)
	}
	s.mu.Unlock()
	for _, h := range hooks {
		if err := h.settled(ctx); err != nil {
			return err
		}
	}
	return nil
}
