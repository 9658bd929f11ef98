package duotest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// Fault is one way to misbehave. The zero value drops the connection.
type Fault struct {
	// Effect lets the request do its work first, so that only the answer is lost or spoilt.
	Effect bool
	// Hang keeps the connection open without an answer until the client gives up.
	Hang bool
	// Delay holds the answer back.
	Delay time.Duration
	// Status is the HTTP status to answer with; 0 drops the connection, or keeps the true answer when Delay is set.
	Status int
	Header map[string]string // overrides; Content-Type is application/json unless said otherwise
	Body   string
}

type fault struct {
	Fault
	times int
}

// RateLimited answers 429; retryAfter in seconds, 0 leaves the header out.
func RateLimited(retryAfter int) Fault {
	f := Fault{Status: http.StatusTooManyRequests, Header: map[string]string{},
		Body: `{"stat":"FAIL","code":42901,"message":"Too Many Requests"}`}
	if retryAfter > 0 {
		f.Header["Retry-After"] = strconv.Itoa(retryAfter)
	}
	return f
}

// Answer replaces the answer by any status and body.
func Answer(status int, body string) Fault { return Fault{Status: status, Body: body} }

// Redirect answers 302 to another place.
func Redirect(to string) Fault {
	return Fault{Status: http.StatusFound, Header: map[string]string{"Location": to}}
}

// Huge answers with a body of that many bytes, well-formed but for its size.
func Huge(size int) Fault {
	return Fault{Status: http.StatusOK, Body: `{"stat":"OK","response":{"time":1},"padding":"` + strings.Repeat("x", size) + `"}`}
}

// Hang never answers; with effect, the request does its work first.
func Hang(effect bool) Fault { return Fault{Hang: true, Effect: effect} }

// Drop closes the connection without an answer; with effect, after the request did its work.
func Drop(effect bool) Fault { return Fault{Effect: effect} }

// Slow gives the true answer late.
func Slow(delay time.Duration) Fault { return Fault{Delay: delay} }

// Fail makes the next calls of an endpoint ("ping", "check", "preauth", "auth", "auth_status") misbehave; times
// below 1 means until Heal. Faults queue up in the order given.
func (s *Server) Fail(endpoint string, f Fault, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[endpoint] = append(s.faults[endpoint], fault{f, times})
}

// Heal ends all misbehaviour.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.faults)
}

// due counts a call and takes the fault that it meets, if any.
func (s *Server) due(endpoint string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[endpoint]++
	s.announce()
	queue := s.faults[endpoint]
	if len(queue) == 0 {
		return Fault{}, false
	}
	f := &queue[0]
	if f.times > 0 {
		if f.times--; f.times == 0 {
			s.faults[endpoint] = queue[1:]
		}
	}
	return f.Fault, true
}

// misbehave plays a fault. A handler that panics with ErrAbortHandler closes the connection without an answer.
func (s *Server) misbehave(endpoint string, f Fault, honest http.HandlerFunc, w http.ResponseWriter, r *http.Request) {
	if f.Effect {
		honest(httptest.NewRecorder(), r)
	} else if f.Hang || f.Delay > 0 {
		// Only a server that has read the body notices that the client went away.
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	s.mu.Lock()
	s.struck[endpoint]++
	s.mu.Unlock()
	if f.Hang {
		s.pause(r, time.Hour)
	}
	s.pause(r, f.Delay)
	switch {
	case f.Status == 0 && f.Delay > 0 && !f.Effect:
		honest(w, r)
	case f.Status == 0:
		panic(http.ErrAbortHandler)
	default:
		w.Header().Set("Content-Type", "application/json")
		for name, value := range f.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(f.Status)
		io.WriteString(w, f.Body)
	}
}

func (s *Server) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	case <-s.closed:
	}
}
