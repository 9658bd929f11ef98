package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Where more pull requests than crowded target a branch that moved, reading all of them anew would spend an installation's
// hour, and landings would wait for the next. Those that are first to land are read at once, and the others follow at a pace.
const (
	crowded    = 100
	firstRead  = 10
	tricklePer = 10 * time.Second
	// manyCalm is how many calm pull requests are read again as soon as any other.
	manyCalm = 10
)

// trickle has the bumped pull requests of a branch that moved looked at: in the order of their turns, then those that are green
// and could be merged by hand, then those that were read longest ago. Who waits already is brought forward, never put off, so
// that every further move finds the same order and nobody waits for longer than the first one said. Where fewer are open, those
// that can wait wait the longer the more they are: the moves of that time cost one look at each, not one for each move.
func (t *tx) trickle(c touch, sc pull.Scope, lull time.Duration) stmt {
	where, args := where(sc, []any{lull.Microseconds(), c.id, crowded, firstRead, tricklePer.Microseconds(), manyCalm, t.s.Share.Microseconds()})
	var green []string
	for _, g := range pull.Gates {
		green = append(green, fmt.Sprintf("p.print LIKE '%%|%s=%s%%'", g, pull.Pass))
	}
	return t.file(passArgs{}.Kind(), passes, lull, `
SELECT '{"repo":' || repo || ',"number":' || number || '}' AS args,
    CAST($1 AS bigint) + CASE WHEN many > $3 AND place > $4 THEN (place - $4) * CAST($5 AS bigint)
        WHEN many <= $3 AND calm AND waiters > $6 THEN (waiters - $6) * CAST($7 AS bigint) ELSE 0 END AS delay
FROM (SELECT p.repo, p.number, p.calm, count(*) OVER () AS many, sum(CASE WHEN p.calm THEN 1 ELSE 0 END) OVER () AS waiters, row_number() OVER (ORDER BY CASE WHEN t.turn IS NULL THEN 1 ELSE 0 END, t.turn,
        CASE WHEN `+strings.Join(green, " AND ")+` THEN 0 ELSE 1 END, p.saved_at, p.number) AS place
    FROM (SELECT repo, number, branch, print, saved_at, calm FROM pulls WHERE touched = $2 AND `+where+`) p
    LEFT JOIN (SELECT repo, branch, number, row_number() OVER (PARTITION BY repo, branch ORDER BY `+order+`) AS turn FROM turns) t
    ON t.repo = p.repo AND t.branch = p.branch AND t.number = p.number) q`, args...)
}
