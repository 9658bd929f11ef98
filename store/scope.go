package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// touch is one reason to look at pull requests again: a delivery, or something of our own. Its statements build on one
// another without an answer in between, so that all of them go to the database in one breath.
type touch struct {
	id    string // of the delivery, or random
	fresh bool   // the next pass must read the world
	hint  string // the head of the pull requests that are named by number, when known
}

// bump raises the generation of the scope's pull requests, which also locks them against the end of a running pass.
// It yields (repo, number). Only a scope with Repo and Number makes a pull request known.
func (c touch) bump(sc pull.Scope) stmt {
	if sc.Number != 0 {
		return do(`
INSERT INTO pulls (repo, number, generation, touched, hint, fresh) VALUES ($1, $2, 1, $3, $4, CASE WHEN $5 THEN 1 ELSE 0 END)
ON CONFLICT (repo, number) DO UPDATE SET generation = pulls.generation + 1, touched = excluded.touched,
    hint = CASE WHEN excluded.hint <> '' THEN excluded.hint ELSE pulls.hint END,
    fresh = CASE WHEN $5 THEN pulls.generation + 1 ELSE pulls.fresh END
RETURNING repo, number`, sc.Repo, sc.Number, c.id, c.hint, c.fresh)
	}
	where, args := where(sc, []any{c.id, c.fresh})
	return do(`
UPDATE pulls SET generation = generation + 1, touched = $1, fresh = CASE WHEN $2 THEN generation + 1 ELSE fresh END
WHERE `+where+` RETURNING repo, number`, args...)
}

// link has the next passes of the bumped pull requests see the delivery's news.
func (c touch) link(sc pull.Scope) stmt {
	where, args := due(sc, []any{c.id})
	return do(`
INSERT INTO news (repo, number, generation, delivery)
SELECT repo, number, generation, touched FROM pulls WHERE touched = $1 AND `+where+` ON CONFLICT DO NOTHING`, args...)
}

// jobs has the bumped pull requests looked at.
func (t *tx) jobs(c touch, sc pull.Scope) stmt {
	var delay time.Duration
	if sc.Unhurried {
		delay = t.s.Lull
	}
	if sc.Branch != "" && sc.Unhurried {
		return t.trickle(c, sc, delay)
	}
	if sc.Branch != "" {
		return t.atOnce(c, sc)
	}
	where, args := due(sc, []any{delay.Microseconds(), c.id})
	return t.file(passArgs{}.Kind(), passes, delay, `
SELECT '{"repo":' || repo || ',"number":' || number || '}' AS args, CAST($1 AS bigint) AS delay
FROM pulls WHERE touched = $2 AND `+where, args...)
}

// where is the condition by which a scope finds pull requests; its arguments follow those given. One whose first look is not
// written down yet may be reading what has just changed: it is found by whatever could concern it, and looked at once more.
func where(sc pull.Scope, args []any) (string, []any) {
	var conds []string
	with := func(cond string, arg any) {
		args = append(args, arg)
		conds = append(conds, strings.ReplaceAll(cond, "@", fmt.Sprintf("$%d", len(args))))
	}
	if sc.Repo != 0 {
		with(`repo = @`, sc.Repo)
	}
	if sc.Number != 0 {
		with(`number = @`, sc.Number)
		return strings.Join(conds, " AND "), args
	}
	if sc.Head != "" {
		with(`(head = @ OR hint = @ OR grouped = @)`, sc.Head)
	}
	if sc.Branch != "" {
		with(`branch IN (@, '')`, sc.Branch)
	}
	if sc.RestsOn != "" {
		// An underscore stands for any character here; that only has somebody looked at who need not be.
		with(`(repo, number) IN (SELECT repo, number FROM pulls WHERE open AND rests_on <> '' AND rests_on LIKE '%|' || lower(@) || '|%'
    UNION ALL SELECT repo, number FROM pulls WHERE open AND branch = '')`, sc.RestsOn)
	}
	if sc.Installation != 0 {
		with(`repo IN (SELECT id FROM repos WHERE installation = @)`, sc.Installation)
	}
	if sc.Owner != "" {
		with(`repo IN (SELECT id FROM repos WHERE lower(owner) = lower(@))`, sc.Owner)
	}
	conds = append(conds, `open`, `repo NOT IN (SELECT id FROM repos WHERE gone)`)
	return strings.Join(conds, " AND "), args
}

// due is where, for those that are to be looked at now. A first look that failed is repeated by itself, later and later, and
// whatever happens elsewhere does not hurry it: if one is under way, it is followed by another.
func due(sc pull.Scope, args []any) (string, []any) {
	cond, args := where(sc, args)
	if sc.Number == 0 && (sc.Branch != "" || sc.RestsOn != "") {
		cond += ` AND (branch <> '' OR failures = 0)`
	}
	return cond, args
}

// meaningful drops scopes that name a number in no repository.
func meaningful(scopes []pull.Scope) []pull.Scope {
	var out []pull.Scope
	for _, sc := range scopes {
		if sc.Number == 0 || sc.Repo != 0 {
			out = append(out, sc)
		}
	}
	return out
}
