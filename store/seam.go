package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// row is one row of a result.
type row interface{ Scan(dest ...any) error }

// stmt is one SQL statement. Both databases understand the SQL of this package: arguments are $1, $2, … and
// sallyport_now() is the database's clock.
type stmt struct {
	sql  string
	args []any
	each func(row) error // called for every row; nil when no rows are wanted
}

func do(sql string, args ...any) stmt { return stmt{sql: sql, args: args} }

// rows has each called for every row of the result.
func (s stmt) rows(each func(row) error) stmt { s.each = each; return s }

// into scans the one row that the statement may yield and says in found whether there was one.
func (s stmt) into(found *bool, dest ...any) stmt {
	*found = false
	return s.rows(func(r row) error { *found = true; return r.Scan(dest...) })
}

// conn runs statements in order, on PostgreSQL in a single round trip.
type conn interface {
	run(ctx context.Context, stmts ...stmt) error
}

// session is an open transaction as the databases provide it.
type session interface {
	conn
	// lock makes transactions that lock the same name follow one another until they end. What is to be run once the
	// lock is held goes with it, in the same round trip.
	lock(ctx context.Context, name string, then ...stmt) error
	// complete marks the running job as done.
	complete(ctx context.Context, job *river.Job[passArgs]) error
}

// backend is what differs between the databases. Outside a transaction, run is not atomic.
type backend interface {
	conn
	// inTx commits unless fn fails. It may call fn again when the database asks for that, so fn starts afresh each time.
	inTx(ctx context.Context, fn func(session) error) error
	// atomic runs the statements in a transaction of their own, in a single round trip where there is one.
	atomic(ctx context.Context, stmts ...stmt) error
	// known reports whether err says that the delivery is in the inbox already.
	known(err error) bool
	// fileSQL inserts a job for each (args, delay in microseconds) of the source query, or brings forward the job of
	// the same kind and args that waits. It yields a row for every job that was not due as soon before.
	fileSQL(kind, queue, source string) string
	// headsSQL yields (repository, when its oldest became due, as text that sorts) of those that have passes due.
	headsSQL() string
	// takeSQL takes up to $2 due passes of repository $1, the oldest first, for the process $3, and yields them; see scanTaken.
	takeSQL() string
	// statsSQL yields (queue, state, count, age of the oldest due job in microseconds) of jobs that are not finished.
	statsSQL() string
	// waitingSQL yields (how many there are, repository, passes, age of the oldest in microseconds, owner, name) of the $1
	// repositories with passes due whose oldest has waited longest.
	waitingSQL() string
	// ring tells the workers of a queue, in every process, that there is work. Losing a ring costs a second.
	ring(queue string)
	// spread tells the other processes what changed. Losing it costs their pages a while.
	spread(keys []pull.Key)
	newQueue(config *river.Config) (queue, error)
	// reclaim frees what processes that no longer live had taken, running jobs and the leadership, and counts the freed
	// jobs of each queue. At the start of Run, starting is true.
	reclaim(ctx context.Context, id string, lease time.Duration, starting bool) (map[string]int, error)
	// regain frees the jobs that this process is said to run for longer than its lease and has not at hand, a JSON list of ids. It
	// counts them as reclaim does.
	regain(ctx context.Context, id string, lease time.Duration, hand string) (map[string]int, error)
	// deadSQL is a condition that holds when the process whose id the column holds no longer lives; $1 is our own id.
	deadSQL(column string) string
	close() error
}

// queue is a River client, of whatever transaction type.
type queue interface {
	Start(ctx context.Context) error
	Stopped() <-chan struct{}
}

// tx is one transaction of the store's own: besides statements it gathers what must come last.
type tx struct {
	session
	s       *Store
	entries []noted
	grown   *ledger.Edge // how the tree stands once this is committed
	rings   map[string]time.Duration
	changes []pull.Key
}

func (s *Store) newTx(c session) *tx {
	return &tx{session: c, s: s, rings: map[string]time.Duration{}}
}

// inTx runs fn in a transaction, then writes the gathered ledger entries, commits, rings for the filed jobs and tells
// who follows what changed.
// The ledger comes last because its lock is shared by all: taken earlier, it would be held while waiting for others.
func (s *Store) inTx(ctx context.Context, fn func(*tx) error) error {
	var t *tx
	err := s.db.inTx(ctx, func(c session) error {
		t = s.newTx(c)
		if err := fn(t); err != nil {
			return err
		}
		return t.writeEntries(ctx)
	})
	if err != nil {
		return err
	}
	t.remember()
	t.ring()
	t.tell()
	return nil
}

// one runs a statement that must yield a row.
func (t *tx) one(ctx context.Context, st stmt, dest ...any) error {
	var found bool
	if err := t.run(ctx, st.into(&found, dest...)); err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("the statement yielded no row")
	}
	return nil
}

func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encoding %T: %w", v, err)
	}
	return string(b), nil
}

func decode(text string, v any) error {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("decoding a stored %T: %w", v, err)
	}
	return nil
}

// micros and moment convert times to and from the microseconds that the tables hold; 0 is the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
