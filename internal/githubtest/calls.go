package githubtest

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Call is one API call, for those who count.
type Call struct {
	Method       string
	Path         string // below the API root
	Route        string // "PUT /repos/{owner}/{repo}/pulls/{number}/merge"; for GraphQL "POST /graphql"
	Operation    string // the GraphQL operation's name
	Write        bool   // it changes something: REST other than GET, GraphQL mutations
	Counts       bool   // it counts against the installation's budget
	Points       int    // GraphQL points
	Status       int    // 0 when the answer was lost
	Faulted      bool
	Installation int64
	At           time.Time
	Took         time.Duration
}

func (c Call) String() string {
	if c.Operation != "" {
		return "graphql " + c.Operation
	}
	return c.Method + " " + c.Path
}

type callLog struct {
	mu  sync.Mutex
	all []*Call
}

// Calls lists the API calls that are over since the last ResetCalls, in the order in which they arrived.
func (s *Server) Calls() []Call {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	var over []Call
	for _, c := range s.calls.all {
		if c.Took > 0 {
			over = append(over, *c)
		}
	}
	return over
}

// ResetCalls forgets the calls so far.
func (s *Server) ResetCalls() {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	s.calls.all = nil
}

func (l *callLog) begin(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, c)
}

func (l *callLog) end(c *Call, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Status, c.Took = status, max(time.Since(c.At), 1)
}

type callKey struct{}

// recordGraphQL tells the call log what a GraphQL request was. The budget is charged by charge.
func recordGraphQL(r *http.Request, operation string, points int, write bool) {
	c, ok := r.Context().Value(callKey{}).(*Call)
	if !ok {
		return
	}
	c.Operation, c.Points, c.Write = operation, points, write
}

// violationLog gathers everything that no client and no simulator should do.
type violationLog struct {
	mu  sync.Mutex
	all []string
}

func (v *violationLog) add(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(v.all, text) {
		v.all = append(v.all, text)
	}
}

// Violations lists what went against GitHub's published shapes, on either side. An empty list is what a test wants.
func (s *Server) Violations() []string {
	s.violations.mu.Lock()
	defer s.violations.mu.Unlock()
	return slices.Clone(s.violations.all)
}
