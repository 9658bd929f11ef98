package story

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// channel is where people read alarms: it takes what Slack would take.
type channel struct {
	*httptest.Server
	mu     sync.Mutex
	texts  []string
	failed int // answers with an error that are still to come
}

func newChannel() *channel {
	c := &channel{}
	c.Server = httptest.NewServer(http.HandlerFunc(c.take))
	return c
}

func (c *channel) take(w http.ResponseWriter, r *http.Request) {
	var message struct{ Text string }
	err := json.NewDecoder(r.Body).Decode(&message)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil || message.Text == "":
		w.WriteHeader(http.StatusBadRequest)
	case c.failed > 0:
		c.failed--
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		c.texts = append(c.texts, message.Text)
	}
}

func (c *channel) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.texts...)
}

// alarmed waits until people were told, once.
func alarmed(ctx context.Context, w *World, args []string) error {
	want := strings.Join(args, " ")
	if want == "" {
		return errors.New("needs a text")
	}
	return w.until(ctx, "people are told", func(context.Context) (string, bool) {
		n, all := 0, w.channel.all()
		for _, text := range all {
			n += strings.Count(text, want)
		}
		return strings.Join(all, "\n"), n == 1
	})
}

// unheard has the next message fail.
func unheard(_ context.Context, w *World, _ []string) error {
	w.channel.mu.Lock()
	defer w.channel.mu.Unlock()
	w.channel.failed++
	return nil
}
