package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/riverqueue/river/riverdriver"
)

// insertTopic is where River's producers listen for "there is a job in this queue".
const insertTopic = "river_insert"

func insertPayload(queue string) string { return fmt.Sprintf(`{"queue": %q}`, queue) }

// bell remembers which queues were rung until somebody takes note. Ringing twice is ringing once.
type bell struct {
	mu    sync.Mutex
	rung  map[string]bool
	heard chan struct{}
}

func newBell() *bell { return &bell{rung: map[string]bool{}, heard: make(chan struct{}, 1)} }

func (b *bell) ring(queue string) {
	b.mu.Lock()
	b.rung[queue] = true
	b.mu.Unlock()
	select {
	case b.heard <- struct{}{}:
	default: // somebody will come already
	}
}

// wait returns a queue that was rung, or false when ctx ends.
func (b *bell) wait(ctx context.Context) (string, bool) {
	for {
		if queue, ok := b.take(); ok {
			return queue, true
		}
		select {
		case <-b.heard:
		case <-ctx.Done():
			return "", false
		}
	}
}

func (b *bell) take() (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for queue := range b.rung {
		delete(b.rung, queue)
		return queue, true
	}
	return "", false
}

// bellListener lets River hear the bell where it would otherwise poll the database twenty times a second.
type bellListener struct {
	bell      *bell
	mu        sync.Mutex
	connected bool
}

var _ riverdriver.Listener = (*bellListener)(nil)

func (l *bellListener) Connect(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.connected {
		return errors.New("connection already established")
	}
	l.connected = true
	return nil
}

func (l *bellListener) Close(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connected = false
	return nil
}

func (l *bellListener) Listen(context.Context, string) error   { return nil }
func (l *bellListener) Unlisten(context.Context, string) error { return nil }
func (l *bellListener) Ping(context.Context) error             { return nil }
func (l *bellListener) Schema() string                         { return "" }
func (l *bellListener) SetAfterConnectExec(string)             {}

func (l *bellListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	queue, ok := l.bell.wait(ctx)
	if !ok {
		return nil, ctx.Err()
	}
	return &riverdriver.Notification{Topic: insertTopic, Payload: insertPayload(queue)}, nil
}
