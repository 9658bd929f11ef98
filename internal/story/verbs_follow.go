package story

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/pull"
)

// follower is somebody's SIEM: it takes the ledger's rows as they come, and goes on from the last whole one that it has.
type follower struct {
	mu    sync.Mutex
	ids   []int64
	lines []string
	wrong error
	end   func() error  // ends the stream that is open; nil while none is
	ended chan struct{} // closed when its last line was taken
}

// take reads lines until the stream ends. A line that was cut off is nothing that came.
func (f *follower) take(stream io.Reader, ended chan struct{}) {
	defer close(ended)
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		var row pull.Entry
		err = json.Unmarshal([]byte(line), &row)
		f.mu.Lock()
		f.ids, f.lines, f.wrong = append(f.ids, row.ID), append(f.lines, line), errors.Join(f.wrong, err)
		f.mu.Unlock()
	}
}

func (f *follower) last() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ids) == 0 {
		return 0
	}
	return f.ids[len(f.ids)-1]
}

// follow opens a stream of the ledger from the last row that came on: from the server's API, or by the command.
func follow(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 || args[0] != "api" && args[0] != "command" {
		return errors.New("needs api or command")
	}
	if w.follower == nil {
		w.follower = &follower{}
	}
	f, ended := w.follower, make(chan struct{})
	if f.end != nil {
		return errors.New("a stream is open")
	}
	stream, end, err := w.openStream(ctx, args[0], f.last())
	if err != nil {
		return err
	}
	f.end, f.ended = end, ended
	go f.take(stream, ended)
	return nil
}

func (w *World) openStream(ctx context.Context, by string, after int64) (io.Reader, func() error, error) {
	if by == "command" {
		if w.Stream == nil {
			return nil, nil, errors.New("there is no program here")
		}
		return w.Stream("ledger", "export", "--config", filepath.Join(w.Dir, "sallyport.yml"), "--follow", "--after", fmt.Sprint(after))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/api/v1/ledger?follow=1&after=%d", w.URL(), after), nil)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(req)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.Join(fmt.Errorf("the stream answers %s", resp.Status), resp.Body.Close())
	}
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return resp.Body, func() error { cancel(); return resp.Body.Close() }, nil
}

// unfollow ends the open stream in the middle of whatever comes.
func unfollow(_ context.Context, w *World, _ []string) error {
	if w.follower == nil || w.follower.end == nil {
		return errors.New("nobody follows")
	}
	err := w.follower.end()
	<-w.follower.ended
	w.follower.end = nil
	return err
}

// brokenOff waits until the open stream has ended without anybody asking it to: its server is gone.
func brokenOff(ctx context.Context, w *World, _ []string) error {
	if w.follower == nil || w.follower.end == nil {
		return errors.New("nobody follows")
	}
	err := w.until(ctx, "the stream ends", func(context.Context) (string, bool) {
		select {
		case <-w.follower.ended:
			return "", true
		default:
			return "it is open", false
		}
	})
	w.follower.end = nil
	return err
}

// followed waits until what came, over all streams, is the whole ledger up to its newest row of that kind: each row once, in order, word for word.
func followed(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 || w.follower == nil {
		return errors.New("needs a kind of row, and a stream before it")
	}
	return w.until(ctx, "what came is the whole ledger", func(ctx context.Context) (string, bool) {
		whole, status, err := w.call(ctx, http.MethodGet, "/api/v1/ledger", "")
		if err != nil || status != http.StatusOK {
			return fmt.Sprint(status, err), false
		}
		w.follower.mu.Lock()
		defer w.follower.mu.Unlock()
		for i, id := range w.follower.ids {
			if id != int64(i)+1 {
				return fmt.Sprintf("row %d came as number %d: %v", id, i+1, w.follower.ids), false
			}
		}
		came := strings.Join(w.follower.lines, "")
		return fmt.Sprintf("%d rows came %v, wanted\n%s", len(w.follower.ids), w.follower.wrong, whole),
			w.follower.wrong == nil && bytes.Equal(whole, []byte(came)) && strings.Contains(came, fmt.Sprintf(`"kind":%q`, args[0]))
	})
}
