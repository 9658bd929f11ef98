package server

import (
	"net/http"
	"strings"

	"github.com/palantir/go-githubapp/githubapp"
)

// router remembers its patterns, so that a test can hold every one of them to what it asks of its callers.
type router struct {
	http.ServeMux
	patterns []string
}

func (r *router) Handle(pattern string, h http.Handler) {
	r.patterns = append(r.patterns, pattern)
	r.ServeMux.Handle(pattern, h)
}

func (r *router) HandleFunc(pattern string, h http.HandlerFunc) { r.Handle(pattern, h) }

// Handler is everything the server answers, with its log line, metrics and security headers.
func (s *Server) Handler() http.Handler { return s.observed(s.hardened(s.withKeys(s.routes()))) }

func (s *Server) routes() *router {
	mux := &router{}
	mux.Handle("POST "+githubapp.DefaultWebhookRoute, s.hook)

	mux.HandleFunc("GET /healthz", s.healthz)
	mux.Handle("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler)

	mux.Handle("GET /api/v1/pulls/{owner}/{repo}/{number}", s.authorized("read", s.apiPull))

	if s.Ledger != nil {
		mux.Handle("GET /api/v1/ledger", s.authorized(scopeAudit, s.apiLedger))
	}
	if s.Validate != nil {
		mux.Handle("POST /api/v1/validate", s.authorized("check", s.apiValidate))
	}
	if s.Simulate != nil {
		mux.Handle("POST /api/v1/simulate/{owner}/{repo}/{number}", s.authorized("read", s.apiSimulate))
	}

	if s.Keys != nil {
		mux.Handle("DELETE /api/v1/duo/freezes/{user}", s.authorized(scopeAdmin, s.thaw))
	}

	if s.Confirm != nil {
		mux.Handle("POST /api/v1/pulls/{owner}/{repo}/{number}/confirm", s.authorized("push", s.apiConfirm))
		mux.Handle("POST /{owner}/{repo}/pull/{number}/confirm", s.ownForms(s.viewed(s.confirmPage)))
	}
	if s.Freezes != nil {
		s.freezeRoutes(mux)
	}
	mux.HandleFunc("GET /login", s.door.login)
	mux.HandleFunc("GET "+CallbackRoute, s.door.callback)
	mux.Handle("POST /logout", s.ownForms(http.HandlerFunc(s.door.logout)))
	mux.HandleFunc("GET /assets/{file}", asset)
	mux.Handle("GET /{$}", s.viewed(s.overviewPage))
	mux.Handle("GET /{owner}/{repo}/pull/{number}", s.viewed(s.pullPage))
	mux.Handle("GET /{owner}/{repo}/pull/{number}/decisions/{id}", s.viewed(s.decisionPage))
	mux.Handle("GET /{owner}/{repo}/ledger", s.viewed(s.ledgerPage))
	if s.Changes != nil {
		mux.Handle("GET /events", s.viewed(s.overviewStream))
		mux.Handle("GET /{owner}/{repo}/pull/{number}/events", s.viewed(s.pullStream))
	}
	mux.HandleFunc("/", s.unknown)
	return mux
}

// ownForms takes forms of our own pages alone: browsers say where a form came from.
func (s *Server) ownForms(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.pages.message(w, http.StatusForbidden, strayForm)
	}))
	return guard.Handler(next)
}

// unknown answers machines in JSON and people with a page.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == githubapp.DefaultWebhookRoute:
		w.Header().Set("Allow", http.MethodPost)
		writeProblem(w, http.StatusMethodNotAllowed, "Deliveries must be sent by POST.", "")
	case strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/v1/"):
		writeProblem(w, http.StatusNotFound, "There is nothing at this address.", "Check the path and the method.")
	default:
		s.nothing(w, r)
	}
}

// hardened sets what no answer may lack. Pages need no script but the one that keeps them fresh, and load nothing from
// elsewhere. Where the public address is https, browsers are told to come by nothing else for a year.
func (s *Server) hardened(next http.Handler) http.Handler {
	const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if s.public.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
