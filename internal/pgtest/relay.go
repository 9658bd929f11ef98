package pgtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Relay stands between a program and its database, and has one commit go wrong.
type Relay struct {
	URL      string // where the program finds the database
	server   string // the server's socket
	listener net.Listener

	mu     sync.Mutex
	trap   *trap
	closed chan struct{}
}

// Commit is what becomes of a commit.
type Commit int

// The ways of a commit to go wrong.
const (
	RollBack Commit = iota // it is refused
	Lose                   // it is done, and the connection breaks before anybody hears of it
	Delay                  // it is done a second later
	Hold                   // it is never done, and nothing is answered
	Silence                // it is done, and nothing is answered
)

type trap struct {
	statement string
	how       Commit
	struck    chan struct{}
}

// NewRelay puts a relay before a database of this package's.
func NewRelay(t testing.TB, of string) *Relay {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "relay")
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	r := &Relay{server: filepath.Join(query.Get("host"), socket), closed: make(chan struct{})}
	if r.listener, err = net.Listen("unix", filepath.Join(dir, socket)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(r.closed)
		if err := errors.Join(r.listener.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	r.URL = u.String()
	go r.serve()
	return r
}

// Trap has the next commit of a transaction that has this statement in it go wrong. The channel closes when it does.
func (r *Relay) Trap(statement string, how Commit) <-chan struct{} {
	t := &trap{statement, how, make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trap = t
	return t.struck
}

// spring takes the trap if one of the statements is what it waits for.
func (r *Relay) spring(statements []string) *trap {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trap == nil {
		return nil
	}
	for _, s := range statements {
		if strings.Contains(s, r.trap.statement) {
			t := r.trap
			r.trap = nil
			close(t.struck)
			return t
		}
	}
	return nil
}

func (r *Relay) serve() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		go r.connect(client)
	}
}

func (r *Relay) connect(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", r.server)
	if err != nil {
		return
	}
	defer server.Close()
	first, err := readBody(client, nil)
	if err != nil {
		return
	}
	if _, err := server.Write(first); err != nil {
		return
	}
	c := &conversation{relay: r, client: client, server: server, prepared: map[string]string{}, silent: make(chan bool, 1)}
	go c.answers()
	c.questions()
}

// conversation is one connection.
type conversation struct {
	relay          *Relay
	client, server net.Conn
	prepared       map[string]string // statements by name
	bound          []string          // of the transaction at hand
	explicit       bool              // it was begun by name
	silent         chan bool         // true: the answer to what was just sent is kept back, and then the connection is cut; false: it is not cut
}

// questions passes on what the program says until it or the server hangs up.
func (c *conversation) questions() {
	for {
		m, err := readMessage(c.client)
		if err != nil {
			return
		}
		if c.heard(m[0], m[5:]) {
			if t := c.relay.spring(c.ended()); t != nil {
				if m = c.spoil(t.how, m[0], m); m == nil {
					return
				}
			}
		}
		if _, err := c.server.Write(m); err != nil {
			return
		}
	}
}

// heard follows the protocol as far as to know what a transaction consists of, and reports whether the message commits it.
func (c *conversation) heard(kind byte, body []byte) (commits bool) {
	switch kind {
	case 'P':
		name, rest, _ := bytes.Cut(body, []byte{0})
		text, _, _ := bytes.Cut(rest, []byte{0})
		c.prepared[string(name)] = string(text)
	case 'B':
		_, rest, _ := bytes.Cut(body, []byte{0})
		name, _, _ := bytes.Cut(rest, []byte{0})
		c.bound = append(c.bound, c.prepared[string(name)])
	case 'Q':
		text := strings.ToLower(strings.TrimRight(string(body), "\x00 ;"))
		switch {
		case strings.HasPrefix(text, "begin"):
			c.explicit, c.bound = true, nil
		case text == "commit":
			c.explicit = false
			return true
		case text == "rollback":
			c.explicit, c.bound = false, nil
		}
	case 'S':
		return !c.explicit
	}
	return false
}

func (c *conversation) ended() []string {
	bound := c.bound
	c.bound = nil
	return bound
}

// spoil gives what the server is to be told instead of the commit; nil for nothing any more.
func (c *conversation) spoil(how Commit, kind byte, m []byte) []byte {
	switch how {
	case RollBack:
		if kind == 'Q' {
			return frame('Q', []byte("rollback\x00"))
		}
		return append(frame('P', []byte("\x00this commit is refused\x00\x00\x00")), m...) // which ends what was not begun by name
	case Delay:
		select {
		case <-time.After(time.Second):
		case <-c.relay.closed:
		}
	case Hold:
		c.wait()
		return nil
	case Lose, Silence:
		c.silent <- how == Lose
	}
	return m
}

// wait ends when the program hangs up, or the test.
func (c *conversation) wait() {
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, c.client)
		close(gone)
	}()
	select {
	case <-gone:
	case <-c.relay.closed:
	}
}

// answers passes on what the server says, but for an answer that is to be lost.
func (c *conversation) answers() {
	defer c.client.Close()
	lost, cut := false, false
	for {
		m, err := readMessage(c.server)
		if err != nil {
			return
		}
		select {
		case cut = <-c.silent:
			lost = true
		default:
		}
		if !lost {
			if _, err := c.client.Write(m); err != nil {
				return
			}
			continue
		}
		if m[0] == 'Z' && cut {
			return
		}
	}
}

// readMessage reads a message: its kind, its length, and what follows.
func readMessage(from io.Reader) ([]byte, error) {
	kind := make([]byte, 1)
	if _, err := io.ReadFull(from, kind); err != nil {
		return nil, err
	}
	return readBody(from, kind)
}

// readBody reads a message's length and what follows, after the kind that was read before.
func readBody(from io.Reader, kind []byte) ([]byte, error) {
	size := make([]byte, 4)
	if _, err := io.ReadFull(from, size); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size)
	if n < 4 || n > 1<<28 {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(from, body)
	return append(append(kind, size...), body...), err
}

func frame(kind byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4)), body...)
}
