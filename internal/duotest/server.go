// Package duotest simulates Duo's Auth API over HTTPS: it verifies request signatures, keeps users, devices
// and pushes as state, lets tests and the demo answer as the person holding the phone, and misbehaves on demand.
package duotest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// The credentials that every simulated application has; they open nothing else.
const (
	IKey = "DISIMULATEDSALLYPORT"
	SKey = "simulated-secret-key-of-forty-characters"
)

// Server is one simulated Duo. All methods are safe for concurrent use.
type Server struct {
	host   string
	phone  string
	caFile string
	closed chan struct{}
	shut   sync.Once
	api    *http.Server
	page   *http.Server

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever a call arrives or a push changes
	clock   func() time.Time
	hold    time.Duration
	life    time.Duration
	unknown string
	users   map[string]*User // by lower-case name
	pushes  []*Push          // oldest first
	auto    map[string]habit
	faults  map[string][]fault
	calls   map[string]int
	struck  map[string]int
	next    int

	verified bool              // the tenant requires a code with a push
	offers   map[string]string // the code of each verified push, by transaction
}

// New starts a simulated Duo on two free ports of 127.0.0.1: the API over TLS, and the phone page over HTTP.
func New() (*Server, error) {
	s := &Server{
		closed:  make(chan struct{}),
		changed: make(chan struct{}),
		clock:   time.Now,
		hold:    50 * time.Second,
		life:    60 * time.Second,
		unknown: "enroll",
		users:   map[string]*User{},
		auto:    map[string]habit{},
		faults:  map[string][]fault{},
		offers:  map[string]string{},
		calls:   map[string]int{},
		struck:  map[string]int{},
	}
	if err := s.start(); err != nil {
		return nil, fmt.Errorf("starting the simulated duo: %w", err)
	}
	return s, nil
}

func (s *Server) start() error {
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	if s.caFile, err = authority.write(); err != nil {
		return err
	}
	secure, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, secure.Close())
	}
	s.host, s.phone = secure.Addr().String(), plain.Addr().String()
	// Refused handshakes are part of what tests provoke; they are the client's to report.
	quiet := log.New(io.Discard, "", 0)
	s.api = &http.Server{Handler: s.routes(), TLSConfig: authority.config, ErrorLog: quiet}
	s.page = &http.Server{Handler: s.phonePage(), ErrorLog: quiet}
	go s.api.ServeTLS(secure, "", "")
	go s.page.Serve(plain)
	return nil
}

// Close stops the server, ends every long poll and removes the authority's file. Closing twice is harmless.
func (s *Server) Close() error {
	var err error
	s.shut.Do(func() {
		close(s.closed)
		err = errors.Join(s.api.Close(), s.page.Close(), os.Remove(s.caFile))
	})
	return err
}

// Host is the API host to configure, as "127.0.0.1:PORT".
func (s *Server) Host() string { return s.host }

// CAFile is the path of the PEM file with the authority that signed the server's certificate.
func (s *Server) CAFile() string { return s.caFile }

// PhoneURL is the page where a person plays the phone.
func (s *Server) PhoneURL() string { return "http://" + s.phone + "/phone" }

// SetClock replaces the server's clock, so that a client's can be made to look skewed.
func (s *Server) SetClock(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = now
}

// SetLongPoll sets how long auth_status holds a request when nothing changes.
func (s *Server) SetLongPoll(hold time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = hold
}

// SetPushLife sets how long a push waits for an answer before it times out.
func (s *Server) SetPushLife(life time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = life
}

// Calls counts the requests that an endpoint ("preauth", "auth", …) has received, refused ones included.
func (s *Server) Calls(endpoint string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[endpoint]
}

// Struck counts the faults that an endpoint's requests have met, each once its effect, if it has one, is there.
func (s *Server) Struck(endpoint string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.struck[endpoint]
}

// Endpoints lists those that were called, in the order of their names.
func (s *Server) Endpoints() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.calls))
}

// WaitCalls waits until an endpoint has received at least that many requests.
func (s *Server) WaitCalls(ctx context.Context, endpoint string, count int) error {
	err := s.until(ctx, func() bool { return s.calls[endpoint] >= count })
	if err != nil {
		return fmt.Errorf("waiting for %d calls of %s: %w", count, endpoint, err)
	}
	return nil
}

// until waits for a condition, which it checks under the lock after every change.
func (s *Server) until(ctx context.Context, met func() bool) error {
	for {
		s.mu.Lock()
		changed, done := s.changed, met()
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-s.closed:
			return errors.New("the simulated duo was closed")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Server) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock()
}

// announce wakes everyone who waits for a change. The caller holds the lock.
func (s *Server) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }
