package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const (
	// streamLife ends a stream now and then. The browser comes again at once, if its session still stands.
	streamLife = 2 * time.Minute
	// streamBeat keeps the connection alive, asks again what the viewer may see, and finds what was told in vain.
	streamBeat = 15 * time.Second
	// streamPace bounds how often a page is drawn for one stream while much happens.
	streamPace  = 200 * time.Millisecond
	streamWrite = 10 * time.Second

	streamsOfOne = 8
	streamsOfAll = 1000
)

// Changes says when something that pages show may have changed, on whichever replica.
type Changes interface {
	// Follow follows a pull request; a key without a number follows a repository, the zero key everything.
	Follow(k pull.Key) (changed <-chan struct{}, leave func())
}

// sight is a page as a stream sees it.
type sight struct {
	name string
	frame
	// says is what the page states, most important first; what is new in it is read out.
	says []string
}

// glance looks at the page again; false when there is nothing for this viewer any more.
type glance func(ctx context.Context) (sight, bool, error)

// streams counts the streams under way.
type streams struct {
	mu   sync.Mutex
	of   map[string]int
	all  int
	beat time.Duration
}

func newStreams() *streams { return &streams{of: map[string]int{}, beat: streamBeat} }

func (s *streams) enter(viewer string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= streamsOfAll || s.of[viewer] >= streamsOfOne {
		return false
	}
	s.of[viewer]++
	s.all++
	return true
}

func (s *streams) leave(viewer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[viewer]--; s.of[viewer] == 0 {
		delete(s.of, viewer)
	}
}

// stream tells a viewer by server-sent events what a page has come to say, as it happens.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, v viewer, follow pull.Key, look glance) {
	if !s.streams.enter(v.Login) {
		w.Header().Set("Retry-After", "30")
		writeProblem(w, http.StatusTooManyRequests, "Too many live pages are open.", "Close some; the page looks by itself meanwhile.")
		return
	}
	defer s.streams.leave(v.Login)
	changed, leave := s.Changes.Follow(follow)
	defer leave()
	// A stream outlives the time in which a request must have been read.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	ctx, cancel := context.WithTimeout(r.Context(), streamLife)
	defer cancel()
	t := &teller{s: s, w: w, look: look, last: r.Header.Get("Last-Event-ID")}
	if t.last == "" {
		t.last = r.URL.Query().Get("have")
	}
	t.run(ctx, changed)
}

// teller is one stream.
type teller struct {
	s    *Server
	w    http.ResponseWriter
	look glance
	last string   // the digest of what the browser shows
	said []string // nil until something was seen
}

func (t *teller) run(ctx context.Context, changed <-chan struct{}) {
	beat := time.NewTicker(t.s.streams.beat)
	defer beat.Stop()
	pace := time.NewTicker(streamPace)
	defer pace.Stop()
	if t.send("beat", "", "{}") != nil { // the browser learns that it is heard
		return
	}
	for t.tell(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-t.s.stopping:
			return
		case <-beat.C:
			if t.send("beat", "", "{}") != nil {
				return
			}
		case <-changed:
			select {
			case <-pace.C:
			case <-ctx.Done():
				return
			case <-t.s.stopping:
				return
			}
		}
	}
}

// tell looks again, and sends what is new; false when that was the last.
func (t *teller) tell(ctx context.Context) bool {
	seen, ok, err := t.look(ctx)
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, errSignedOut) || err == nil && !ok: // the page itself will say what is the matter
		_ = t.send("gone", "", "{}")
		return false
	case err != nil:
		t.s.Log.WarnContext(ctx, "a stream could not look", "page", seen.name, "error", err)
		return false
	}
	main, digest, err := t.s.pages.content(seen.name, seen.Body)
	if err != nil {
		t.s.Log.ErrorContext(ctx, "page not drawn for a stream", "page", seen.name, "error", err)
		return false
	}
	news := fresh(t.said, seen.says)
	t.said = append([]string{}, seen.says...)
	if digest == t.last {
		return true
	}
	t.last = digest
	body, err := json.Marshal(map[string]any{"title": show(seen.Title) + " · Sallyport", "main": string(main), "say": news, "live": seen.Live})
	return err == nil && t.send("page", digest, string(body)) == nil && seen.Live
}

// fresh is what was not said before, in a few sentences at most: nobody wants a page read out to them.
func fresh(before, now []string) string {
	if before == nil {
		return ""
	}
	news := slices.DeleteFunc(slices.Clone(now), func(s string) bool { return slices.Contains(before, s) })
	return show(strings.Join(news[:min(len(news), 3)], " "))
}

// send writes one event at once. JSON has no line breaks, so one data line holds it.
func (t *teller) send(event, id, data string) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "event: %s\n", event)
	if id != "" {
		fmt.Fprintf(&out, "id: %s\n", id)
	}
	fmt.Fprintf(&out, "data: %s\n\n", data)
	to := http.NewResponseController(t.w)
	_ = to.SetWriteDeadline(time.Now().Add(streamWrite)) // a recorder in a test has none
	if _, err := out.WriteTo(t.w); err != nil {
		return err
	}
	return to.Flush()
}
