package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

const ledgerRows = 100

// ledgerView is a page of a repository's ledger, newest first.
type ledgerView struct {
	Repo   pull.Repo
	Path   string // of this ledger
	Rows   []event
	Before int64 // what was asked for; 0 for the newest
	Older  string
	// Checkpoint is how the whole ledger stands; empty where it could not be worked out.
	Checkpoint string
	Signed     bool
}

// PullPath is where the page of one of the repository's pull requests is.
func (v ledgerView) PullPath(number int) string {
	return pagePath(pull.Request{Repo: v.Repo, Number: number})
}

func ledgerPath(r pull.Repo) string {
	return "/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name) + "/ledger"
}

// ledgerPage shows a repository's ledger to its admins. To whoever may not read the repository, there is no such page.
func (s *Server) ledgerPage(w http.ResponseWriter, r *http.Request, v viewer) {
	owner, name := r.PathValue("owner"), r.PathValue("repo")
	before, err := strconv.ParseInt(orDefault(r.URL.Query().Get("before"), "0"), 10, 64)
	if err != nil || before < 0 || !ownerName.MatchString(owner) || !repoName.MatchString(name) {
		s.nothing(w, r)
		return
	}
	if !s.shown(w, r, v, address{owner: owner, repo: name}) {
		return
	}
	view, may, ok, err := s.lookBack(r.Context(), v, owner, name, before)
	switch {
	case err != nil:
		s.unread(w, r, err)
	case !ok:
		s.nothing(w, r)
	case !may:
		s.answer(w, r, http.StatusForbidden, notAdmin)
	default:
		s.draw(w, r, "ledger", frame{Title: "Ledger of " + view.Repo.FullName(), Viewer: v.Login, Body: view})
	}
}

// lookBack gathers a page of the ledger. ok is false where there is nothing for this viewer, may where it is not for
// them to read.
func (s *Server) lookBack(ctx context.Context, v viewer, owner, name string, before int64) (view ledgerView, may, ok bool, err error) {
	repo, ok, err := s.Records.FindRepo(ctx, owner, name)
	if err != nil || !ok {
		return view, false, false, wrap("finding the repository", err)
	}
	asked := pull.Repo{ID: repo.ID, Owner: owner, Name: name}
	if ok, err := v.sees(ctx, asked); err != nil || !ok {
		return view, false, false, err
	}
	if may, err := v.administers(ctx, asked); err != nil || !may {
		return view, false, true, err
	}
	entries, err := s.Records.History(ctx, repo.ID, before, ledgerRows+1)
	if err != nil {
		return view, false, false, wrap("reading the ledger", err)
	}
	view = ledgerView{Repo: repo, Path: ledgerPath(repo), Before: before}
	if len(entries) > ledgerRows {
		entries = entries[:ledgerRows]
		view.Older = fmt.Sprintf("%s?before=%d", view.Path, entries[ledgerRows-1].ID)
	}
	if s.Checkpoint != nil && before == 0 {
		// A ledger that is damaged has no checkpoint, and its rows are what an admin then wants to see.
		if view.Checkpoint, err = s.Checkpoint(ctx); err != nil {
			s.Log.ErrorContext(ctx, "the ledger's checkpoint could not be made", "error", err)
		}
		view.Signed = strings.Contains(view.Checkpoint, "\n— ")
	}
	view.Rows = s.tellAll(entries, func(e pull.Entry) string {
		if e.Pull == 0 {
			return ""
		}
		return view.PullPath(e.Pull)
	})
	return view, true, true, nil
}
