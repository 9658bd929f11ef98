package server

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// freezesView is a repository's page of freezes.
type freezesView struct {
	Repo   pull.Repo
	Path   string
	Frozen []pull.Freeze
	Admin  bool // the viewer may freeze and lift
	Branch string
	Wrong  string
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
	s.drawFreezes(w, r, v, repo, "")
}

func (s *Server) drawFreezes(w http.ResponseWriter, r *http.Request, v viewer, repo pull.Repo, wrong string) {
	all, err := s.Freezes.Frozen(r.Context(), repo.ID)
	if err != nil {
		s.unread(w, r, err)
		return
	}
	admin, err := v.steers(r.Context(), repo)
	if err != nil {
		s.unseen(w, r, err)
		return
	}
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusConflict
	}
	s.drawAs(w, r, status, "freezes", frame{Title: "Freezes of " + repo.FullName(), Viewer: v.Login, Body: freezesView{Repo: repo, Path: freezesPath(repo), Frozen: all,
		Admin: admin, Branch: repo.DefaultBranch, Wrong: wrong}})
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
	var wrong string
	var err error
	if lift := r.PostFormValue("lift"); lift != "" {
		wrong, err = s.liftByForm(r.Context(), repo, lift, by)
	} else {
		wrong, err = s.freezeByForm(r, repo, by)
	}
	switch {
	case err != nil:
		s.unread(w, r, err)
	case wrong != "":
		s.drawFreezes(w, r, v, repo, wrong)
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

func (s *Server) freezeByForm(r *http.Request, repo pull.Repo, by pull.Account) (wrong string, err error) {
	f, wrong := wishedFreeze(repo, strings.TrimSpace(r.PostFormValue("branch")), strings.TrimSpace(r.PostFormValue("for")), r.PostFormValue("reason"), by)
	if wrong != "" {
		return wrong, nil
	}
	stands, fresh, err := s.freeze(r.Context(), f)
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

// standstill is a frozen branch as the overview shows it.
type standstill struct {
	Repo, Path, Branch, By, Reason string
	Until                          time.Time
}

// standstills are the frozen branches of the repositories that the viewer may see.
func (s *Server) standstills(ctx context.Context, v viewer) ([]standstill, error) {
	if s.Freezes == nil {
		return nil, nil
	}
	all, err := s.Freezes.Frozen(ctx, 0)
	if err != nil || len(all) == 0 {
		return nil, wrap("listing freezes", err)
	}
	repos, err := s.Records.Repos(ctx)
	if err != nil {
		return nil, wrap("listing repositories", err)
	}
	var out []standstill
	for _, f := range all {
		i := slices.IndexFunc(repos, func(r pull.Repo) bool { return r.ID == f.Repo })
		if f.Number != 0 || i < 0 {
			continue
		}
		if sees, err := v.sees(ctx, repos[i]); err == nil && sees { // whoever cannot be asked about is not shown
			out = append(out, standstill{repos[i].FullName(), freezesPath(repos[i]), f.Branch, f.By.Login, redact(f.Reason, s.secrets()), f.Until})
		}
	}
	return out, nil
}
