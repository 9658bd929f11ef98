package store

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport/sallyport/pull"
)

// newsTopic is where processes tell one another what changed. Like River's topics it is named after the schema.
const newsTopic = "sallyport_news"

// newsPace is how often a process tells the others at most: PostgreSQL lets commits that notify pass only one at a time.
const newsPace = 50 * time.Millisecond

// spreader tells the other processes what changed, gathered.
type spreader struct {
	pool  *pgxpool.Pool
	id    string
	log   *slog.Logger
	mu    sync.Mutex
	keys  map[pull.Key]bool
	ready chan struct{}
}

func newSpreader(pool *pgxpool.Pool, id string, log *slog.Logger) *spreader {
	return &spreader{pool: pool, id: id, log: log, keys: map[pull.Key]bool{}, ready: make(chan struct{}, 1)}
}

func (d *postgresDB) spread(keys []pull.Key) { d.news.add(keys) }

func (s *spreader) add(keys []pull.Key) {
	s.mu.Lock()
	for _, k := range keys {
		s.keys[k] = true
	}
	s.mu.Unlock()
	select {
	case s.ready <- struct{}{}:
	default: // they go with those that wait already
	}
}

func (s *spreader) take() map[pull.Key]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.keys
	s.keys = map[pull.Key]bool{}
	return taken
}

func (s *spreader) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ready:
		}
		_, err := s.pool.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', true), pg_notify(current_schema() || '.' || $1, $2)`,
			newsTopic, writeNews(s.id, s.take()))
		if err != nil && ctx.Err() == nil {
			s.log.Warn("telling the other processes what changed failed; their pages will look by themselves", "error", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(newsPace):
		}
	}
}

// listen has the connection hear what other processes tell.
func listen(ctx context.Context, c *pgx.Conn) error {
	var schema string
	if err := c.QueryRow(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `LISTEN `+pgx.Identifier{schema + "." + newsTopic}.Sanitize())
	return err
}
