package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// updateKept is how long it is remembered whom a tip had brought up to date.
const updateKept = 24 * time.Hour

// AdmitUpdate reports whether this tip of the branch may be the reason for bringing the pull request up to date. One
// tip is for most pull requests at most, so that a landing cannot set all others going. Who was admitted once stays so.
func (s *Store) AdmitUpdate(ctx context.Context, k pull.Key, branch, base string, most int) (admitted bool, err error) {
	err = s.inTx(ctx, func(t *tx) error {
		if _, err := t.lockBranch(ctx, k.Repo, branch); err != nil {
			return err
		}
		return t.run(ctx,
			do(`DELETE FROM updates WHERE repo = $1 AND branch = $2 AND at < sallyport_now() - $3`, k.Repo, branch, updateKept.Microseconds()),
			do(`INSERT INTO updates (repo, branch, base, number, at) SELECT $1, $2, $3, $4, sallyport_now()
WHERE (SELECT count(*) FROM updates WHERE repo = $1 AND branch = $2 AND base = $3) < $5
ON CONFLICT (repo, branch, base, number) DO NOTHING`, k.Repo, branch, base, k.Number, most),
			do(`SELECT number FROM updates WHERE repo = $1 AND branch = $2 AND base = $3 AND number = $4`, k.Repo, branch, base, k.Number).
				into(&admitted, new(int)))
	})
	return admitted, wrap("asking whether to bring a pull request up to date", err)
}
