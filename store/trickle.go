package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Reading every pull request anew of a branch that moved would spend an installation's hour, and landings would wait for the
// next. Those that are first to land are read at once, and the others follow at a pace.
const (
	firstRead = 10
	briskPer  = time.Second
	// More than crowded are so many that the pace is slower.
	crowded    = 100
	tricklePer = 10 * time.Second
	// manyCalm is how many calm pull requests are read again as soon as any other.
	manyCalm = 10
	// before is what each one in a row is ahead of the next, where all are read at once.
	before = time.Millisecond
)

// trickle has the bumped pull requests of a branch that moved looked at: in the order of their turns, then those that are green
// and could be merged by hand, then those that were read longest ago. Who waits already is brought forward, never put off, so
// that every further move finds the same order and nobody waits for longer than the first one said. Where few are open, those
// that can wait wait the longer the more they are: the moves of that time cost one look at each, not one for each move. What
// somebody confirmed on a phone was confirmed for the branch as it was: its green is taken back at once.
func (t *tx) trickle(c touch, sc pull.Scope, lull time.Duration) stmt {
	where, args := due(sc, []any{lull.Microseconds(), c.id, crowded, firstRead, tricklePer.Microseconds(), manyCalm, t.s.Share.Microseconds(), briskPer.Microseconds()})
	return t.file(passArgs{}.Kind(), passes, lull, `
SELECT '{"repo":' || repo || ',"number":' || number || '}' AS args,
    CAST($1 AS bigint) + CASE WHEN confirmed THEN 0 WHEN many > $3 AND place > $4 THEN (place - $4) * CAST($5 AS bigint)
        WHEN many <= $3 AND calm AND waiters > $6 THEN (waiters - $6) * CAST($7 AS bigint)
        WHEN many <= $3 AND NOT calm AND place > $4 THEN (place - $4) * CAST($8 AS bigint) ELSE 0 END AS delay
FROM (`+ranked(where, "turned, turn", "green")+`) q`, args...)
}

// atOnce has all bumped pull requests of a branch looked at whose rules may have changed. What is green comes first, for by the
// new rules it may have to be taken back, and until it is, GitHub's own button may go by it.
func (t *tx) atOnce(c touch, sc pull.Scope) stmt {
	where, args := due(sc, []any{before.Microseconds(), c.id})
	return t.file(passArgs{}.Kind(), passes, 0, `
SELECT '{"repo":' || repo || ',"number":' || number || '}' AS args, (place - many) * CAST($1 AS bigint) AS delay
FROM (`+ranked(where, "green", "turned, turn")+`) q`, args...)
}

// ranked gives the bumped pull requests of a branch their places, by the two orders and then by how long ago they were read.
// The condition is one of the pulls, and the second argument names the touch.
func ranked(where string, orders ...string) string {
	var green []string
	for _, g := range pull.Gates {
		green = append(green, fmt.Sprintf("p.print LIKE '%%|%s=%s%%'", g, pull.Pass))
	}
	by := strings.NewReplacer("turned", "CASE WHEN t.turn IS NULL THEN 1 ELSE 0 END", "turn", "t.turn",
		"green", "CASE WHEN "+strings.Join(green, " AND ")+" THEN 0 ELSE 1 END").Replace(strings.Join(orders, ", "))
	return `SELECT p.repo, p.number, p.calm, p.print LIKE '%|` + fmt.Sprintf("%s=%s", pull.GateDuo, pull.Pass) + ` confirmed:%' AS confirmed, count(*) OVER () AS many, sum(CASE WHEN p.calm THEN 1 ELSE 0 END) OVER () AS waiters,
        row_number() OVER (ORDER BY ` + by + `, p.saved_at, p.number) AS place
    FROM (SELECT repo, number, branch, print, saved_at, calm FROM pulls WHERE touched = $2 AND ` + where + `) p
    LEFT JOIN (SELECT repo, branch, number, row_number() OVER (PARTITION BY repo, branch ORDER BY ` + order + `) AS turn FROM turns) t
    ON t.repo = p.repo AND t.branch = p.branch AND t.number = p.number`
}
