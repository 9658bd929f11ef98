package store

import (
	"context"
	"time"
)

// The twin of the SQLite statement of this name; see there for why it is not River's own. State as text and OFFSET 0 leave the
// planner no other way than by the unique key: it planned while the table was empty, and looked at all waiting jobs for each.
func (*postgresDB) fileSQL(kind, queue, source string) string {
	const unique = `unique_key IS NOT NULL AND unique_states IS NOT NULL AND river_job_state_in_bitmask(unique_states, state)`
	const due = `now() + j.delay * interval '1 microsecond'`
	key := `convert_to('` + kind + ` ' || j.args, 'UTF8')`
	return `
INSERT INTO river_job (unique_key, unique_states, kind, queue, args, scheduled_at, state, max_attempts)
SELECT ` + key + `, 241::bit(8), '` + kind + `', '` + queue + `', j.args::jsonb, ` + due + `, 'available'::river_job_state, 30000
FROM (` + source + `) j WHERE NOT EXISTS (SELECT FROM river_job
    WHERE unique_key = ` + key + ` AND ` + unique + ` AND state::text = 'available' AND scheduled_at <= ` + due + ` OFFSET 0)
ON CONFLICT (unique_key) WHERE ` + unique + `
DO UPDATE SET state = 'available', scheduled_at = least(river_job.scheduled_at, excluded.scheduled_at)
WHERE river_job.state IN ('available', 'scheduled', 'retryable') RETURNING 1`
}

// headsSQL goes from repository to repository in the index, and so costs as many steps as repositories have a pass filed,
// however many passes there are.
func (*postgresDB) headsSQL() string {
	const waiting = `FROM river_job WHERE state = 'available' AND queue = '` + passes + `'`
	const repo = `(args->>'repo')::bigint`
	return `
WITH RECURSIVE step(repo) AS (
    SELECT min(` + repo + `) ` + waiting + `
    UNION ALL SELECT (SELECT min(` + repo + `) ` + waiting + ` AND ` + repo + ` > step.repo) FROM step WHERE step.repo IS NOT NULL
), head AS (SELECT repo, (SELECT min(scheduled_at) ` + waiting + ` AND ` + repo + ` = step.repo) AS oldest FROM step WHERE repo IS NOT NULL)
SELECT repo, to_char(oldest AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') FROM head WHERE oldest <= now()`
}

func (*postgresDB) takeSQL() string {
	return `
WITH due AS MATERIALIZED (SELECT id FROM river_job WHERE state = 'available' AND queue = '` + passes + `'
    AND (args->>'repo')::bigint = $1 AND scheduled_at <= now() ORDER BY scheduled_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE river_job SET state = 'running', attempt = attempt + 1, attempted_at = now(),
    attempted_by = attempted_by[cardinality(attempted_by) - 8:] || $3::text
FROM due WHERE river_job.id = due.id
RETURNING river_job.id, kind, args::text, metadata::text, attempt, max_attempts, priority, ` + microsSQL("created_at") + `, ` +
		microsSQL("scheduled_at") + `, ` + microsSQL("attempted_at")
}

func microsSQL(column string) string { return `(extract(epoch FROM ` + column + `) * 1000000)::bigint` }

func (*postgresDB) statsSQL() string {
	return `
SELECT queue, CASE WHEN state = 'available' AND scheduled_at > now() THEN 'scheduled' ELSE state::text END, count(*),
    coalesce((extract(epoch FROM max(now() - scheduled_at) FILTER (WHERE state = 'available')) * 1000000)::bigint, 0)
FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded') GROUP BY 1, 2`
}

func (*postgresDB) waitingSQL() string {
	return `
SELECT count(*) OVER (), w.repo, w.n, w.age, coalesce(repos.owner, ''), coalesce(repos.name, '')
FROM (SELECT (args->>'repo')::bigint AS repo, count(*) AS n, (extract(epoch FROM max(now() - scheduled_at)) * 1000000)::bigint AS age
    FROM river_job WHERE state = 'available' AND queue = '` + passes + `' AND scheduled_at <= now() GROUP BY 1) w
LEFT JOIN repos ON repos.id = w.repo ORDER BY w.age DESC, w.repo LIMIT $1`
}

// reclaim frees the jobs and the leadership of processes that died. River's own rescue would wait until a job can be
// called stuck, which is minutes. A process that was stopped keeps its connections: what tells of it is a pass that runs
// for longer than any may.
func (d *postgresDB) reclaim(ctx context.Context, id string, lease time.Duration, _ bool) (map[string]int, error) {
	freed := map[string]int{}
	return freed, d.run(ctx,
		do(`UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'running' AND `+
			d.deadSQL(`attempted_by[array_upper(attempted_by, 1)]`)+` RETURNING queue`, id).rows(tally(freed)),
		do(`UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'running' AND kind = '`+passArgs{}.Kind()+`'
AND attempted_by[array_upper(attempted_by, 1)] <> $1 AND attempted_at < now() - $2 * interval '1 microsecond' RETURNING queue`,
			id, lease.Microseconds()).rows(tally(freed)),
		do(`DELETE FROM river_leader WHERE `+d.deadSQL(`leader_id`), id))
}

func (d *postgresDB) regain(ctx context.Context, id string, lease time.Duration, hand string) (map[string]int, error) {
	freed := map[string]int{}
	return freed, d.run(ctx, do(`UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state = 'running'
AND attempted_by[array_upper(attempted_by, 1)] = $1 AND attempted_at < now() - $2 * interval '1 microsecond'
AND id NOT IN (SELECT value::bigint FROM json_array_elements_text($3::json)) RETURNING queue`, id, lease.Microseconds(), hand).rows(tally(freed)))
}

func (*postgresDB) deadSQL(column string) string {
	return `(` + column + ` <> $1 AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND classid = ` + presenceClass + `::int4::oid AND objid = hashtext(` + column + `)::oid))`
}
