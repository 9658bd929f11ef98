package duotest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Field is one line of a push's information, in the order shown on the phone.
type Field struct{ Key, Value string }

// Push is one prompt on a phone.
type Push struct {
	Txid   string
	User   string
	Factor string // push or phone
	Type   string
	Info   []Field
	At     time.Time
	// Result and Status are Duo's words: waiting/pushed until answered.
	Result, Status string

	seen string // the status that auth_status last reported
}

// Open reports whether the push still waits for an answer.
func (p Push) Open() bool { return p.Result == "waiting" }

// Get is the value of a line of the push's information, or "".
func (p Push) Get(key string) string {
	for _, f := range p.Info {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// habit is a person who always answers alike.
type habit struct {
	status string
	after  time.Duration
}

// parseInfo keeps the order that a map would lose.
func parseInfo(query string) ([]Field, error) {
	var fields []Field
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		k, errK := url.QueryUnescape(key)
		v, errV := url.QueryUnescape(value)
		if err := errors.Join(errK, errV); err != nil {
			return nil, err
		}
		fields = append(fields, Field{k, v})
	}
	return fields, nil
}

// open puts a push on the user's phone and starts its lifetime.
func (s *Server) open(p Push) *Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Txid == "" {
		s.next++
		p.Txid = fmt.Sprintf("5a11d007-0000-4000-8000-%012d", s.next)
	}
	p.At, p.Result, p.Status = s.clock(), "waiting", "pushed"
	if p.Factor == "phone" {
		p.Status = "calling"
	}
	s.pushes = append(s.pushes, &p)
	s.announce()
	time.AfterFunc(s.life, func() { s.Timeout(p.Txid) })
	if h, ok := s.auto[fold(p.User)]; ok {
		time.AfterFunc(h.after, func() { s.answer(p.Txid, h.status) })
	}
	return &p
}

// Pushes lists every push so far, oldest first.
func (s *Server) Pushes() []Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Push, len(s.pushes))
	for i, p := range s.pushes {
		all[i] = *p
	}
	return all
}

// WaitPush waits until the user has an open push, and returns the oldest; an empty user means anyone.
func (s *Server) WaitPush(ctx context.Context, user string) (Push, error) {
	var found Push
	err := s.until(ctx, func() bool {
		i := slices.IndexFunc(s.pushes, func(p *Push) bool {
			return p.Open() && (user == "" || fold(p.User) == fold(user))
		})
		if i >= 0 {
			found = *s.pushes[i]
		}
		return i >= 0
	})
	if err != nil {
		return Push{}, fmt.Errorf("waiting for a push to %q: %w", user, err)
	}
	return found, nil
}

// Approve acknowledges a push.
func (s *Server) Approve(txid string) error { return s.answer(txid, "allow") }

// Deny refuses a push as a mistake.
func (s *Server) Deny(txid string) error { return s.answer(txid, "deny") }

// Fraud refuses a push as fraudulent.
func (s *Server) Fraud(txid string) error { return s.answer(txid, "fraud") }

// Timeout lets a push run out of time.
func (s *Server) Timeout(txid string) error { return s.answer(txid, "timeout") }

// AutoApprove makes the user approve every push that comes from now on, after a while.
func (s *Server) AutoApprove(user string, after time.Duration) { s.habit(user, "allow", after) }

// AutoDeny makes the user deny every push that comes from now on, after a while.
func (s *Server) AutoDeny(user string, after time.Duration) { s.habit(user, "deny", after) }

// Manual ends a user's automatic answers.
func (s *Server) Manual(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.auto, fold(user))
}

func (s *Server) habit(user, status string, after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auto[fold(user)] = habit{status, after}
}

// answer ends an open push with any status word, also one that Duo has not invented yet. A verified push is approved with its
// code alone.
func (s *Server) answer(txid, status string) error {
	if status == "allow" && s.Code(txid) != "" {
		return fmt.Errorf("push %s asks for a code", txid)
	}
	result := "deny"
	if status == "allow" {
		result = "allow"
	}
	return s.End(txid, result, status)
}

// End ends an open push with the given words, whatever they are.
func (s *Server) End(txid, result, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.pushes, func(p *Push) bool { return p.Txid == txid })
	if i < 0 {
		return fmt.Errorf("no push has txid %q", txid)
	}
	if !s.pushes[i].Open() {
		return fmt.Errorf("push %s has ended already: %s", txid, s.pushes[i].Status)
	}
	s.pushes[i].Result, s.pushes[i].Status = result, status
	s.announce()
	return nil
}
