package store

import (
	"context"
	"time"
)

// The twin of the SQLite statement of this name; see there for why it is not River's own.
func (*postgresDB) fileSQL(kind, queue, source string) string {
	const unique = `unique_key IS NOT NULL AND unique_states IS NOT NULL AND river_job_state_in_bitmask(unique_states, state)`
	const due = `now() + j.delay * interval '1 microsecond'`
	key := `convert_to('` + kind + ` ' || j.args, 'UTF8')`
	return `
INSERT INTO river_job (unique_key, unique_states, kind, queue, args, scheduled_at, state, max_attempts)
SELECT ` + key + `, 241::bit(8), '` + kind + `', '` + queue + `', j.args::jsonb, ` + due + `, 'available'::river_job_state, 30000
FROM (` + source + `) j WHERE NOT EXISTS (SELECT FROM river_job
    WHERE unique_key = ` + key + ` AND ` + unique + ` AND state = 'available' AND scheduled_at <= ` + due + `)
ON CONFLICT (unique_key) WHERE ` + unique + `
DO UPDATE SET state = 'available', scheduled_at = least(river_job.scheduled_at, excluded.scheduled_at)
WHERE river_job.state IN ('available', 'scheduled', 'retryable') RETURNING 1`
}

func (*postgresDB) statsSQL() string {
	return `
SELECT queue, CASE WHEN state = 'available' AND scheduled_at > now() THEN 'scheduled' ELSE state::text END, count(*),
    coalesce((extract(epoch FROM max(now() - scheduled_at) FILTER (WHERE state = 'available')) * 1000000)::bigint, 0)
FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded') GROUP BY 1, 2`
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

func (*postgresDB) deadSQL(column string) string {
	return `(` + column + ` <> $1 AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND classid = ` + presenceClass + `::int4::oid AND objid = hashtext(` + column + `)::oid))`
}
