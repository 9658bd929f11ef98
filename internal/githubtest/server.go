package githubtest

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
)

// Options say what kind of GitHub to simulate. The zero value is a quick, well-behaved one.
type Options struct {
	// Addr is where Start listens; empty picks a free port on the loopback interface.
	Addr string
	// Dir holds the bare repositories. Empty makes a temporary folder that Close removes.
	Dir string
	// Now is the clock; nil is the real one.
	Now func() time.Time
	// Validate checks every REST exchange and GraphQL document against GitHub's published shapes; see Violations.
	Validate bool
	// Latency is added to every API call.
	Latency time.Duration
	// MergeabilityAsks is how many times a pull request answers "unknown" after its head or base moved before the
	// test merge is known. Zero means 1, as on a quick day; a negative number means that it is known at once.
	MergeabilityAsks int
	// MergeabilityDelay, when set, also settles the test merge once this long has passed since the first ask.
	MergeabilityDelay time.Duration
	// RemakesTestMerges has a test merge made whenever the base moved, as GitHub did until February 2026.
	RemakesTestMerges bool
	// RateLimit is each installation's budget per hour, in REST requests and separately in GraphQL points. Zero means 5,000.
	RateLimit int
	// Seed makes the faults that happen with a probability repeatable.
	Seed uint64
	// Lacks makes it an Enterprise Server that is too old for some things: GraphQL fields as "Type.field", such as
	// "Ref.rules" and "Mutation.updateRefs", REST routes by a part of their pattern, such as "/rules/branches/", and refs that
	// updateRefs does not take by how they begin, such as "refs/notes/".
	Lacks []string
}

// Server is the simulated GitHub. Its methods are safe for concurrent use.
type Server struct {
	opts  Options
	clock func() time.Time
	dir   string

	handler  http.Handler
	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc
	life     context.Context

	// mu guards everything below and the state of everything reached from it. It is never held while calling out.
	mu       sync.Mutex
	url      string
	lastID   int64
	serial   int64 // counts API calls, so that one call asks for mergeability once
	accounts map[int64]*Account
	logins   map[string]*Account
	teams    map[int64]*Team
	apps     map[int64]*App
	installs map[int64]*Installation
	repos    map[int64]*Repo
	moved    map[string]*Repo // names that a renamed or transferred repository once had
	tokens   map[string]*principal
	minted   []string // every token and sign-in code that was ever handed out
	oauth    map[string]*grant
	webFlow  *openpgp.Entity
	files    map[[2]string][]fileChange
	budgets  map[int64]*budget

	calls      callLog
	faults     faultList
	violations violationLog
	queues     sync.WaitGroup
}

// New makes a simulated GitHub with no accounts. Call Start to let it listen, or mount Handler.
func New(opts Options) (*Server, error) {
	webFlow, err := newWebFlowKey()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: opts, clock: opts.Now, dir: opts.Dir, webFlow: webFlow,
		accounts: map[int64]*Account{}, logins: map[string]*Account{}, teams: map[int64]*Team{},
		apps: map[int64]*App{}, installs: map[int64]*Installation{}, repos: map[int64]*Repo{}, moved: map[string]*Repo{},
		tokens: map[string]*principal{}, oauth: map[string]*grant{}, files: map[[2]string][]fileChange{}, budgets: map[int64]*budget{},
		lastID: 1000,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "githubtest-"); err != nil {
			return nil, fmt.Errorf("making the folder for repositories: %w", err)
		}
	}
	flow := s.account(UserKind, "web-flow")
	flow.emails, flow.system = []string{webFlowEmail}, true
	s.faults.random = rand.New(rand.NewPCG(opts.Seed, opts.Seed))
	s.life, s.stop = context.WithCancel(context.Background())
	s.handler = s.routes()
	return s, nil
}

// Handler answers everything that GitHub's API and OAuth hosts answer, at the root and below /api/v3 and /api/graphql.
func (s *Server) Handler() http.Handler { return s.handler }

// Start listens and serves until Close.
func (s *Server) Start() error {
	addr := s.opts.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listening for the simulated GitHub: %w", err)
	}
	s.mu.Lock()
	s.listener, s.url = l, "http://"+l.Addr().String()
	s.http = &http.Server{Handler: s.handler, ReadHeaderTimeout: 10 * time.Second}
	s.mu.Unlock()
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.violations.add("serving: %v", err)
		}
	}()
	return nil
}

// URL is the root of the API, of GraphQL (+ "/graphql") and of the web pages, without a trailing slash.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url
}

// Close stops serving and delivering, ends the git processes, and removes the repositories if their folder was temporary.
func (s *Server) Close() error {
	s.stop()
	var err error
	if s.http != nil {
		err = s.http.Close()
	}
	s.queues.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.repos {
		r.git.close()
	}
	if s.opts.Dir == "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// now is GitHub's clock in GitHub's precision.
func (s *Server) now() time.Time { return s.clock().UTC().Truncate(time.Second) }

// newKey is a private key for an app that brought none.
func newKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(seeded{}, 2048) }
