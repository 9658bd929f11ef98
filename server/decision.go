package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// decided is the body of a ledger row "verdict": what was judged, and how.
type decided struct {
	State      string         `json:"state"`
	Next       string         `json:"next"`
	Title      string         `json:"title"`
	Author     pull.Account   `json:"author"`
	Head       string         `json:"head"`
	Branch     string         `json:"branch"`
	Base       string         `json:"base"`
	Merge      string         `json:"merge"`
	Policy     string         `json:"policy"`
	PolicyPath string         `json:"policy_path"`
	Content    string         `json:"content"`
	Landed     string         `json:"landed"`
	Reviews    []pull.Review  `json:"reviews"`
	Verdicts   []pull.Verdict `json:"verdicts"`
}

// decisionView is a decision of the past, from the ledger alone: nothing of today is in it.
type decisionView struct {
	ID     int64
	At     time.Time
	Ref    string
	Path   string // of the pull request's page as it is now
	Ledger string
	Was    decided
	Top    summary
	Gates  []card
	Inputs []bound
}

func (s *Server) decisionPage(w http.ResponseWriter, r *http.Request, v viewer) {
	a, ok := addressOf(r)
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if !ok || err != nil {
		s.nothing(w, r)
		return
	}
	if !s.shown(w, r, v, a) {
		return
	}
	view, ok, err := s.recall(r.Context(), v, a, id)
	switch {
	case err != nil:
		s.unread(w, r, err)
	case !ok:
		s.nothing(w, r)
	default:
		s.draw(w, r, "decision", frame{Title: fmt.Sprintf("Decision %d on %s", view.ID, view.Ref), Viewer: v.Login, Body: view})
	}
}

// recall reads a decision back; false when there is none of this id on this pull request, or none for this viewer.
func (s *Server) recall(ctx context.Context, v viewer, a address, id int64) (decisionView, bool, error) {
	repo, ok, err := s.Records.FindRepo(ctx, a.owner, a.repo)
	if err != nil || !ok {
		return decisionView{}, false, wrap("finding the repository", err)
	}
	if ok, err := v.sees(ctx, pull.Repo{ID: repo.ID, Owner: a.owner, Name: a.repo}); err != nil || !ok {
		return decisionView{}, false, err
	}
	e, ok, err := s.Records.Entry(ctx, id)
	if err != nil || !ok || e.Kind != "verdict" || e.Repo != repo.ID || e.Pull != a.number {
		return decisionView{}, false, wrap("reading the decision", err)
	}
	text, err := json.Marshal(e.Body)
	if err != nil {
		return decisionView{}, false, wrap("reading the decision", err)
	}
	var was decided
	if err := json.Unmarshal(text, &was); err != nil {
		return decisionView{}, false, wrap("reading the decision", err)
	}
	return s.decision(e, repo, was), true, nil
}

func (s *Server) decision(e pull.Entry, repo pull.Repo, was decided) decisionView {
	req := pull.Request{Repo: repo, Number: e.Pull}
	then := pull.Record{State: orDefault(was.State, string(pull.Open)), Next: was.Next, Verdicts: was.Verdicts, LandedSHA: was.Landed}
	then.Request.Base.Branch = was.Branch
	view := decisionView{ID: e.ID, At: e.At, Ref: req.Ref(), Path: pagePath(req), Ledger: ledgerPath(repo), Was: was,
		Top: headline(then), Inputs: s.inputs(repo, was)}
	for _, v := range inOrder(was.Verdicts) {
		view.Gates = append(view.Gates, cardOf(v))
	}
	return view
}

// inputs are the objects that were judged. They are named by their content, so the links lead to them for ever.
func (s *Server) inputs(repo pull.Repo, was decided) []bound {
	commit := s.repoURL(repo) + "/commit/"
	rows := []bound{
		{Letter: "B", Name: "Base", SHA: was.Base, URL: commit, About: "tip of " + was.Branch},
		{Letter: "H", Name: "Head", SHA: was.Head, URL: commit, About: "what was proposed"},
		{Letter: "M", Name: "Merge", SHA: was.Merge, URL: commit, About: "what would have landed"},
		{Letter: "P", Name: "Policy", SHA: was.Policy, About: orDefault(was.PolicyPath, "the policy") + " at B"},
		{Letter: "D", Name: "Diff", SHA: was.Content, About: "digest of every path that differed between B and M"},
	}
	if was.Landed != "" {
		rows = append(rows, bound{Letter: "L", Name: "Landed", SHA: was.Landed, URL: commit, About: "what " + was.Branch + " moved to"})
	}
	for i := range rows {
		if rows[i].URL != "" && isSHA(rows[i].SHA) {
			rows[i].URL += rows[i].SHA
		} else {
			rows[i].URL = ""
		}
	}
	return rows
}
