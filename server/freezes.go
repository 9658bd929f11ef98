package server

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Freezes stops landings, and lets them go on.
type Freezes interface {
	// Freeze stops landings. One of the same code that stands already is kept as it is.
	Freeze(ctx context.Context, f pull.Freeze) error
	Unfreeze(ctx context.Context, id int64, by pull.Account) error
	// Frozen lists the freezes that stand in a repository; repository 0 means all.
	Frozen(ctx context.Context, repo int64) ([]pull.Freeze, error)
}

// scopeFreeze lets a token stop landings on a branch, and let them go on.
const scopeFreeze = "freeze"

// maxFreeze bounds what is read of a wish to freeze: a branch, a time and a reason.
const maxFreeze = 4 << 10

// apiFreeze is a freeze as the API tells it.
type apiFreeze struct {
	Branch string    `json:"branch,omitempty"`
	Number int       `json:"pull_request,omitempty"`
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"`
	// Warning is said once, when it is made: nothing is known to aim at the branch.
	Warning string `json:"warning,omitempty"`
}

func tellFreeze(f pull.Freeze) apiFreeze {
	return apiFreeze{Branch: f.Branch, Number: f.Number, Code: f.Code, Reason: f.Reason, By: f.By.Login, Since: f.At, Until: f.Until}
}

func (s *Server) freezeRoutes(mux *router) {
	mux.Handle("GET /api/v1/freezes/{owner}/{repo}", s.authorized("read", s.ofRepo(s.apiFrozen)))
	mux.Handle("POST /api/v1/freezes/{owner}/{repo}/{branch...}", s.authorized(scopeFreeze, s.ofRepo(s.apiFreeze)))
	mux.Handle("DELETE /api/v1/freezes/{owner}/{repo}/{branch...}", s.authorized(scopeFreeze, s.ofRepo(s.apiUnfreeze)))
	mux.Handle("GET /{owner}/{repo}/freezes", s.viewed(s.freezesPage))
	mux.Handle("POST /{owner}/{repo}/freezes", s.ownForms(s.viewed(s.freezeForm)))
}

// ofRepo finds the repository that an API call is about, for tokens that may be told of it.
func (s *Server) ofRepo(next func(http.ResponseWriter, *http.Request, pull.Repo)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := address{owner: r.PathValue("owner"), repo: r.PathValue("repo")}
		var repo pull.Repo
		var err error
		ok := ownerName.MatchString(a.owner) && repoName.MatchString(a.repo) && s.mayTell(r, a)
		if ok {
			repo, ok, err = s.Records.FindRepo(r.Context(), a.owner, a.repo)
		}
		switch {
		case err != nil:
			s.freezeTrouble(w, r, err)
		case !ok:
			writeProblem(w, http.StatusNotFound, "This repository is not known here.", "Check the address, and that the app is installed on the repository.")
		default:
			next(w, r, repo)
		}
	}
}

func (s *Server) freezeTrouble(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "freezes not read or written", "route", route(r), "error", err)
	writeProblem(w, http.StatusServiceUnavailable, "The freezes cannot be read or written at the moment.", "Try again in a few seconds.")
}

func (s *Server) apiFrozen(w http.ResponseWriter, r *http.Request, repo pull.Repo) {
	all, err := s.Freezes.Frozen(r.Context(), repo.ID)
	if err != nil {
		s.freezeTrouble(w, r, err)
		return
	}
	told := make([]apiFreeze, len(all))
	for i, f := range all {
		told[i] = tellFreeze(f)
	}
	writeJSON(w, http.StatusOK, told)
}

func (s *Server) apiFreeze(w http.ResponseWriter, r *http.Request, repo pull.Repo) {
	text, ok := readBody(w, r, maxFreeze)
	if !ok {
		return
	}
	var in struct{ Reason, For string } // a misspelt "for" would freeze for ever
	if err := strictly(text, &in); err != nil {
		writeProblem(w, http.StatusBadRequest, "The body is not the JSON that is expected.", `Send {"reason": "…", "for": "2h"}; without "for" it stands until it is lifted.`)
		return
	}
	holder, _ := s.token(r)
	f, wrong := wishedFreeze(repo, r.PathValue("branch"), in.For, in.Reason, pull.Account{Login: "token " + holder.Name})
	if wrong != "" {
		writeProblem(w, http.StatusBadRequest, wrong, "Mend the request.")
		return
	}
	stands, fresh, err := s.freeze(r.Context(), f)
	switch {
	case err != nil:
		s.freezeTrouble(w, r, err)
	case !fresh:
		writeProblem(w, http.StatusConflict, alreadyFrozen(stands), "Lift that first: DELETE the same address.")
	default:
		told := tellFreeze(stands)
		if s.doubted(r.Context(), repo, []pull.Freeze{stands})[stands.Branch] {
			told.Warning = doubtful
		}
		writeJSON(w, http.StatusCreated, told)
	}
}

// freeze stops a branch, and gives what stands then. fresh is false where somebody had frozen it before, which is left as
// it is: a shorter freeze must not end a longer one.
func (s *Server) freeze(ctx context.Context, f pull.Freeze) (stands pull.Freeze, fresh bool, err error) {
	before, stood, err := s.frozenBranch(ctx, f.Repo, f.Branch)
	if err != nil || stood {
		return before, false, err
	}
	if err := s.Freezes.Freeze(ctx, f); err != nil {
		return f, false, err
	}
	stands, _, err = s.frozenBranch(ctx, f.Repo, f.Branch)
	return stands, err == nil && stands.By == f.By && stands.Reason == f.Reason, err
}

func alreadyFrozen(f pull.Freeze) string {
	return "The branch is frozen already, by " + f.By.Login + ": " + f.Reason
}

func (s *Server) apiUnfreeze(w http.ResponseWriter, r *http.Request, repo pull.Repo) {
	holder, _ := s.token(r)
	f, ok, err := s.frozenBranch(r.Context(), repo.ID, r.PathValue("branch"))
	if err == nil && ok {
		err = s.Freezes.Unfreeze(r.Context(), f.ID, pull.Account{Login: "token " + holder.Name})
	}
	switch {
	case err != nil:
		s.freezeTrouble(w, r, err)
	case !ok:
		writeProblem(w, http.StatusNotFound, "Nobody has frozen this branch.", "A freeze for fraud or a breach is lifted by an admin's comment.")
	default:
		writeJSON(w, http.StatusOK, tellFreeze(f))
	}
}

// frozenBranch finds the freeze of a branch that people or tokens asked for; those for fraud and breaches are not theirs.
func (s *Server) frozenBranch(ctx context.Context, repo int64, branch string) (pull.Freeze, bool, error) {
	all, err := s.Freezes.Frozen(ctx, repo)
	for _, f := range all {
		if f.Code == pull.FrozenBranch && f.Number == 0 && f.Branch == branch {
			return f, true, nil
		}
	}
	return pull.Freeze{}, false, err
}

// wishedFreeze reads what somebody wants frozen; wrong says what is amiss with it.
func wishedFreeze(repo pull.Repo, branch, lasts, reason string, by pull.Account) (f pull.Freeze, wrong string) {
	f = pull.Freeze{Repo: repo.ID, Branch: branch, Code: pull.FrozenBranch, Reason: pull.OneLine(reason), By: by}
	if lasts != "" {
		f.For, wrong = pull.Lasting(lasts)
	}
	switch {
	case wrong != "":
		return f, "The time is wrong: " + wrong
	case f.Reason == "":
		return f, "A reason is missing: everybody who waits will read it."
	case branch == "" || len(branch) > 255 || branch != pull.OneLine(branch):
		return f, "The branch is missing, or is none."
	}
	return f, ""
}
