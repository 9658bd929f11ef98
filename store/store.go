// Package store keeps Sallyport's state and its queue: what came in, what was decided, who was asked and what landed,
// in PostgreSQL or in one SQLite file, with River handing out the work. Everything it reports as written is durable,
// and a process killed at any instant loses nothing and repeats nothing that cannot be undone.
package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// Store is one process's hold on the state. Any number of Stores may share a PostgreSQL database; a SQLite file
// belongs to one at a time.
type Store struct {
	// Lull is how long unhurried work may be put off so that more of it can gather. Set it before use.
	Lull time.Duration
	// Share is by how much longer it may be put off for each calm pull request into the branch that moved, beyond the first ten:
	// however many are open and however often it moves, reading them again costs about as much. Set it before use.
	Share time.Duration
	// Quotas bound the Duo pushes of an hour. Set them before use.
	Quotas pull.Quotas
	// Grace is how long running passes may take to finish when Run is told to end. Set it before Run.
	Grace time.Duration
	// Lease is how long a process may be silent about a pass before the others go on without it. It spends half of that on a
	// pass at most, so that one which was stopped and wakes up finds its time over. Set it before Run.
	Lease time.Duration

	// Signer signs checkpoints of the ledger; nil where there is no signing key. Set it before use.
	Signer note.Signer
	// Verifier knows the keys by which checkpoints from elsewhere may be signed; nil believes none. Set it before use.
	Verifier note.Verifier
	// CheckpointFile keeps the newest checkpoint outside the database; "" keeps none. Set it before use.
	CheckpointFile string

	db       backend
	audience *audience
	log      *slog.Logger
	id       string // names this process to the others, and to River
	running  atomic.Bool
	hand     atHand
	grown    atomic.Pointer[grown]
	outside  sync.Mutex         // of the checkpoint file and known
	known    *ledger.Checkpoint // how this process last saw the ledger
}

// DefaultLease is the lease where nobody says otherwise.
const DefaultLease = 2 * time.Minute

// Open opens the database and brings its tables up to date. The url is "postgres://…" (or "postgresql://…") or
// "sqlite:PATH"; the SQLite file is created when absent, readable by its owner only. A SQLite file that another
// process has open is an error.
func Open(ctx context.Context, url string, log *slog.Logger) (*Store, error) {
	id, audience := processID(), newAudience()
	db, err := connect(ctx, url, id, audience, log)
	if err != nil {
		return nil, err
	}
	s := &Store{Quotas: pull.Quotas{Pull: 3, Person: 30, Repository: 120}, Lull: 10 * time.Second, Share: 5 * time.Second, Grace: 10 * time.Second,
		Lease: DefaultLease, db: db, audience: audience, log: log, id: id}
	if err := s.plant(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing the ledger: %w", err), db.close())
	}
	return s, nil
}

func connect(ctx context.Context, url, id string, a *audience, log *slog.Logger) (backend, error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok && path != "" {
		return openSQLite(ctx, path, log)
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return openPostgres(ctx, url, id, a, log)
	}
	// The URL is not quoted: it may hold a password.
	return nil, fmt.Errorf("the database must be given as postgres://… or sqlite:PATH")
}

func processID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return "sallyport-" + hex.EncodeToString(b[:])
}

// Close releases the database. Run must have returned.
func (s *Store) Close() error { return s.db.close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.run(ctx, do(`SELECT 1`)); err != nil {
		return fmt.Errorf("asking the database: %w", err)
	}
	return nil
}
