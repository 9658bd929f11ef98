package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport/sallyport/pull"
)

// presenceClass sets the locks that show who lives apart from all other advisory locks.
const presenceClass = "1396789848"

// presence is a connection that holds an advisory lock named after the process. PostgreSQL drops the lock when the
// process dies, however it dies, so others need no heartbeat and no guess to know. As it waits for nothing else, it also
// hears what the others tell.
type presence struct {
	config *pgx.ConnConfig
	id     string
	news   *audience
	log    *slog.Logger
	stop   context.CancelFunc
	done   chan struct{}
}

// announce takes the lock before it returns and then keeps it.
func announce(ctx context.Context, config *pgx.ConnConfig, id string, news *audience, log *slog.Logger) (*presence, error) {
	p := &presence{config: config.Copy(), id: id, news: news, log: log, done: make(chan struct{})}
	p.config.RuntimeParams["application_name"] = id
	held, err := p.take(ctx)
	if err != nil {
		return nil, fmt.Errorf("announcing this process to the others: %w", err)
	}
	alive, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	go p.keep(alive, held)
	return p, nil
}

func (p *presence) take(ctx context.Context) (*pgx.Conn, error) {
	c, err := pgx.ConnectConfig(ctx, p.config)
	if err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock(`+presenceClass+`, hashtext($1))`, p.id); err != nil {
		_ = c.Close(ctx)
		return nil, err
	}
	if err := listen(ctx, c); err != nil {
		_ = c.Close(ctx)
		return nil, err
	}
	return c, nil
}

// keep notices a lost connection at once, since it waits for notifications, and takes the lock again.
func (p *presence) keep(ctx context.Context, held *pgx.Conn) {
	defer close(p.done)
	for ctx.Err() == nil {
		if held != nil {
			err := p.hear(ctx, held)
			if ctx.Err() == nil {
				p.log.Warn("the connection that shows this process lives was lost", "error", fmt.Sprint(err))
			}
			closeNow(held)
		}
		var err error
		if held, err = p.take(ctx); err == nil {
			p.news.tell(pull.Key{}) // whatever was told meanwhile was missed
		} else if ctx.Err() == nil {
			p.log.Warn("announcing this process again failed", "error", err.Error())
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
	if held != nil {
		closeNow(held)
	}
}

// hear passes on what the other processes tell until the connection fails.
func (p *presence) hear(ctx context.Context, held *pgx.Conn) error {
	for {
		n, err := held.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		if id, keys := readNews(n.Payload); id != p.id {
			p.news.tell(keys...)
		}
	}
}

func closeNow(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx) // nothing can be done, and the server drops the lock with the socket
}

func (p *presence) end() {
	p.stop()
	<-p.done
}
