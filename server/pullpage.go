package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

const timelineRows = 200

// pullView is a pull request's page.
type pullView struct {
	Record   pull.Record
	Request  pull.Request
	Top      summary
	Lead     *need  // what the top speaks of, when somebody can provide it
	Also     []need // what else is missing
	Steps    []step
	Gates    []card
	Landing  *card
	Place    *place
	Binding  []bound
	Files    fileView
	Timeline []event
	GitHub   string
	Path     string
	Ledger   string // where all of the repository's ledger is
	Freezes  string // where its freezes are; empty where none can be made
	Seen     time.Time
	Open     bool
	Error    string
	Attested *attestation // how far the proof of a landing has come; nil where nothing has landed
	Glass    *glass       // the last break-glass; nil for none
	Offer    *offer       // how the viewer can confirm otherwise; nil when they need not
	Code     string       // what the viewer's own phone asks for; empty for nothing
}

// card is a gate with its question and its answer.
type card struct {
	ID, Title, Question string
	pull.Verdict
	Label string
}

// fewReasons are shown at once; what is more is folded away.
const fewReasons = 8

// Few and Rest are the reasons that are shown, and those that are folded away.
func (c card) Few() []pull.Reason  { return c.Reasons[:min(fewReasons, len(c.Reasons))] }
func (c card) Rest() []pull.Reason { return c.Reasons[min(fewReasons, len(c.Reasons)):] }

// Unfolded is whether the reasons are open to begin with: those of what is not settled.
func (c card) Unfolded() bool { return c.State != pull.Pass }

// fewNeeds are listed at once.
const fewNeeds = 5

// FewNeeds and RestNeeds are what else is missing, shown and folded away.
func (v pullView) FewNeeds() []need  { return v.Also[:min(fewNeeds, len(v.Also))] }
func (v pullView) RestNeeds() []need { return v.Also[min(fewNeeds, len(v.Also)):] }

var questions = map[pull.Gate][2]string{
	pull.GateApproval:   {"Approval", "Did the right people agree to these paths?"},
	pull.GateDuo:        {"Duo", "Did the human behind the account mean this merge?"},
	pull.GateSignatures: {"Signatures", "Is every commit signed by a key we know?"},
	pull.GateAutomerge:  {"Landing", "Is everything green, and is it this one's turn?"},
}

// bound is one of the SHAs that a landing is made of.
type bound struct{ Letter, Name, SHA, URL, About string }

func (s *Server) pullPage(w http.ResponseWriter, r *http.Request, v viewer) {
	if _, view, ok := s.visible(w, r, v); ok {
		s.draw(w, r, "pull", view.frame(v))
	}
}

// pullStream tells a pull request's page what changes, to those who may see the page.
func (s *Server) pullStream(w http.ResponseWriter, r *http.Request, v viewer) {
	a, view, ok := s.visible(w, r, v)
	if !ok {
		return
	}
	s.stream(w, r, v, view.Record.Key, func(ctx context.Context) (sight, bool, error) {
		view, ok, err := s.lookAt(ctx, v, a)
		return sight{"pull", view.frame(v), view.says()}, ok, err
	})
}

// visible reads the pull request that the URL names; to those who may not see it, and where there is none, it has answered.
func (s *Server) visible(w http.ResponseWriter, r *http.Request, v viewer) (address, pullView, bool) {
	a, ok := addressOf(r)
	if !ok {
		s.nothing(w, r)
		return a, pullView{}, false
	}
	if !s.shown(w, r, v, a) {
		return a, pullView{}, false
	}
	view, ok, err := s.lookAt(r.Context(), v, a)
	switch {
	case err != nil:
		s.unread(w, r, err)
	case !ok:
		s.nothing(w, r)
	}
	return a, view, ok && err == nil
}

// shown is whether GitHub shows the viewer anything by the address's name; the answer is given where it does not.
func (s *Server) shown(w http.ResponseWriter, r *http.Request, v viewer, a address) bool {
	ok, err := v.mayAsk(r.Context(), a.owner, a.repo)
	switch {
	case err != nil:
		s.unseen(w, r, err)
	case !ok:
		s.nothing(w, r)
	}
	return ok && err == nil
}

func (v pullView) frame(who viewer) frame {
	return frame{Title: v.Request.Ref() + " " + v.Request.Title, Viewer: who.Login, Live: v.live(), Events: v.Path + "/events", Body: v}
}

// live is whether more can happen that the page would tell: a landing is followed until it is attested.
func (v pullView) live() bool {
	return v.Open || v.Record.Debrief.Owed() || v.Attested != nil && v.Attested.State == attestationPending
}

// says is what the page states, for those who hear it.
func (v pullView) says() []string {
	all := []string{v.Top.Word + ": " + v.Top.Sentence}
	for _, g := range v.Gates {
		all = append(all, g.Title+": "+strings.ToLower(g.Label)+".")
	}
	if v.Place != nil && !v.Place.Holds {
		all = append(all, fmt.Sprintf("Number %d of %d to land.", v.Place.Position, v.Place.Of))
	}
	return all
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
	view := s.view(rec, turns, entries)
	view.Offer = s.offered(rec, v)
	view.Top.Next = view.Offer.next(view.Top)
	if view.Code, err = s.code(ctx, rec, v); err != nil {
		return pullView{}, false, wrap("reading the code of a push", err)
	}
	return view, true, nil
}

func (s *Server) view(rec pull.Record, turns []pull.Turn, entries []pull.Entry) pullView {
	req, seen := rec.Request, asOf(rec)
	view := pullView{
		Record: rec, Request: req, Top: headline(rec), Place: placeOf(rec.Key, req.Base.Branch, turns),
		Binding: s.binding(rec), Files: s.files(rec), Timeline: s.timeline(entries, pagePath(req)),
		GitHub: s.githubURL(req), Path: pagePath(req), Ledger: ledgerPath(req.Repo), Freezes: s.freezesLink(req.Repo),
		Seen: seen, Open: rec.State == string(pull.Open), Error: redact(rec.Error, s.secrets()),
		Attested: attestationOf(rec, s.secrets()), Glass: s.glassOf(rec),
	}
	if view.Open {
		view.Steps = stepsOf(rec)
		view.Lead, view.Also = leadOf(view.Top, needsOf(rec))
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
	base := bound{Letter: "B", Name: "Base", SHA: req.Base.SHA, About: "tip of " + req.Base.Branch}
	if under := req.Landed.Under; under != "" { // by now the tip is what landed
		base.SHA, base.About = under, "what "+req.Base.Branch+" was before"
	}
	rows := []bound{
		base,
		{Letter: "H", Name: "Head", SHA: req.Head.SHA, About: "what is proposed, from " + cmp.Or(req.Head.Branch, "a branch that is gone")},
	}
	if merge := mergeSHA(rec); merge != "" || rec.State == string(pull.Open) {
		rows = append(rows, bound{Letter: "M", Name: "Merge", SHA: merge, About: mergeAbout(req)})
	}
	if rec.LandedSHA != "" {
		rows = append(rows, bound{Letter: "L", Name: "Landed", SHA: rec.LandedSHA, About: "what " + req.Base.Branch + " moved to"})
	}
	for i := range rows {
		if isSHA(rows[i].SHA) && !(req.Test.Nameless && rows[i].SHA == req.Test.SHA) {
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
	case pull.Outdated:
		return "not known: GitHub's trial merge is of an older B, which changed the same files since"
	}
	if r.State != pull.Open {
		return "what people confirmed"
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
