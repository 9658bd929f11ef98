package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	probeWait  = 2 * time.Second
	probeCache = time.Second
	// probeHaste is how long a bad answer stands: whoever waits for readiness should not wait for a cache.
	probeHaste = 50 * time.Millisecond
)

// healthz says that the process lives, and nothing more.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
}

// readiness runs the probes, at most once a second however often it is asked, and oftener while something is missing.
type readiness struct {
	probes  []Probe
	now     func() time.Time
	secrets []string

	mu    sync.Mutex
	last  []probed
	asked time.Time
}

type probed struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	OK       bool   `json:"ok"`
	Error    string `json:"error,omitempty"`
}

func (p *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	results := p.results(context.WithoutCancel(r.Context()))
	status, ready := http.StatusOK, true
	for _, result := range results {
		if result.Required && !result.OK {
			status, ready = http.StatusServiceUnavailable, false
		}
	}
	writeJSON(w, status, map[string]any{"ready": ready, "probes": results})
}

func (p *readiness) results(ctx context.Context) []probed {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != nil && p.now().Sub(p.asked) < lifetime(p.last) {
		return p.last
	}
	results := make([]probed, len(p.probes))
	var all sync.WaitGroup
	for i, probe := range p.probes {
		all.Go(func() { results[i] = p.ask(ctx, probe) })
	}
	all.Wait()
	p.last, p.asked = results, p.now()
	return results
}

func lifetime(results []probed) time.Duration {
	for _, r := range results {
		if r.Required && !r.OK {
			return probeHaste
		}
	}
	return probeCache
}

// ask leaves a probe behind that does not heed its deadline: one that hangs must not hang /readyz with it.
func (p *readiness) ask(ctx context.Context, probe Probe) probed {
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- fmt.Errorf("the probe panicked: %v", v)
			}
		}()
		done <- probe.Check(ctx)
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = errors.New("no answer within two seconds")
	}
	result := probed{Name: probe.Name, Required: probe.Required, OK: err == nil}
	if err != nil {
		result.Error = redact(err.Error(), p.secrets)
	}
	return result
}

var (
	userinfo = regexp.MustCompile(`://[^/\s@]*@`)
	assigned = regexp.MustCompile(`(?i)\b(password|passwd|secret|token|authorization|skey)\b(\s*[=:]\s*)(bearer\s+|basic\s+)?\S+`)
)

// redact takes out of an error's text what nobody may read: credentials in URLs and settings, and the secrets we know.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	text = userinfo.ReplaceAllString(text, "://[redacted]@")
	text = assigned.ReplaceAllString(text, "$1$2[redacted]")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}
