package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// reach is what the scopes of one delivery found.
type reach map[pull.Key]reached

type reached struct {
	generation int64
	hurried    bool
}

// add merges: a pull request found by two scopes is one piece of work, as urgent as the more urgent scope.
func (f reach) add(unhurried bool) func(row) error {
	return func(r row) error {
		var k pull.Key
		var generation int64
		if err := r.Scan(&k.Repo, &k.Number, &generation); err != nil {
			return err
		}
		old := f[k]
		f[k] = reached{max(old.generation, generation), old.hurried || !unhurried}
		return nil
	}
}

// bump raises the generation of every pull request that the scopes name, which also locks it against the end of a
// running pass. hint, when not empty, is the head of the pull requests that are named by number.
func bump(scopes []pull.Scope, fresh bool, hint string, found reach) []stmt {
	var batch []stmt
	for _, sc := range scopes {
		switch {
		case sc.Number != 0 && sc.Repo != 0:
			batch = append(batch, bumpOne(sc, fresh, hint).rows(found.add(sc.Unhurried)))
		case sc.Number == 0:
			batch = append(batch, bumpMany(sc, fresh).rows(found.add(sc.Unhurried)))
		}
	}
	return batch
}

func bumpOne(sc pull.Scope, fresh bool, hint string) stmt {
	return do(`
INSERT INTO pulls (repo, number, generation, hint, fresh) VALUES ($1, $2, 1, $3, CASE WHEN $4 THEN 1 ELSE 0 END)
ON CONFLICT (repo, number) DO UPDATE SET generation = pulls.generation + 1,
    hint = CASE WHEN excluded.hint <> '' THEN excluded.hint ELSE pulls.hint END,
    fresh = CASE WHEN $4 THEN pulls.generation + 1 ELSE pulls.fresh END
RETURNING repo, number, generation`, sc.Repo, sc.Number, hint, fresh)
}

func bumpMany(sc pull.Scope, fresh bool) stmt {
	var conds []string
	args := []any{fresh}
	with := func(cond string, arg any) {
		args = append(args, arg)
		conds = append(conds, strings.ReplaceAll(cond, "@", fmt.Sprintf("$%d", len(args))))
	}
	if sc.Repo != 0 {
		with(`repo = @`, sc.Repo)
	}
	if sc.Head != "" {
		with(`(head = @ OR hint = @)`, sc.Head)
	}
	if sc.Branch != "" {
		with(`branch = @`, sc.Branch)
	}
	if sc.Installation != 0 {
		with(`repo IN (SELECT id FROM repos WHERE installation = @)`, sc.Installation)
	}
	if sc.Owner != "" {
		with(`repo IN (SELECT id FROM repos WHERE lower(owner) = lower(@))`, sc.Owner)
	}
	conds = append(conds, `open`, `repo NOT IN (SELECT id FROM repos WHERE gone)`)
	return do(`
UPDATE pulls SET generation = generation + 1, fresh = CASE WHEN $1 THEN generation + 1 ELSE fresh END
WHERE `+strings.Join(conds, " AND ")+` RETURNING repo, number, generation`, args...)
}

func (t *tx) fileAll(found reach) ([]stmt, error) {
	var batch []stmt
	for k, r := range found {
		var delay time.Duration
		if !r.hurried {
			delay = t.s.Lull
		}
		st, err := t.file(passArgs{}.Kind(), passes, passArgs{k.Repo, k.Number}, delay)
		if err != nil {
			return nil, err
		}
		batch = append(batch, st)
	}
	return batch, nil
}
