package store

import "context"

// River's own insert cannot bring forward a job that waits, and cannot file a job that is due in half a second with
// better precision than its five-second scheduler, so jobs are filed with SQL on River's table. The condition is that of
// River's unique index; 241 stands for the states available, pending, retryable, running and scheduled.
func (*sqliteDB) fileSQL() string {
	return `
INSERT INTO river_job (unique_key, unique_states, kind, queue, args, scheduled_at, state, max_attempts)
VALUES ($1, 241, $2, $3, jsonb($4), strftime('%Y-%m-%d %H:%M:%f', 'now', ($5 / 1000000.0) || ' seconds'), 'available', 30000)
ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND unique_states IS NOT NULL AND CASE state
    WHEN 'available' THEN unique_states & (1 << 0)
    WHEN 'cancelled' THEN unique_states & (1 << 1)
    WHEN 'completed' THEN unique_states & (1 << 2)
    WHEN 'discarded' THEN unique_states & (1 << 3)
    WHEN 'pending'   THEN unique_states & (1 << 4)
    WHEN 'retryable' THEN unique_states & (1 << 5)
    WHEN 'running'   THEN unique_states & (1 << 6)
    WHEN 'scheduled' THEN unique_states & (1 << 7)
    ELSE 0 END >= 1
DO UPDATE SET state = 'available', scheduled_at = min(river_job.scheduled_at, excluded.scheduled_at)
WHERE river_job.state IN ('scheduled', 'retryable')
   OR (river_job.state = 'available' AND river_job.scheduled_at > excluded.scheduled_at)`
}

func (*sqliteDB) statsSQL() string {
	return `
SELECT queue, state, count(*), coalesce(cast(1000000 *
    max(CASE WHEN state = 'available' THEN unixepoch('subsec') - unixepoch(scheduled_at, 'subsec') END) AS integer), 0)
FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded') GROUP BY queue, state`
}

// reclaim needs to look only once: whatever runs when a process starts belonged to the one before it.
func (d *sqliteDB) reclaim(ctx context.Context, _ string, starting bool) (map[string]int, error) {
	freed := map[string]int{}
	if !starting {
		return freed, nil
	}
	return freed, d.run(ctx,
		do(`UPDATE river_job SET state = 'available', scheduled_at = datetime('now', 'subsec') WHERE state = 'running' RETURNING queue`).
			rows(tally(freed)),
		do(`DELETE FROM river_leader`))
}

func (*sqliteDB) deadSQL(column string) string { return column + ` <> $1` }
