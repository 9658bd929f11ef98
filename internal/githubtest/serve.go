package githubtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// routes puts the API, GraphQL and the sign-in pages behind the door that counts, delays, breaks and validates calls.
func (s *Server) routes() http.Handler {
	api := http.NewServeMux()
	s.appRoutes(api)
	s.repoRoutes(api)
	s.pullRoutes(api)
	s.issueRoutes(api)
	s.checkRoutes(api)
	s.commitRoutes(api)
	s.gitRoutes(api)
	s.ruleRoutes(api)
	s.peopleRoutes(api)
	api.HandleFunc("POST /graphql", s.graphQL)
	web := http.NewServeMux()
	s.oauthRoutes(web)
	web.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.door(api, w, r) }))
	return web
}

type bodyKey struct{}

// bodyOf is the request's body, which the door has read.
func bodyOf(r *http.Request) []byte {
	body, _ := r.Context().Value(bodyKey{}).([]byte)
	return body
}

// door is what every API call passes: enterprise prefix, accounting, latency, faults, validation.
func (s *Server) door(api http.Handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 32<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	stripEnterprise(r)
	call := &Call{Method: r.Method, Path: r.URL.Path, Write: r.Method != http.MethodGet, Counts: true, At: time.Now()}
	if r.URL.Path == "/graphql" {
		call.Operation, call.Write = operationOf(body)
	}
	s.calls.begin(call)
	status := 0
	defer func() { s.calls.end(call, status) }()

	fault := s.faults.strike(call)
	call.Faulted = fault != nil
	s.wait(r, fault)
	if fault != nil && fault.Hang && !fault.LoseAnswer {
		s.hang(r)
	}
	if fault != nil && !fault.LoseAnswer && fault.Status != 0 {
		status = fault.Status
		fault.answer(w)
		return
	}
	ctx := context.WithValue(context.WithValue(r.Context(), bodyKey{}, body), callKey{}, call)
	r = r.WithContext(ctx)
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if s.absent(r) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		status = http.StatusNotFound
		w.WriteHeader(status)
		io.WriteString(w, `{"message":"Not Found","documentation_url":"https://docs.github.com/rest"}`)
		return
	}
	api.ServeHTTP(rec, r)
	call.Route = r.Pattern
	s.validate(r, body, rec)
	if fault != nil && fault.LoseAnswer && fault.Status != 0 {
		status = fault.Status
		fault.answer(w)
		return
	}
	if fault != nil && fault.LoseAnswer && fault.Hang {
		s.hang(r)
	}
	if fault != nil && fault.LoseAnswer {
		panic(http.ErrAbortHandler)
	}
	status = rec.status
	rec.send(w)
}

// stripEnterprise lets the API also live where an Enterprise Server has it.
func stripEnterprise(r *http.Request) {
	for _, prefix := range []string{"/api/v3", "/api"} {
		rest, ok := strings.CutPrefix(r.URL.Path, prefix)
		if ok && (prefix == "/api/v3" || rest == "/graphql") && strings.HasPrefix(rest+"/", "/") {
			r.URL.Path = orDefault(rest, "/")
			r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
			return
		}
	}
}

var operationPattern = regexp.MustCompile(`(?m)^\s*(query|mutation|subscription)\b\s*(\w*)`)

// operationOf reads a GraphQL request's operation name, and whether it changes something, before anything is executed.
func operationOf(body []byte) (string, bool) {
	var q struct{ Query, OperationName string }
	json.Unmarshal(body, &q)
	kind, name := "query", q.OperationName
	for _, m := range operationPattern.FindAllStringSubmatch(q.Query, -1) {
		if name == "" || m[2] == name {
			kind, name = m[1], m[2]
			break
		}
	}
	return orDefault(name, "(anonymous)"), kind == "mutation"
}

// wait is the time that the call takes on purpose.
func (s *Server) wait(r *http.Request, f *Fault) {
	s.mu.Lock()
	d := s.opts.Latency
	s.mu.Unlock()
	if f != nil {
		d += f.Delay
	}
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.life.Done():
	}
}

// hang answers never: it ends when the caller gives up or the server closes.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.life.Done():
	}
	panic(http.ErrAbortHandler)
}

func (f *Fault) answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	for k, v := range f.Header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(f.Status)
	io.WriteString(w, f.Body)
}

// note tells the call log who called.
func note(r *http.Request, p *principal) {
	c, ok := r.Context().Value(callKey{}).(*Call)
	if !ok {
		return
	}
	c.Counts = p.Install != nil || p.User != nil
	if p.Install != nil {
		c.Installation = p.Install.ID
	}
}

// graphQL authenticates and hands over to the executor, without the lock.
func (s *Server) graphQL(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.serial++
	who, err := s.authenticate(r)
	if err == nil && who.Install == nil && who.User == nil {
		err = &apiError{Status: http.StatusUnauthorized, Message: "Bad credentials"}
	}
	s.mu.Unlock()
	if err != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(err.Status)
		json.NewEncoder(w).Encode(err.json())
		return
	}
	note(r, who)
	s.serveGraphQL(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, who)))
	s.mu.Lock()
	s.rateHeaders(w.Header(), who.holder(), "graphql")
	s.mu.Unlock()
}

// recorder keeps an answer until it is clear whether it will be given.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *recorder) send(w http.ResponseWriter) {
	for k, v := range r.header {
		w.Header()[k] = v
	}
	w.WriteHeader(r.status)
	w.Write(r.body.Bytes())
}
