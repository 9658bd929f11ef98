package githubtest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Fault is a misbehaviour of the API. It strikes calls that match all of Method, Path and Operation, as far as they are set.
type Fault struct {
	Method    string // GET, PUT, …
	Path      string // the path below the API root; "*" matches within a segment, "**" at the end the rest: /repos/*/*/pulls/*/merge
	Operation string // a GraphQL operation's name
	Write     bool   // only calls that change something: REST other than GET, GraphQL mutations

	Skip   int     // let this many matching calls through first
	Times  int     // strike this often; 0 is until it is lifted
	Chance float64 // strike with this probability; 0 is always

	// What happens. With LoseAnswer the call takes effect and the connection closes without a word, or Status is answered
	// as if it had not; with Hang nothing is answered until the caller gives up, after the effect where both are set; otherwise, with Status, that is answered instead of doing the work. Delay
	// comes before any of them.
	Delay      time.Duration
	Hang       bool
	LoseAnswer bool
	Status     int
	Header     map[string]string
	Body       string
}

// Refuse answers with a status and GitHub's way of saying it.
func Refuse(status int) Fault {
	return Fault{Status: status, Body: fmt.Sprintf(`{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, http.StatusText(status))}
}

// SecondaryLimit answers as GitHub does when it is asked too much at once.
func SecondaryLimit(after time.Duration) Fault {
	f := Fault{Status: http.StatusForbidden, Header: map[string]string{"Retry-After": fmt.Sprint(int(after.Seconds()))}}
	f.Body = `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",` +
		`"documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`
	return f
}

// PrimaryLimit answers as GitHub does when the hour's budget is spent, until the reset.
func PrimaryLimit(reset time.Time) Fault {
	return Fault{Status: http.StatusForbidden,
		Header: map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(reset.Unix())},
		Body:   `{"message":"API rate limit exceeded for installation.","documentation_url":"https://docs.github.com/rest"}`}
}

// GraphQLLimit answers as GraphQL does when its budget is spent: with 200.
func GraphQLLimit(reset time.Time) Fault {
	f := PrimaryLimit(reset)
	f.Status, f.Path = http.StatusOK, "/graphql"
	f.Body = `{"errors":[{"type":"RATE_LIMITED","code":"graphql_rate_limit","message":"API rate limit already exceeded for installation."}]}`
	return f
}

// ActiveFault is a fault that was set.
type ActiveFault struct {
	list    *faultList
	fault   Fault
	seen    int
	strikes int
	lifted  bool
}

// Lift ends the fault.
func (a *ActiveFault) Lift() {
	a.list.mu.Lock()
	defer a.list.mu.Unlock()
	a.lifted = true
}

// Strikes is how often the fault has struck.
func (a *ActiveFault) Strikes() int {
	a.list.mu.Lock()
	defer a.list.mu.Unlock()
	return a.strikes
}

// Fault sets a fault. The earliest one that matches a call strikes it.
func (s *Server) Fault(f Fault) *ActiveFault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	a := &ActiveFault{list: &s.faults, fault: f}
	s.faults.active = append(s.faults.active, a)
	return a
}

// Heal lifts all faults of the API and of webhooks, and lets go of webhooks that were held back.
func (s *Server) Heal() {
	s.faults.mu.Lock()
	s.faults.active = nil
	s.faults.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.apps {
		a.hook.mu.Lock()
		a.hook.faults = nil
		a.hook.mu.Unlock()
		a.hook.release(false)
	}
}

// SetLatency changes the time that every API call takes at least.
func (s *Server) SetLatency(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Latency = d
}

type faultList struct {
	mu     sync.Mutex
	active []*ActiveFault
	random *rand.Rand
}

// strike finds the fault that a call meets; nil for none.
func (l *faultList) strike(c *Call) *Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.active {
		if a.lifted || !a.fault.matches(c) || a.fault.Times > 0 && a.strikes >= a.fault.Times {
			continue
		}
		a.seen++
		if a.seen <= a.fault.Skip || a.fault.Chance > 0 && l.random.Float64() >= a.fault.Chance {
			continue
		}
		a.strikes++
		return &a.fault
	}
	return nil
}

// Strikes reports whether a fault is about such a call; one that names no call is about none.
func (f Fault) Strikes(c Call) bool {
	return (f.Path != "" || f.Operation != "") && f.matches(&c)
}

func (f Fault) matches(c *Call) bool {
	return (f.Method == "" || f.Method == c.Method) && (f.Operation == "" || f.Operation == c.Operation) &&
		(!f.Write || c.Write) && (f.Path == "" || matchPath(f.Path, c.Path))
}

func matchPath(pattern, p string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "**"); ok {
		depth := strings.Count(prefix, "/")
		parts := strings.SplitAfterN(p, "/", depth+1)
		if len(parts) <= depth {
			return false
		}
		p, pattern = strings.Join(parts[:depth], ""), prefix
	}
	ok, err := path.Match(pattern, p)
	return ok && err == nil
}
