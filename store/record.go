package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// overviewLimit bounds what the overview page is given at a time.
const overviewLimit = 500

// Save keeps the outcome of a pass. When a verdict's state or reasons, or the record's state, differ from the last
// ones, the ledger gets an entry "verdict". A pull request that is no longer open leaves every queue for a turn.
func (s *Store) Save(ctx context.Context, r pull.Record) error {
	record, err := encode(r)
	if err != nil {
		return err
	}
	light, err := encode(lighten(r))
	if err != nil {
		return err
	}
	err = s.inTx(ctx, func(t *tx) error { return t.save(ctx, r, record, light) })
	return wrap("saving the record of "+r.Key.String(), err)
}

func (t *tx) save(ctx context.Context, r pull.Record, record, light string) error {
	var print, landed string
	var wasOpen bool
	err := t.one(ctx, do(`
INSERT INTO pulls (repo, number) VALUES ($1, $2) ON CONFLICT (repo, number) DO UPDATE SET repo = excluded.repo RETURNING print, open, landed`,
		r.Key.Repo, r.Key.Number), &print, &wasOpen, &landed)
	if err != nil {
		return err
	}
	t.changed(r.Key)
	if err := t.noteGlass(ctx, r); err != nil {
		return err
	}
	open, now := isOpen(r), fingerprint(r)
	err = t.run(ctx, append(keepPushes(r.Request), do(`
UPDATE pulls SET record = $3, light = $4, print = $5, open = $6, saved_at = sallyport_now(),
    head = CASE WHEN $7 <> '' THEN $7 ELSE head END, branch = CASE WHEN $8 <> '' THEN $8 ELSE branch END,
    author = CASE WHEN $9 <> 0 THEN $9 ELSE author END, landed = $10, rests_on = $11, grouped = $12, borrows = $13, gated = $14, calm = $15
WHERE repo = $1 AND number = $2`,
		r.Key.Repo, r.Key.Number, record, light, now, open, r.Request.Head.SHA, r.Request.Base.Branch, r.Request.Author.ID,
		cmp.Or(r.LandedSHA, r.Request.Landed.SHA), restsOn(r), groupOf(r), barred(r.Borrows...), r.State == string(pull.Open), r.Calm))...)
	if err != nil {
		return err
	}
	if err := t.await(ctx, r, open != wasOpen || landed != cmp.Or(r.LandedSHA, r.Request.Landed.SHA)); err != nil {
		return err
	}
	if now != print {
		t.note(pull.Entry{Kind: "verdict", Repo: r.Key.Repo, Pull: r.Key.Number, Body: verdictsOf(r)})
	}
	if open {
		return nil
	}
	return t.leaveAll(ctx, r.Key, "")
}

// restsOn lists, each between bars, the other repositories whose files the request is judged or landed by, and the other
// organisations whose members it was judged by.
func restsOn(r pull.Record) string {
	var names []string
	for _, source := range []pull.Source{r.Request.Remote, r.Request.Landing} {
		if repo, _, elsewhere := source.Elsewhere(); elsewhere {
			names = append(names, strings.ToLower(repo))
		}
	}
	for _, team := range r.Asked.Teams {
		if org, _, _ := strings.Cut(strings.ToLower(team), "/"); org != strings.ToLower(r.Request.Repo.Owner) {
			names = append(names, org)
		}
	}
	slices.Sort(names)
	return barred(slices.Compact(names)...)
}

// barred writes names into one column, each between bars and in lower case.
func barred(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("|" + strings.ToLower(name) + "|")
	}
	return b.String()
}

// groupOf is the head of the group that GitHub's merge queue built for it: checks on that are news about it.
func groupOf(r pull.Record) string {
	if r.Request.Queued == nil {
		return r.Watches
	}
	return r.Request.Queued.Head
}

// isOpen believes GitHub's word where there is one, and the record's state otherwise.
func isOpen(r pull.Record) bool {
	switch r.Request.State {
	case pull.Closed, pull.Merged:
		return false
	case pull.Open:
		return true
	}
	return r.State == "open" || r.State == "ungated" || r.State == ""
}

// fingerprint is equal for records between which nothing changed that a reader of the ledger would want to know.
func fingerprint(r pull.Record) string {
	var b strings.Builder
	b.WriteString(r.State)
	for _, v := range r.Verdicts {
		fmt.Fprintf(&b, "|%s=%s", v.Gate, v.State)
		for _, reason := range v.Reasons {
			writeCodes(&b, reason)
		}
	}
	return b.String()
}

func writeCodes(b *strings.Builder, r pull.Reason) {
	fmt.Fprintf(b, " %s:%s", r.Code, r.State)
	for _, because := range r.Because {
		b.WriteString("(")
		writeCodes(b, because)
		b.WriteString(")")
	}
}

// lighten drops what the overview does not show: commits alone can weigh megabytes.
func lighten(r pull.Record) pull.Record {
	q := r.Request
	r.Request = pull.Request{
		Repo: q.Repo, Number: q.Number, NodeID: q.NodeID, URL: q.URL, Title: q.Title, State: q.State, Draft: q.Draft,
		Author: q.Author, Labels: q.Labels, Head: q.Head, Base: q.Base, Test: q.Test, CommitsTotal: q.CommitsTotal,
		Pusher: q.Pusher, Landed: q.Landed, At: q.At, Policy: pull.Source{Path: q.Policy.Path, Blob: q.Policy.Blob}, Glass: q.Glass,
	}
	return r
}

// Record is the latest outcome for a pull request; false when no pass has been made yet. Error says why the last pass
// could not finish, even where the rest is of an earlier one.
func (s *Store) Record(ctx context.Context, k pull.Key) (pull.Record, bool, error) {
	r, found, failed := pull.Record{Key: k}, false, int64(0)
	var record, failure string
	err := s.db.run(ctx, do(`SELECT record, error, error_at FROM pulls WHERE repo = $1 AND number = $2`, k.Repo, k.Number).
		into(&found, &record, &failure, &failed))
	if err != nil {
		return r, false, wrap("reading a record", err)
	}
	if record != "" {
		if err := decode(record, &r); err != nil {
			return r, false, err
		}
	}
	if failure != "" {
		r.Error = failure
	}
	if record == "" && failure != "" {
		repo, err := s.repo(ctx, k.Repo)
		r.State, r.At, r.Request = "open", moment(failed), pull.Request{Repo: repo, Number: k.Number}
		return r, err == nil, err
	}
	return r, record != "", nil
}

// OpenRecords lists the latest outcomes for open, gated pull requests of the repositories, those first that were saved last, at
// most 500 behind the first skip. They are light: without body, files, commits, reviews, checks, standing and the policy's text.
func (s *Store) OpenRecords(ctx context.Context, repos []int64, skip int) ([]pull.Record, error) {
	if len(repos) == 0 {
		return nil, nil
	}
	in, args := "", []any{overviewLimit, skip}
	for _, id := range repos {
		args = append(args, id)
		in += fmt.Sprintf(", $%d", len(args))
	}
	out, err := s.records(ctx, do(`
SELECT light, error FROM pulls WHERE open AND gated AND light <> '' AND repo IN (`+in[2:]+`)
ORDER BY saved_at DESC, repo, number LIMIT $1 OFFSET $2`, args...))
	return out, wrap("listing open pull requests", err)
}

// OpenRepos lists the repositories that have open, gated pull requests, and how many.
func (s *Store) OpenRepos(ctx context.Context) ([]pull.OpenRepo, error) {
	var out []pull.OpenRepo
	err := s.db.run(ctx, do(`
SELECT `+repoColumns+`, n FROM (SELECT repo, count(*) AS n FROM pulls WHERE open AND gated AND light <> '' GROUP BY repo) AS many
JOIN repos ON repos.id = many.repo WHERE NOT gone ORDER BY owner, name`).
		rows(collect(&out, func(r row, o *pull.OpenRepo) error {
			return r.Scan(&o.Repo.ID, &o.Repo.NodeID, &o.Repo.Owner, &o.Repo.Name, &o.Repo.DefaultBranch, &o.Repo.Installation, &o.Open)
		})))
	return out, wrap("listing repositories with open pull requests", err)
}

// Siblings lists the other open pull requests of the repository with this head and target branch, by number.
func (s *Store) Siblings(ctx context.Context, k pull.Key, head, branch string) ([]pull.Record, error) {
	out, err := s.records(ctx, do(`
SELECT record, error FROM pulls WHERE open AND record <> '' AND repo = $1 AND number <> $2 AND head = $3 AND branch = $4 ORDER BY number`,
		k.Repo, k.Number, head, branch))
	return out, wrap("listing pull requests with the same head", err)
}

func (s *Store) records(ctx context.Context, st stmt) ([]pull.Record, error) {
	var out []pull.Record
	err := s.db.run(ctx, st.rows(collect(&out, func(r row, rec *pull.Record) error {
		var text, failure string
		if err := r.Scan(&text, &failure); err != nil {
			return err
		}
		if err := decode(text, rec); err != nil {
			return err
		}
		if failure != "" {
			rec.Error = failure
		}
		return nil
	})))
	return slices.Clip(out), err
}

// printable makes a message fit for a text column: PostgreSQL takes neither NUL nor broken UTF-8.
func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
