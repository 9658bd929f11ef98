package server

import (
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"
)

// answer remembers the status for the log line.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// observed writes one line for each request: the route and never the path or its query, since those name private
// repositories and carry sign-in codes. An answer that a panic cut short is cut off on the wire too: its status has been
// sent, and a clean end would pass it for whole.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		a := &answer{ResponseWriter: w}
		defer func() {
			p := recover()
			begun := a.status != 0
			if p != nil {
				s.panicked(a, r, p)
			}
			s.note(r, a.status, time.Since(began))
			if p != nil && begun {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(a, r)
	})
}

// panicked logs a panic, and says so to a client who has been told nothing yet.
func (s *Server) panicked(a *answer, r *http.Request, p any) {
	s.Log.ErrorContext(r.Context(), "request panicked", "route", route(r), "panic", p, "stack", string(debug.Stack()))
	if a.status == 0 {
		writeProblem(a, http.StatusInternalServerError, "Something went wrong here.", "Try again; the log says what happened.")
	}
}

func (s *Server) note(r *http.Request, status int, took time.Duration) {
	if status == 0 {
		status = http.StatusOK
	}
	s.metrics.request(route(r), status, took)
	level := slog.LevelInfo
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		level = slog.LevelDebug
	}
	fields := []slog.Attr{
		slog.String("method", method(r)), slog.String("route", route(r)),
		slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if id := deliveryID(r); id != "" {
		fields = append(fields, slog.String("delivery", id), slog.String("event", knownEvent(r)))
	}
	s.Log.LogAttrs(r.Context(), level, "request", fields...)
}

// route is the pattern that matched, set by the mux on its way in.
func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

var plainID = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// deliveryID is the delivery's id if it looks like one: the header is anybody's to write.
func deliveryID(r *http.Request) string {
	id := r.Header.Get("X-GitHub-Delivery")
	if !plainID.MatchString(id) {
		return ""
	}
	return id
}
