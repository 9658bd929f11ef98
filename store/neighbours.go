package store

import (
	"context"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Neighbours lists the latest outcomes of the other open pull requests into the same branch, whole, by number and at
// most limit, and says how many there are in all.
func (s *Store) Neighbours(ctx context.Context, k pull.Key, branch string, limit int) (list []pull.Record, total int, err error) {
	const others = ` FROM pulls WHERE open AND record <> '' AND repo = $1 AND number <> $2 AND branch = $3`
	list, err = s.records(ctx, do(`SELECT record, error`+others+` ORDER BY number LIMIT $4`, k.Repo, k.Number, branch, limit))
	if err == nil {
		found := false
		err = s.db.run(ctx, do(`SELECT count(*)`+others, k.Repo, k.Number, branch).into(&found, &total))
	}
	return list, total, wrap("listing pull requests into the same branch", err)
}

// OwnedBy lists the latest outcomes of open pull requests of an owner's repositories, whole, at most limit, and says how
// many there are in all: but for those into the one branch of the one repository.
func (s *Store) OwnedBy(ctx context.Context, owner string, repo int64, branch string, limit int) (list []pull.Record, total int, err error) {
	const owned = ` FROM pulls WHERE open AND record <> '' AND NOT (repo = $2 AND branch = $3)
AND repo IN (SELECT id FROM repos WHERE lower(owner) = lower($1) AND NOT gone)`
	list, err = s.records(ctx, do(`SELECT record, error`+owned+` ORDER BY repo, number LIMIT $4`, owner, repo, branch, limit))
	if err == nil {
		found := false
		err = s.db.run(ctx, do(`SELECT count(*)`+owned, owner, repo, branch).into(&found, &total))
	}
	return list, total, wrap("listing an owner's pull requests", err)
}

// Borrowers lists the latest outcomes of open pull requests of an owner's repositories, whole, at most limit, that borrow
// what, and says how many there are in all: but for k itself. With no owner they are everybody's.
func (s *Store) Borrowers(ctx context.Context, k pull.Key, owner, what string, limit int) (list []pull.Record, total int, err error) {
	const borrowers = ` FROM pulls WHERE open AND record <> '' AND NOT (repo = $1 AND number = $2)
AND borrows <> '' AND replace(borrows, $4, '') <> borrows AND repo IN (SELECT id FROM repos WHERE ($3 = '' OR lower(owner) = lower($3)) AND NOT gone)`
	list, err = s.records(ctx, do(`SELECT record, error`+borrowers+` ORDER BY repo, number LIMIT $5`, k.Repo, k.Number, owner, barred(what), limit))
	if err == nil {
		found := false
		err = s.db.run(ctx, do(`SELECT count(*)`+borrowers, k.Repo, k.Number, owner, barred(what)).into(&found, &total))
	}
	return list, total, wrap("listing who borrows a file", err)
}

// Lent names, in lower case, the files of a repository ("owner/name") that open pull requests of others are judged or
// landed by.
func (s *Store) Lent(ctx context.Context, repository string) (names []string, err error) {
	prefix := strings.ToLower(repository) + ":"
	// Asked in every pass: which lists name the repository at all, the index alone tells.
	err = s.db.run(ctx, do(`SELECT DISTINCT borrows FROM pulls WHERE open AND rests_on <> ''
AND rests_on IN (SELECT DISTINCT rests_on FROM pulls WHERE open AND rests_on <> '' AND replace(rests_on, $1, '') <> rests_on)`, barred(repository)).
		rows(func(r row) error {
			var borrows string
			if err := r.Scan(&borrows); err != nil {
				return err
			}
			for name := range strings.SplitSeq(borrows, "|") {
				if strings.HasPrefix(name, prefix) && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
			return nil
		}))
	slices.Sort(names)
	return names, wrap("looking for files that others point to", err)
}
