package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/sallyport/sallyport/pull"
)

// auditArgs is the job "see how this branch came to be where it is". The SHA is only a name for the push: every audit
// reads where the branch is now, and one push more is one audit more, even while another runs.
type auditArgs struct {
	Repo   int64  `json:"repo"`
	Branch string `json:"branch"`
	SHA    string `json:"sha"`
	Before string `json:"before,omitempty"` // where the push found the branch
}

// Kind names the job.
func (auditArgs) Kind() string { return "audit" }

func (a auditArgs) text() (string, error) {
	b, err := json.Marshal(a)
	return string(b), err
}

// audited has a pushed branch looked at, where it is one that pull requests go into.
func (t *tx) audited(moves []pull.Moved) ([]stmt, error) {
	var batch []stmt
	for _, m := range moves {
		args, err := auditArgs{m.Repo, m.Branch, m.SHA, m.Before}.text()
		if err != nil {
			return nil, err
		}
		if m.Default && m.Before != "" { // the first push that is heard of is held against what was there before it
			batch = append(batch, do(`INSERT INTO tips (repo, branch, sha, at) SELECT CAST($1 AS bigint), CAST($2 AS text), CAST($3 AS text), sallyport_now()
WHERE NOT EXISTS (SELECT 1 FROM tips WHERE repo = $1 AND branch = $2) ON CONFLICT (repo, branch) DO NOTHING`, m.Repo, m.Branch, m.Before))
		}
		batch = append(batch, t.file(auditArgs{}.Kind(), upkeep, 0, `
SELECT CAST($1 AS text) AS args, CAST(0 AS bigint) AS delay WHERE $2 OR EXISTS (SELECT 1 FROM tips WHERE repo = $3 AND branch = $4)
    OR EXISTS (SELECT 1 FROM pulls WHERE open AND repo = $3 AND branch = $4)`, args, m.Default, m.Repo, m.Branch))
	}
	return batch, nil
}

// AuditTips has branches looked at whose tips are not what the books know, as after a push event that never came.
func (s *Store) AuditTips(ctx context.Context, repo int64, tips map[string]string) error {
	err := s.inTx(ctx, func(t *tx) error {
		for branch, sha := range tips {
			known, _, err := t.tip(ctx, repo, branch)
			if err != nil {
				return err
			}
			if known == sha {
				continue
			}
			args, err := auditArgs{Repo: repo, Branch: branch, SHA: sha}.text()
			if err != nil {
				return err
			}
			if err := t.run(ctx, t.fileOne(auditArgs{}.Kind(), upkeep, args, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	return wrap("filing audits", err)
}

// Tip is the last tip of a branch that the books account for; false where the branch was never seen.
func (s *Store) Tip(ctx context.Context, repo int64, branch string) (sha string, known bool, err error) {
	sha, known, err = readBranchTip(ctx, s.db, repo, branch)
	return sha, known, wrap("reading a branch's tip", err)
}

func (t *tx) tip(ctx context.Context, repo int64, branch string) (string, bool, error) {
	return readBranchTip(ctx, t, repo, branch)
}

func readBranchTip(ctx context.Context, c conn, repo int64, branch string) (sha string, known bool, err error) {
	err = c.run(ctx, do(`SELECT sha FROM tips WHERE repo = $1 AND branch = $2`, repo, branch).into(&known, &sha))
	return sha, known, err
}

// MoveTip notes that a branch's new tip is accounted for, unless somebody else noted another since before was read;
// an empty before means that there was none.
func (s *Store) MoveTip(ctx context.Context, repo int64, branch, before, after string) error {
	return wrap("noting a branch's tip", s.db.run(ctx,
		do(`INSERT INTO tips (repo, branch, sha, at) SELECT CAST($1 AS bigint), CAST($2 AS text), CAST($3 AS text), sallyport_now() WHERE $4 = ''
ON CONFLICT (repo, branch) DO NOTHING`, repo, branch, after, before),
		do(`UPDATE tips SET sha = $3, at = sallyport_now() WHERE repo = $1 AND branch = $2 AND sha = $4`, repo, branch, after, before)))
}

// landed is what an own landing does to its branch's tip: it is accounted for from the instant it is in the books.
func landed(b pull.Binding, sha string) []stmt {
	return []stmt{
		do(`UPDATE tips SET sha = $3, at = sallyport_now() WHERE repo = $1 AND branch = $2 AND sha = $4`, b.Repo, b.Branch, sha, b.Base),
		do(`INSERT INTO tips (repo, branch, sha, at) SELECT CAST($1 AS bigint), CAST($2 AS text), CAST($3 AS text), sallyport_now()
WHERE NOT EXISTS (SELECT 1 FROM tips WHERE repo = $1 AND branch = $2) ON CONFLICT (repo, branch) DO NOTHING`, b.Repo, b.Branch, sha),
	}
}

// LandedAs finds the pull request that the books say became this commit of a branch: by its record or, from the instant at which
// a landing is no longer under way until that one's pass has saved its record, by the landing.
func (s *Store) LandedAs(ctx context.Context, repo int64, branch, sha string) (pull.LandedAs, bool, error) {
	known, found, err := s.recordedAs(ctx, repo, branch, sha)
	if err != nil || found {
		return known, found, err
	}
	var ended []pull.Intent
	err = s.db.run(ctx, do(`SELECT id, body, entry FROM landings WHERE repo = $1 AND landed = $2 AND state IN ('done', 'breach') ORDER BY id DESC`,
		repo, sha).rows(collect(&ended, scanIntent)))
	if err != nil {
		return known, false, wrap("looking up what landed", err)
	}
	for _, i := range ended {
		if i.Binding.Branch == branch {
			return pull.LandedAs{Number: i.Binding.Number, Under: i.Binding.Base}, true, nil
		}
	}
	return known, false, nil
}

func (s *Store) recordedAs(ctx context.Context, repo int64, branch, sha string) (known pull.LandedAs, found bool, err error) {
	var text string
	err = s.db.run(ctx, do(`SELECT number, record FROM pulls WHERE repo = $1 AND branch = $2 AND landed = $3 LIMIT 1`, repo, branch, sha).
		into(&found, &known.Number, &text))
	if err != nil || !found {
		return known, false, wrap("looking up what landed", err)
	}
	var r pull.Record
	if err := decode(text, &r); err != nil {
		return known, false, err
	}
	known.Under = r.Request.Landed.Under
	return known, true, nil
}

// LandingsUnderWay lists the landings into the branch whose outcome is not in the books.
func (s *Store) LandingsUnderWay(ctx context.Context, repo int64, branch string) ([]pull.Intent, error) {
	var open []pull.Intent
	err := s.db.run(ctx, do(`SELECT id, body, entry FROM landings WHERE repo = $1 AND state = '' ORDER BY id`, repo).rows(collect(&open, scanIntent)))
	open = slices.DeleteFunc(open, func(i pull.Intent) bool { return i.Binding.Branch != branch })
	return open, wrap("listing landings under way", err)
}

type auditWorker struct {
	river.WorkerDefaults[auditArgs]
	s      *Store
	handle func(ctx context.Context, repo pull.Repo, branch, before, after string) (pull.Outcome, error)
}

// Timeout is that of a pass.
func (*auditWorker) Timeout(*river.Job[auditArgs]) time.Duration { return passTimeout + bookTimeout }

// Work audits the branch, again later where something must be awaited.
func (w *auditWorker) Work(ctx context.Context, job *river.Job[auditArgs]) error {
	if w.handle == nil {
		return nil
	}
	repo, err := w.s.repo(ctx, job.Args.Repo)
	if err != nil {
		return err
	}
	out, err := w.audit(ctx, repo, job.Args)
	if err != nil {
		return err
	}
	if out.After > 0 {
		return river.JobSnooze(out.After)
	}
	return nil
}

func (w *auditWorker) audit(ctx context.Context, repo pull.Repo, args auditArgs) (out pull.Outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	defer guard(w.s, "audit", &err)
	return w.handle(ctx, repo, args.Branch, args.Before, args.SHA)
}
