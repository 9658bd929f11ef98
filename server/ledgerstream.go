package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// The stream of the ledger: so many rows are read at once, and whoever follows is told within a tick.
const (
	streamStep = 500
	streamTick = 500 * time.Millisecond
	scopeAudit = "audit"
)

// apiLedger answers the ledger's rows as JSON lines, in order, from the row after ?after= on. With ?follow=1 it stays until
// the client or the server goes; the last id that came is where the client goes on.
func (s *Server) apiLedger(w http.ResponseWriter, r *http.Request) {
	if holder, _ := s.token(r); len(holder.Repositories) > 0 {
		writeProblem(w, http.StatusForbidden, "The ledger is of all repositories, and the token is for some.", "Use a token without repositories.")
		return
	}
	after, err := strconv.ParseInt(orDefault(r.URL.Query().Get("after"), "0"), 10, 64)
	if err != nil || after < 0 {
		writeProblem(w, http.StatusBadRequest, "after must be the id of a row, or 0.", "Give the id of the last row that you have.")
		return
	}
	stream := ledgerStream{s: s, w: w, out: json.NewEncoder(w), after: after}
	err = stream.rows(r.Context())
	if err == nil && r.URL.Query().Get("follow") == "1" {
		err = stream.follow(r.Context())
	}
	switch {
	case err == nil || r.Context().Err() != nil:
	case stream.begun:
		s.Log.WarnContext(r.Context(), "the stream of the ledger broke off", "after", stream.after, "error", err)
		panic(http.ErrAbortHandler) // the client must not take what it has for the whole
	default:
		s.Log.ErrorContext(r.Context(), "the ledger could not be read", "error", err)
		writeProblem(w, http.StatusServiceUnavailable, "The ledger cannot be read at the moment.", "Try again in a few seconds.")
	}
}

type ledgerStream struct {
	s     *Server
	w     http.ResponseWriter
	out   *json.Encoder
	after int64
	begun bool
}

// rows writes all that are there.
func (l *ledgerStream) rows(ctx context.Context) error {
	for {
		rows, err := l.s.Ledger.Entries(ctx, l.after, streamStep)
		if err != nil {
			return err
		}
		if !l.begun {
			l.w.Header().Set("Content-Type", "application/x-ndjson")
			l.w.Header().Set("Cache-Control", "no-store")
			l.w.WriteHeader(http.StatusOK)
			l.begun = true
		}
		for _, e := range rows {
			if err := l.out.Encode(e); err != nil {
				return err
			}
			l.after = e.ID
		}
		if err := http.NewResponseController(l.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if len(rows) < streamStep || l.s.ending() {
			return nil
		}
	}
}

func (l *ledgerStream) follow(ctx context.Context) error {
	tick := time.NewTicker(streamTick)
	defer tick.Stop()
	for {
		select {
		case <-l.s.stopping:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := l.rows(ctx); err != nil {
			return err
		}
	}
}

func (s *Server) ending() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}
