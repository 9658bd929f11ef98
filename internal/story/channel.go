package story

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Channel is where people read alarms: it takes what Slack would take, and does not always listen.
type Channel struct {
	*httptest.Server
	mu    sync.Mutex
	texts []string
	deaf  []Deafness // what comes over the next messages
	heard int        // messages that met one of them
	life  context.Context
	end   context.CancelFunc
}

// Deafness is how the channel fails with a message. The zero value closes the connection without a word.
type Deafness struct {
	Takes  bool          // people read it nevertheless
	Delay  time.Duration // before anything is answered
	Hang   bool          // nothing ever is
	Status int
}

func newChannel() *Channel {
	c := &Channel{}
	c.life, c.end = context.WithCancel(context.Background())
	c.Server = httptest.NewServer(http.HandlerFunc(c.take))
	return c
}

// Close lets go of whoever waits for an answer, and ends.
func (c *Channel) Close() {
	c.end()
	c.Server.Close()
}

// Fail lets the next message meet that, and tells how to see that it did.
func (c *Channel) Fail(d Deafness) (struck func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = append(c.deaf, d)
	mine := c.heard + len(c.deaf)
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.heard >= mine
	}
}

// Heal has the channel listen again.
func (c *Channel) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = nil
}

func (c *Channel) take(w http.ResponseWriter, r *http.Request) {
	var message struct{ Text string }
	if err := json.NewDecoder(r.Body).Decode(&message); err != nil || message.Text == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d, failing := c.hear(message.Text)
	if !failing {
		return
	}
	var enough <-chan time.Time // nil is never
	if !d.Hang {
		enough = time.After(d.Delay)
	}
	select {
	case <-enough:
	case <-r.Context().Done():
	case <-c.life.Done():
	}
	if d.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(d.Status)
}

// hear writes a message down, unless it is lost.
func (c *Channel) hear(text string) (d Deafness, failing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if failing = len(c.deaf) > 0; failing {
		d, c.deaf = c.deaf[0], c.deaf[1:]
		c.heard++
	}
	if !failing || d.Takes {
		c.texts = append(c.texts, text)
	}
	return d, failing
}

func (c *Channel) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.texts...)
}

// alarmed waits until people were told, once.
func alarmed(ctx context.Context, w *World, args []string) error {
	return w.hears(ctx, args, func(times int) bool { return times == 1 })
}

// heard waits until people were told, perhaps more than once: whoever did not hear that they were must tell them again.
func heard(ctx context.Context, w *World, args []string) error {
	return w.hears(ctx, args, func(times int) bool { return times > 0 })
}

func (w *World) hears(ctx context.Context, args []string, enough func(times int) bool) error {
	want := strings.Join(args, " ")
	if want == "" {
		return errors.New("needs a text")
	}
	return w.until(ctx, "people are told", func(context.Context) (string, bool) {
		n, all := 0, w.Channel.all()
		for _, text := range all {
			n += strings.Count(text, want)
		}
		return strings.Join(all, "\n"), enough(n)
	})
}

// unheard has the next message fail.
func unheard(_ context.Context, w *World, _ []string) error {
	w.Channel.Fail(Deafness{Status: http.StatusServiceUnavailable})
	return nil
}
