package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// postgresDB is a pool, beside it the connection that shows others that this process lives.
type postgresDB struct {
	pool     *pgxpool.Pool
	presence *presence
	bell     *bell
	news     *spreader
	stop     context.CancelFunc
	done     sync.WaitGroup
	log      *slog.Logger
}

// sessionSettings hold where the database's URL says nothing else.
var sessionSettings = map[string]string{
	"plan_cache_mode": "force_generic_plan", // planning costs more than running: all statements use indexes
	// A process that is stopped in the middle of a transaction keeps its locks, and with them everybody else waiting. No
	// transaction of ours waits for anything but the database.
	"idle_in_transaction_session_timeout": "10s",
}

func openPostgres(ctx context.Context, url, id string, a *audience, log *slog.Logger) (backend, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err) // pgx leaves the password out
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = 16 // the default of 4 is fewer than the workers
	}
	config.MaxConns = max(config.MaxConns, 4) // migrating needs two at once, the queue's listener keeps one
	for name, value := range sessionSettings {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := migratePostgres(ctx, pool, log); err != nil {
		pool.Close()
		return nil, fmt.Errorf("bringing the database up to date: %w", err)
	}
	d := &postgresDB{pool: pool, bell: newBell(), news: newSpreader(pool, id, log), log: log}
	if d.presence, err = announce(ctx, config.ConnConfig, id, a, log); err != nil {
		pool.Close()
		return nil, err
	}
	ringing, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.stop = stop
	d.done.Go(func() { d.notify(ringing) })
	d.done.Go(func() { d.news.run(ringing) })
	return d, nil
}

func (d *postgresDB) close() error {
	d.stop()
	d.done.Wait()
	d.presence.end()
	d.pool.Close()
	return nil
}

func (d *postgresDB) run(ctx context.Context, stmts ...stmt) error { return pgRun(ctx, d.pool, stmts) }

// inTx, like atomic, tries again when PostgreSQL ended the transaction to resolve a deadlock: two deliveries may touch
// the same pull requests in different orders.
func (d *postgresDB) inTx(ctx context.Context, fn func(session) error) error {
	return insist(func() error {
		return pgx.BeginFunc(ctx, d.pool, func(t pgx.Tx) error { return fn(postgresTx{t}) })
	})
}

// atomic rests on a batch being one transaction unless it says otherwise.
func (d *postgresDB) atomic(ctx context.Context, stmts ...stmt) error {
	return insist(func() error { return d.run(ctx, stmts...) })
}

func (*postgresDB) known(err error) bool {
	const uniqueViolation = "23505"
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == uniqueViolation && e.ConstraintName == "inbox_pkey"
}

func insist(attempt func() error) (err error) {
	for range 5 {
		if err = attempt(); !contended(err) {
			return err
		}
	}
	return err
}

func contended(err error) bool {
	const deadlock, serialization = "40P01", "40001"
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == deadlock || e.Code == serialization)
}

func (d *postgresDB) ring(queue string) { d.bell.ring(queue) }

// notify passes the bell on to all processes. It does so outside the transactions that file the jobs, and seldom:
// PostgreSQL lets commits that notify pass only one at a time, which would undo group commit.
func (d *postgresDB) notify(ctx context.Context) {
	for {
		queue, ok := d.bell.wait(ctx)
		if !ok {
			return
		}
		// Nothing is lost with an unsynchronised commit here, and it spares the disk.
		_, err := d.pool.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', true), pg_notify(current_schema() || '.' || $1, $2)`,
			insertTopic, insertPayload(queue))
		if err != nil && ctx.Err() == nil {
			d.log.Warn("waking the workers failed; they will look by themselves", "queue", queue, "error", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (d *postgresDB) newQueue(config *river.Config) (queue, error) {
	return river.NewClient(&postgresDriver{riverpgxv5.New(d.pool), d, newFairness()}, config)
}

// postgresDriver is River's, except that passes are taken by turns.
type postgresDriver struct {
	*riverpgxv5.Driver
	db   *postgresDB
	fair *fairness
}

func (d *postgresDriver) GetExecutor() riverdriver.Executor {
	return &fairExecutor{d.Driver.GetExecutor(), d.db, d.fair}
}

type postgresTx struct{ pgx.Tx }

func (t postgresTx) run(ctx context.Context, stmts ...stmt) error { return pgRun(ctx, t.Tx, stmts) }

// lock rests on each statement of a batch seeing what was committed before that statement began.
func (t postgresTx) lock(ctx context.Context, name string, then ...stmt) error {
	return t.run(ctx, append([]stmt{do(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, name)}, then...)...)
}

func (t postgresTx) complete(ctx context.Context, job *river.Job[passArgs]) error {
	_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, t.Tx, job)
	return err
}

type batcher interface {
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
}

func pgRun(ctx context.Context, q batcher, stmts []stmt) (err error) {
	if len(stmts) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for _, s := range stmts {
		batch.Queue(s.sql, s.args...)
	}
	results := q.SendBatch(ctx, batch)
	defer func() {
		if e := results.Close(); err == nil {
			err = e
		}
	}()
	for _, s := range stmts {
		if err := pgResult(results, s); err != nil {
			return err
		}
	}
	return nil
}

func pgResult(results pgx.BatchResults, s stmt) error {
	if s.each == nil {
		_, err := results.Exec()
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := s.each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
