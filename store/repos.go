package store

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

const repoColumns = `id, node_id, owner, name, default_branch, installation`

func scanRepo(r row, repo *pull.Repo) error {
	return r.Scan(&repo.ID, &repo.NodeID, &repo.Owner, &repo.Name, &repo.DefaultBranch, &repo.Installation)
}

// described brings what is known of repositories up to date. The id is the identity; an empty field says nothing. The
// row is written only when something differs: deliveries of one repository must not wait for one another.
func described(repos []pull.Repo) []stmt {
	var batch []stmt
	for _, r := range repos {
		batch = append(batch, do(`
INSERT INTO repos (id, node_id, owner, name, default_branch, installation, changed_at)
SELECT CAST($1 AS bigint), CAST($2 AS text), CAST($3 AS text), CAST($4 AS text), CAST($5 AS text), CAST($6 AS bigint), sallyport_now()
WHERE NOT EXISTS (SELECT 1 FROM repos WHERE id = $1 AND NOT gone
    AND $2 IN ('', node_id) AND $3 IN ('', owner) AND $4 IN ('', name) AND $5 IN ('', default_branch) AND $6 IN (0, installation))
ON CONFLICT (id) DO UPDATE SET gone = false, changed_at = excluded.changed_at,
    node_id = CASE WHEN excluded.node_id <> '' THEN excluded.node_id ELSE repos.node_id END,
    owner = CASE WHEN excluded.owner <> '' THEN excluded.owner ELSE repos.owner END,
    name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE repos.name END,
    default_branch = CASE WHEN excluded.default_branch <> '' THEN excluded.default_branch ELSE repos.default_branch END,
    installation = CASE WHEN excluded.installation <> 0 THEN excluded.installation ELSE repos.installation END`,
			r.ID, r.NodeID, r.Owner, r.Name, r.DefaultBranch, r.Installation))
	}
	return batch
}

func gone(ids []int64) []stmt {
	var batch []stmt
	for _, id := range ids {
		batch = append(batch, do(`UPDATE repos SET gone = true, changed_at = sallyport_now() WHERE id = $1 AND NOT gone`, id))
	}
	return batch
}

// UpsertRepos brings what is known of the repositories up to date: owner, name, default branch and installation may
// change under the id, and empty fields change nothing.
func (s *Store) UpsertRepos(ctx context.Context, repos []pull.Repo) error {
	if len(repos) == 0 {
		return nil
	}
	return wrap("writing repositories", s.inTx(ctx, func(t *tx) error { return t.run(ctx, described(repos)...) }))
}

// Repos lists the repositories that the app can see, by name.
func (s *Store) Repos(ctx context.Context) ([]pull.Repo, error) {
	var out []pull.Repo
	err := s.db.run(ctx, do(`SELECT `+repoColumns+` FROM repos WHERE NOT gone ORDER BY lower(owner), lower(name), id`).
		rows(func(r row) error {
			out = append(out, pull.Repo{})
			return scanRepo(r, &out[len(out)-1])
		}))
	return out, wrap("listing repositories", err)
}

// FindRepo finds a repository by the name it has now, whatever its case. Where an old name was given to another
// repository, the one that changed last has it.
func (s *Store) FindRepo(ctx context.Context, owner, name string) (pull.Repo, bool, error) {
	var repo pull.Repo
	var found bool
	err := s.db.run(ctx, do(`
SELECT `+repoColumns+` FROM repos WHERE lower(owner) = lower($1) AND lower(name) = lower($2) AND NOT gone
ORDER BY changed_at DESC, id DESC LIMIT 1`, owner, name).
		rows(func(r row) error { found = true; return scanRepo(r, &repo) }))
	return repo, found, wrap("finding a repository", err)
}

// repo is what is known of a repository; at least its id.
func (s *Store) repo(ctx context.Context, id int64) (pull.Repo, error) {
	repo := pull.Repo{ID: id}
	err := s.db.run(ctx, do(`SELECT `+repoColumns+` FROM repos WHERE id = $1`, id).
		rows(func(r row) error { return scanRepo(r, &repo) }))
	return repo, wrap("reading a repository", err)
}

// wrap says what was attempted when err is not nil.
func wrap(attempt string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", attempt, err)
}
