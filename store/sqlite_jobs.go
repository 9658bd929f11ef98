package store

import (
	"context"
	"time"
)

// River's own insert cannot bring forward a job that waits, and cannot file a job that is due in half a second with
// better precision than its five-second scheduler, so jobs are filed with SQL on River's table. unique is the condition
// of River's unique index; 241 stands for the states available, pending, retryable, running and scheduled.
//
// A job that is due already is not touched, not even locked: a worker that looks for jobs passes over locked ones.
func (*sqliteDB) fileSQL(kind, queue, source string) string {
	const unique = `unique_key IS NOT NULL AND unique_states IS NOT NULL AND CASE state
    WHEN 'available' THEN unique_states & (1 << 0)
    WHEN 'cancelled' THEN unique_states & (1 << 1)
    WHEN 'completed' THEN unique_states & (1 << 2)
    WHEN 'discarded' THEN unique_states & (1 << 3)
    WHEN 'pending'   THEN unique_states & (1 << 4)
    WHEN 'retryable' THEN unique_states & (1 << 5)
    WHEN 'running'   THEN unique_states & (1 << 6)
    WHEN 'scheduled' THEN unique_states & (1 << 7)
    ELSE 0 END >= 1`
	const due = `strftime('%Y-%m-%d %H:%M:%f', 'now', (j.delay / 1000000.0) || ' seconds')`
	key := `CAST('` + kind + ` ' || j.args AS blob)`
	return `
INSERT INTO river_job (unique_key, unique_states, kind, queue, args, scheduled_at, state, max_attempts)
SELECT ` + key + `, 241, '` + kind + `', '` + queue + `', jsonb(j.args), ` + due + `, 'available', 30000
FROM (` + source + `) j WHERE NOT EXISTS (SELECT 1 FROM river_job
    WHERE unique_key = ` + key + ` AND ` + unique + ` AND state = 'available' AND scheduled_at <= ` + due + `)
ON CONFLICT (unique_key) WHERE ` + unique + `
DO UPDATE SET state = 'available', scheduled_at = min(river_job.scheduled_at, excluded.scheduled_at)
WHERE river_job.state IN ('available', 'scheduled', 'retryable') RETURNING 1`
}

// headsSQL goes from repository to repository in the index; see PostgreSQL's.
func (*sqliteDB) headsSQL() string {
	const waiting = `FROM river_job WHERE state = 'available' AND queue = '` + passes + `'`
	const repo = `CAST(args->>'repo' AS integer)`
	return `
WITH RECURSIVE step(repo) AS (
    SELECT min(` + repo + `) ` + waiting + `
    UNION ALL SELECT (SELECT min(` + repo + `) ` + waiting + ` AND ` + repo + ` > step.repo) FROM step WHERE step.repo IS NOT NULL
), head AS (SELECT repo, (SELECT min(scheduled_at) ` + waiting + ` AND ` + repo + ` = step.repo) AS oldest FROM step WHERE repo IS NOT NULL)
SELECT repo, oldest FROM head WHERE oldest <= datetime('now', 'subsec')`
}

// takeSQL need not remember who had a job before: the file belongs to one process.
func (*sqliteDB) takeSQL() string {
	micros := func(column string) string {
		return `CAST(unixepoch(` + column + `, 'subsec') * 1000000 AS integer)`
	}
	return `
UPDATE river_job SET state = 'running', attempt = attempt + 1, attempted_at = datetime('now', 'subsec'), attempted_by = jsonb_array($3)
WHERE id IN (SELECT id FROM river_job WHERE state = 'available' AND queue = '` + passes + `' AND CAST(args->>'repo' AS integer) = $1
    AND scheduled_at <= datetime('now', 'subsec') ORDER BY scheduled_at, id LIMIT $2)
RETURNING id, kind, json(args), json(metadata), attempt, max_attempts, priority, ` + micros("created_at") + `, ` + micros("scheduled_at") + `, ` +
		micros("attempted_at")
}

func (*sqliteDB) statsSQL() string {
	return `
SELECT queue, CASE WHEN state = 'available' AND unixepoch(scheduled_at, 'subsec') > unixepoch('subsec') THEN 'scheduled' ELSE state END, count(*), coalesce(cast(1000000 *
    max(CASE WHEN state = 'available' THEN unixepoch('subsec') - unixepoch(scheduled_at, 'subsec') END) AS integer), 0)
FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded') GROUP BY 1, 2`
}

func (*sqliteDB) waitingSQL() string {
	return `
SELECT count(*) OVER (), w.repo, w.n, w.age, coalesce(repos.owner, ''), coalesce(repos.name, '')
FROM (SELECT CAST(args->>'repo' AS integer) AS repo, count(*) AS n, CAST(1000000 * max(unixepoch('subsec') - unixepoch(scheduled_at, 'subsec')) AS integer) AS age
    FROM river_job WHERE state = 'available' AND queue = '` + passes + `' AND scheduled_at <= datetime('now', 'subsec') GROUP BY 1) w
LEFT JOIN repos ON repos.id = w.repo ORDER BY w.age DESC, w.repo LIMIT $1`
}

// reclaim needs to look only once: whatever runs when a process starts belonged to the one before it.
func (d *sqliteDB) reclaim(ctx context.Context, _ string, _ time.Duration, starting bool) (map[string]int, error) {
	freed := map[string]int{}
	if !starting {
		return freed, nil
	}
	return freed, d.run(ctx,
		do(`UPDATE river_job SET state = 'available', scheduled_at = datetime('now', 'subsec') WHERE state = 'running' RETURNING queue`).
			rows(tally(freed)),
		do(`DELETE FROM river_leader`))
}

func (d *sqliteDB) regain(ctx context.Context, _ string, lease time.Duration, hand string) (map[string]int, error) {
	freed := map[string]int{}
	return freed, d.run(ctx, do(`UPDATE river_job SET state = 'available', scheduled_at = datetime('now', 'subsec') WHERE state = 'running'
AND unixepoch(attempted_at, 'subsec') < unixepoch('subsec') - $1 / 1000000.0
AND id NOT IN (SELECT value FROM json_each($2)) RETURNING queue`, lease.Microseconds(), hand).rows(tally(freed)))
}

func (*sqliteDB) deadSQL(column string) string { return column + ` <> $1` }
