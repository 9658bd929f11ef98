package store

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// Work is all that is known of a pull request, as a pass is given it.
func (s *Store) Work(ctx context.Context, k pull.Key) (pull.Work, error) {
	w, err := s.load(ctx, k)
	return w, wrap("reading "+k.String(), err)
}

// load gathers all that is known of a pull request. The generation is read first: whatever is read after it may
// already be newer, and then the generation has moved and another pass follows.
func (s *Store) load(ctx context.Context, k pull.Key) (pull.Work, error) {
	w := pull.Work{Key: k, Repo: pull.Repo{ID: k.Repo}}
	var handled, fresh int64
	var record string
	var found bool
	var halted string
	err := s.db.run(ctx,
		haltedInto(&halted),
		do(`SELECT generation, handled, fresh, record FROM pulls WHERE repo = $1 AND number = $2`, k.Repo, k.Number).
			into(&found, &w.Generation, &handled, &fresh, &record),
		do(`SELECT `+repoColumns+` FROM repos WHERE id = $1`, k.Repo).
			rows(func(r row) error { return scanRepo(r, &w.Repo) }),
		do(`SELECT inbox.news FROM news JOIN inbox ON inbox.id = news.delivery
WHERE news.repo = $1 AND news.number = $2 ORDER BY news.generation`, k.Repo, k.Number).
			rows(collect(&w.News, scanNews)),
		promptsOf(k, &w.Confirmations),
		batchesOf(k, &w.Batches),
		leftOver(k, &w.Sides),
		do(`SELECT id, body, entry FROM landings WHERE repo = $1 AND number = $2 ORDER BY CASE WHEN state = '' THEN 0 ELSE 1 END, id DESC LIMIT 20`,
			k.Repo, k.Number).rows(collect(&w.Intents, scanIntent)),
		do(`SELECT id, body FROM freezes WHERE repo = $1 AND number IN (0, $2) AND lifted_at = 0 ORDER BY id`, k.Repo, k.Number).
			rows(collect(&w.Freezes, scanFreeze)))
	if err != nil {
		return w, err
	}
	if !found {
		return w, fmt.Errorf("pull request %s is not known", k)
	}
	w.Fresh, w.Woken = fresh > handled, w.Generation > handled
	if w.Halted, err = haltReason(halted); err != nil {
		return w, err
	}
	if record == "" {
		return w, nil
	}
	w.Last = new(pull.Record)
	return w, decode(record, w.Last)
}

// collect appends each row to the slice.
func collect[T any](to *[]T, scan func(row, *T) error) func(row) error {
	return func(r row) error {
		var v T
		if err := scan(r, &v); err != nil {
			return err
		}
		*to = append(*to, v)
		return nil
	}
}

// scanBody reads a row of (id, body).
func scanBody(r row, id *int64, v any) error {
	var n int64
	var body string
	if err := r.Scan(&n, &body); err != nil {
		return err
	}
	if err := decode(body, v); err != nil {
		return err
	}
	*id = n
	return nil
}

func scanPrompt(r row, c *pull.Confirmation) error { return scanBody(r, &c.ID, c) }
func scanFreeze(r row, f *pull.Freeze) error       { return scanBody(r, &f.ID, f) }

func scanIntent(r row, i *pull.Intent) error {
	var id, entry int64
	var body string
	if err := r.Scan(&id, &body, &entry); err != nil {
		return err
	}
	if err := decode(body, i); err != nil {
		return err
	}
	i.ID, i.Entry = id, entry
	return nil
}

func scanNews(r row, n *pull.News) error {
	var text string
	if err := r.Scan(&text); err != nil {
		return err
	}
	return decode(text, n)
}
