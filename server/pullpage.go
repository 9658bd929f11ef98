package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const timelineRows = 200

// pullView is a pull request's page.
type pullView struct {
	Record   pull.Record
	Request  pull.Request
	Top      summary
	Gates    []card
	Landing  *card
	Place    *place
	Binding  []bound
	Files    fileView
	Timeline []event
	GitHub   string
	Seen     time.Time
	Age      string
	Open     bool
	Error    string
}

// card is a gate with its question and its answer.
type card struct {
	ID, Title, Question string
	pull.Verdict
	Label string
}

var questions = map[pull.Gate][2]string{
	pull.GateApproval:   {"Approval", "Did the right people agree to these paths?"},
	pull.GateDuo:        {"Duo", "Did the human behind the account mean this merge?"},
	pull.GateSignatures: {"Signatures", "Is every commit signed by a key we know?"},
	pull.GateAutomerge:  {"Landing", "Is everything green, and is it this one's turn?"},
}

// bound is one of the SHAs that a landing is made of.
type bound struct{ Letter, Name, SHA, URL, About string }

func (s *Server) pullPage(w http.ResponseWriter, r *http.Request, v viewer) {
	a, ok := addressOf(r)
	if !ok {
		s.pages.message(w, http.StatusNotFound, notFound)
		return
	}
	if ok, err := v.mayAsk(r.Context(), a.owner, a.repo); err != nil {
		s.unseen(w, r, err)
		return
	} else if !ok {
		s.pages.message(w, http.StatusNotFound, notFound)
		return
	}
	view, ok, err := s.lookAt(r.Context(), v, a)
	switch {
	case err != nil:
		s.unread(w, r, err)
	case !ok:
		s.pages.message(w, http.StatusNotFound, notFound)
	default:
		f := frame{Title: view.Request.Ref() + " " + view.Request.Title, Viewer: v.Login, Body: view}
		if view.Open {
			f.Refresh = 5
		}
		s.draw(w, r, "pull", f)
	}
}

// lookAt gathers the page; false when there is nothing, or nothing for this viewer.
func (s *Server) lookAt(ctx context.Context, v viewer, a address) (pullView, bool, error) {
	rec, turns, ok, err := s.record(ctx, a)
	if err != nil || !ok {
		return pullView{}, false, err
	}
	// The record's repository must be the one that GitHub showed them under the name they asked by.
	asked := pull.Repo{ID: rec.Key.Repo, Owner: a.owner, Name: a.repo}
	if ok, err := v.sees(ctx, asked); err != nil || !ok {
		return pullView{}, false, err
	}
	entries, err := s.Records.Timeline(ctx, rec.Key, timelineRows)
	if err != nil {
		return pullView{}, false, wrap("reading the timeline", err)
	}
	return s.view(rec, turns, entries), true, nil
}

func (s *Server) view(rec pull.Record, turns []pull.Turn, entries []pull.Entry) pullView {
	req, seen := rec.Request, asOf(rec)
	view := pullView{
		Record: rec, Request: req, Top: headline(rec), Place: placeOf(rec.Key, req.Base.Branch, turns),
		Binding: s.binding(rec), Files: s.files(rec), Timeline: timeline(entries, s.secrets()), GitHub: s.githubURL(req),
		Seen: seen, Age: age(s.Now().Sub(seen)), Open: rec.State == string(pull.Open), Error: redact(rec.Error, s.secrets()),
	}
	for _, v := range inOrder(rec.Verdicts) {
		c := cardOf(v)
		switch {
		case v.Gate != pull.GateAutomerge:
			view.Gates = append(view.Gates, c)
		case view.Open: // afterwards, what held the landing back is of no interest
			view.Landing = &c
		}
	}
	return view
}

func cardOf(v pull.Verdict) card {
	c := card{ID: string(v.Gate), Title: string(v.Gate), Verdict: v, Label: word(v.State)}
	if q, ok := questions[v.Gate]; ok {
		c.Title, c.Question = q[0], q[1]
	}
	if v.Gate == pull.GateAutomerge && v.State == pull.Pass {
		c.Label = "Ready"
	}
	return c
}

// binding is B, H and M, and what came of them.
func (s *Server) binding(rec pull.Record) []bound {
	req := rec.Request
	rows := []bound{
		{Letter: "B", Name: "Base", SHA: req.Base.SHA, About: "tip of " + req.Base.Branch},
		{Letter: "H", Name: "Head", SHA: req.Head.SHA, About: "what is proposed, from " + cmp.Or(req.Head.Branch, "a branch that is gone")},
		{Letter: "M", Name: "Merge", SHA: mergeSHA(rec), About: mergeAbout(req)},
	}
	if rec.LandedSHA != "" {
		rows = append(rows, bound{Letter: "L", Name: "Landed", SHA: rec.LandedSHA, About: "what " + req.Base.Branch + " moved to"})
	}
	for i := range rows {
		if isSHA(rows[i].SHA) {
			rows[i].URL = s.repoURL(req.Repo) + "/commit/" + rows[i].SHA
		}
	}
	return rows
}

func mergeAbout(r pull.Request) string {
	switch r.Test.State {
	case pull.Clean:
		return "H merged into B, which is what people confirm"
	case pull.Conflict:
		return "none: H conflicts with B"
	}
	return "not known yet: GitHub is still merging H into B"
}

func (s *Server) repoURL(r pull.Repo) string {
	return s.GitHub.WebURL + "/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name)
}

// githubURL is built from the configuration and never taken from the record, so that it can lead nowhere else.
func (s *Server) githubURL(r pull.Request) string {
	return fmt.Sprintf("%s/pull/%d", s.repoURL(r.Repo), r.Number)
}

func pagePath(r pull.Request) string {
	return fmt.Sprintf("/%s/%s/pull/%d", url.PathEscape(r.Repo.Owner), url.PathEscape(r.Repo.Name), r.Number)
}
