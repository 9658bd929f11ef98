package githubtest

import (
	"fmt"
	"net/http"
	"time"
)

// budget is what an installation may still spend in this hour: REST requests and GraphQL points are apart.
type budget struct {
	used  map[string]int // "core", "graphql"
	reset time.Time
}

// PerHour is each installation's budget where nothing else is said.
const PerHour = 5000

func (s *Server) limit() int {
	if s.opts.RateLimit == 0 {
		return PerHour
	}
	return s.opts.RateLimit
}

// budgetOf is the holder's budget for the running hour. The holder is an installation's or account's id.
func (s *Server) budgetOf(holder int64) *budget {
	b := s.budgets[holder]
	if b == nil || !s.now().Before(b.reset) {
		b = &budget{used: map[string]int{}, reset: s.now().Add(time.Hour)}
		s.budgets[holder] = b
	}
	return b
}

// charge spends points of a resource; it reports false, spending nothing, when they are not there.
func (s *Server) charge(holder int64, resource string, points int) bool {
	b := s.budgetOf(holder)
	if b.used[resource]+points > s.limit() {
		b.used[resource] = s.limit()
		return false
	}
	b.used[resource] += points
	return true
}

// RateLimit changes each installation's hourly budget and starts a fresh hour.
func (s *Server) RateLimit(perHour int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.RateLimit = perHour
	s.budgets = map[int64]*budget{}
}

// LeaveBudget leaves each installation so much of the running hour: of REST requests ("core"), or of GraphQL points ("graphql").
func (s *Server) LeaveBudget(resource string, left int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.installs {
		s.budgetOf(id).used[resource] = s.limit() - left
	}
}

// remaining, used and reset of a resource, as headers and bodies tell them.
func (s *Server) rate(holder int64, resource string) object {
	b := s.budgetOf(holder)
	return object{"limit": s.limit(), "used": b.used[resource], "remaining": s.limit() - b.used[resource], "reset": b.reset.Unix(), "resource": resource}
}

func (s *Server) rateHeaders(h http.Header, holder int64, resource string) {
	rate := s.rate(holder, resource)
	for name, key := range map[string]string{"Limit": "limit", "Used": "used", "Remaining": "remaining", "Reset": "reset", "Resource": "resource"} {
		h.Set("X-RateLimit-"+name, fmt.Sprint(rate[key]))
	}
}

func rateLimited() *apiError {
	return &apiError{Status: http.StatusForbidden, Message: "API rate limit exceeded for installation."}
}
