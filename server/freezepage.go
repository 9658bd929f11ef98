package server

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// freezesView is a repository's page of freezes.
type freezesView struct {
	Repo   pull.Repo
	Path   string
	Frozen []pull.Freeze
	Admin  bool // the viewer may freeze and lift
	Form   freezeWish
	Wrong  string

	doubted map[string]bool // frozen branches that nothing aims at
}

// Doubt is said of a freeze that may be of a misspelt branch.
func (v freezesView) Doubt(f pull.Freeze) string {
	if f.Number == 0 && v.doubted[f.Branch] {
		return doubtful
	}
	return ""
}

// freezeWish is what the form holds. A wish that was refused is shown again as it was typed: whoever mends one field must
// not freeze another branch by it.
type freezeWish struct{ Branch, For, Reason string }

func typedFreeze(r *http.Request) freezeWish {
	return freezeWish{strings.TrimSpace(r.PostFormValue("branch")), strings.TrimSpace(r.PostFormValue("for")), r.PostFormValue("reason")}
}

// Liftable reports whether the page can lift a freeze: those for fraud and breaches take a comment.
func (freezesView) Liftable(f pull.Freeze) bool { return f.Code == pull.FrozenBranch }

// PullPath is where the page of one of the repository's pull requests is.
func (v freezesView) PullPath(number int) string {
	return pagePath(pull.Request{Repo: v.Repo, Number: number})
}

func freezesPath(r pull.Repo) string {
	return "/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name) + "/freezes"
}

func (s *Server) freezesLink(r pull.Repo) string {
	if s.Freezes == nil {
		return ""
	}
	return freezesPath(r)
}

func (s *Server) freezesPage(w http.ResponseWriter, r *http.Request, v viewer) {
	repo, ok := s.seenRepo(w, r, v)
	if !ok {
		return
	}
	s.drawFreezes(w, r, v, freezesView{Repo: repo, Form: freezeWish{Branch: repo.DefaultBranch}})
}

// drawFreezes fills in what stands and what the viewer may do about it.
func (s *Server) drawFreezes(w http.ResponseWriter, r *http.Request, v viewer, view freezesView) {
	var err error
	if view.Frozen, err = s.Freezes.Frozen(r.Context(), view.Repo.ID); err != nil {
		s.unread(w, r, err)
		return
	}
	if view.Admin, err = v.steers(r.Context(), view.Repo); err != nil {
		s.unseen(w, r, err)
		return
	}
	status := http.StatusOK
	if view.Wrong != "" {
		status = http.StatusConflict
	}
	view.Path, view.doubted = freezesPath(view.Repo), s.doubted(r.Context(), view.Repo, view.Frozen)
	s.drawAs(w, r, status, "freezes", frame{Title: "Freezes of " + view.Repo.FullName(), Viewer: v.Login, Body: view})
}

// steers reports whether the viewer is somebody, by name, who administers the repository: pages that are open to
// everybody steer nothing.
func (v viewer) steers(ctx context.Context, repo pull.Repo) (bool, error) {
	if v.access == nil {
		return false, nil
	}
	return v.administers(ctx, repo)
}

// freezeForm takes the page's forms. Browsers say where a form came from, and the session's cookie does not travel with
// forms of other sites.
func (s *Server) freezeForm(w http.ResponseWriter, r *http.Request, v viewer) {
	repo, ok := s.seenRepo(w, r, v)
	if !ok {
		return
	}
	by, ok := s.steering(w, r, v, repo)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxFreeze)
	form := freezeWish{Branch: repo.DefaultBranch}
	var wrong string
	var err error
	if lift := r.PostFormValue("lift"); lift != "" {
		wrong, err = s.liftByForm(r.Context(), repo, lift, by)
	} else {
		form = typedFreeze(r)
		wrong, err = s.freezeByForm(r.Context(), repo, form, by)
	}
	switch {
	case err != nil:
		s.unread(w, r, err)
	case wrong != "":
		s.drawFreezes(w, r, v, freezesView{Repo: repo, Form: form, Wrong: wrong})
	default:
		redirect(w, r, freezesPath(repo))
	}
}

// steering is the admin who sent a form; anybody else is turned away. The account is asked of GitHub rather than taken
// from the cookie, since the ledger will name it.
func (s *Server) steering(w http.ResponseWriter, r *http.Request, v viewer, repo pull.Repo) (pull.Account, bool) {
	may, err := v.steers(r.Context(), repo)
	if err != nil {
		s.unseen(w, r, err)
		return pull.Account{}, false
	}
	if !may {
		s.answer(w, r, http.StatusForbidden, notSteering)
		return pull.Account{}, false
	}
	by, err := v.account(r.Context())
	if err != nil {
		s.unseen(w, r, err)
	}
	return by, err == nil
}

func (s *Server) freezeByForm(ctx context.Context, repo pull.Repo, form freezeWish, by pull.Account) (wrong string, err error) {
	f, wrong := wishedFreeze(repo, form.Branch, form.For, form.Reason, by)
	if wrong != "" {
		return wrong, nil
	}
	stands, fresh, err := s.freeze(ctx, f)
	if err == nil && !fresh {
		wrong = alreadyFrozen(stands) + ". Lift that first."
	}
	return wrong, err
}

// liftByForm lifts a freeze of this very repository.
func (s *Server) liftByForm(ctx context.Context, repo pull.Repo, id string, by pull.Account) (wrong string, err error) {
	all, err := s.Freezes.Frozen(ctx, repo.ID)
	for _, f := range all {
		if strconv.FormatInt(f.ID, 10) == id && f.Code == pull.FrozenBranch {
			return "", s.Freezes.Unfreeze(ctx, f.ID, by)
		}
	}
	return "This freeze does not stand any more, or takes a comment to lift.", err
}

// seenRepo finds the repository of a page, for viewers whom GitHub shows it; the answer is given where it does not.
func (s *Server) seenRepo(w http.ResponseWriter, r *http.Request, v viewer) (pull.Repo, bool) {
	a := address{owner: r.PathValue("owner"), repo: r.PathValue("repo")}
	if !ownerName.MatchString(a.owner) || !repoName.MatchString(a.repo) {
		s.nothing(w, r)
		return pull.Repo{}, false
	}
	if !s.shown(w, r, v, a) {
		return pull.Repo{}, false
	}
	repo, ok, err := s.Records.FindRepo(r.Context(), a.owner, a.repo)
	if err != nil {
		s.unread(w, r, err)
		return repo, false
	}
	if sees, err := v.sees(r.Context(), pull.Repo{ID: repo.ID, Owner: a.owner, Name: a.repo}); !ok || err != nil || !sees {
		s.nothing(w, r)
		return repo, false
	}
	return repo, true
}

// account is who the viewer is, by GitHub's word.
func (v viewer) account(ctx context.Context) (pull.Account, error) {
	var user struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
	}
	ok, err := v.access.get(ctx, v.token, "/user", &user)
	if err == nil && (!ok || user.ID == 0) {
		err = errSignedOut
	}
	return pull.Account{ID: user.ID, Login: user.Login, Kind: pull.User}, err
}
