package store

import (
	"context"
)

// Redelivered notes that GitHub is about to be asked to deliver again, and reports whether this is the first time: one
// replica at most gets true, once per delivery.
func (s *Store) Redelivered(ctx context.Context, guid string) (first bool, err error) {
	var id string
	err = s.db.run(ctx, do(`INSERT INTO redeliveries (guid, at) VALUES ($1, sallyport_now()) ON CONFLICT (guid) DO NOTHING RETURNING guid`, guid).
		into(&first, &id))
	return first, wrap("noting a redelivery", err)
}

// Seen says which of the delivery ids were accepted.
func (s *Store) Seen(ctx context.Context, guids []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(guids) == 0 {
		return out, nil
	}
	var batch []stmt
	for _, guid := range guids {
		batch = append(batch, do(`SELECT id FROM inbox WHERE id = $1`, guid).rows(func(r row) error {
			var id string
			err := r.Scan(&id)
			out[id] = true
			return err
		}))
	}
	return out, wrap("looking up deliveries", s.db.run(ctx, batch...))
}
