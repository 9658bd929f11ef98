package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// overview is what waits for what.
type overview struct {
	Groups []waiting
	Queues []queue
	Alarms []alarm
	Frozen []standstill
	Whole  bool // every repository could be asked about
	Choice choice
	// Repos and Authors are what can be chosen from; Total is how many pull requests there are without a choice.
	Repos, Authors []string
	Total          int
	Next           int // where the next page begins, 0 when this is the last
	Viewer         string
}

// waiting is the open pull requests that wait for the same thing.
type waiting struct {
	ID           string
	Title, About string
	State        pull.State
	Rows         []row
}

type row struct {
	ID                       string
	Ref, Path, Title, Branch string
	Author                   string
	Sentence                 string
	Who                      []string
	More                     string
	Place                    *place
	Waits                    []string // for which others it waits
	Gates                    []pull.Verdict
	Glass                    bool // somebody wants to land it past the gates
}

// queue is who lands next on a branch.
type queue struct {
	Repo, Branch string
	Entries      []queued
	More         int // behind those
}

type queued struct {
	Turn        pull.Turn
	Path, Title string
	Batch       string // the head of the batch in which it lands; empty where it lands alone
	Doing       string // how far that batch has come
}

func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request, v viewer) {
	view, err := s.lookOver(r.Context(), v, choiceOf(r.URL.Query()))
	switch {
	case errors.Is(err, errSignedOut):
		s.unseen(w, r, err)
	case err != nil:
		s.unread(w, r, err)
	default:
		s.draw(w, r, "overview", view.frame(v))
	}
}

// overviewStream tells an overview what changes. What the viewer may see is asked again with every look.
func (s *Server) overviewStream(w http.ResponseWriter, r *http.Request, v viewer) {
	chosen := choiceOf(r.URL.Query())
	s.stream(w, r, v, pull.Key{}, func(ctx context.Context) (sight, bool, error) {
		view, err := s.lookOver(ctx, v, chosen)
		return sight{"overview", view.frame(v), view.says()}, true, err
	})
}

func (o overview) frame(v viewer) frame {
	events := "/events"
	if query := o.Choice.query(); query != "" {
		events += "?" + query
	}
	return frame{Title: "Overview", Viewer: v.Login, Live: true, Events: events, Body: o}
}

// says names what each pull request waits for, for those who hear the page.
func (o overview) says() []string {
	all := []string{}
	for _, g := range o.Groups {
		for _, row := range g.Rows {
			all = append(all, row.Ref+": "+g.Title+".")
		}
	}
	return all
}

// unread answers when our own records could not be read.
func (s *Server) unread(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "page could not read", "route", route(r), "error", err)
	s.pages.message(w, http.StatusServiceUnavailable, unreadable)
}

func (s *Server) lookOver(ctx context.Context, v viewer, chosen choice) (overview, error) {
	repos, err := s.Records.OpenRepos(ctx)
	if err != nil {
		return overview{}, wrap("listing repositories with open pull requests", err)
	}
	turns, err := s.Records.Turns(ctx, 0)
	if err != nil {
		return overview{}, wrap("reading the landing queues", err)
	}
	seen, whole, err := v.visible(ctx, repos)
	if err != nil {
		return overview{}, err
	}
	view := overview{Whole: whole, Choice: chosen, Viewer: v.Login}
	for _, r := range seen {
		view.Repos, view.Total = append(view.Repos, r.Repo.FullName()), view.Total+r.Open
	}
	view.Repos = distinct(view.Repos)
	found, next, err := s.pick(ctx, seen, chosen, v.Login)
	if err != nil {
		return view, wrap("listing open pull requests", err)
	}
	view.Next, view.Authors, view.Groups = next, authorsOf(found, chosen), group(found, turns)
	if view.Queues, err = s.queues(ctx, seen, found, turns); err != nil {
		return view, err
	}
	if view.Alarms, err = s.alarms(ctx, v); err != nil {
		return view, err
	}
	view.Frozen, err = s.standstills(ctx, v)
	return view, err
}

const (
	rowsMost = 500   // on one page
	readMost = 5_000 // looked through for one page
)

// pick lists what fits the choice, the newest first, and where the next page begins; 0 when there is none.
func (s *Server) pick(ctx context.Context, seen []pull.OpenRepo, chosen choice, login string) (found []pull.Record, next int, err error) {
	var ids []int64
	for _, r := range seen {
		if chosen.Repo == "" || strings.EqualFold(chosen.Repo, r.Repo.FullName()) {
			ids = append(ids, r.Repo.ID)
		}
	}
	for at := chosen.From; ; {
		some, err := s.Records.OpenRecords(ctx, ids, at)
		if err != nil || len(some) == 0 {
			return found, 0, err
		}
		for _, rec := range some {
			if len(found) == rowsMost || at-chosen.From == readMost {
				return found, at, nil
			}
			at++
			if rec.State == string(pull.Open) && chosen.has(rec, login) {
				found = append(found, rec)
			}
		}
	}
}

// stage is what an open pull request waits for, in the order in which people should look.
type stage int

const (
	stageBlocked stage = iota
	stageReview
	stageSignatures
	stagePhone
	stageLanding
	stages
)

var stageHeads = [stages]waiting{
	stageBlocked:    {ID: "blocked", Title: "Blocked", About: "Somebody has to change something first.", State: pull.Block},
	stageReview:     {ID: "review", Title: "Waiting for review", About: "The right people have not agreed yet.", State: pull.Wait},
	stageSignatures: {ID: "signatures", Title: "Waiting for signatures", About: "Commits are not yet vouched for.", State: pull.Wait},
	stagePhone:      {ID: "phone", Title: "Waiting for a phone", About: "A Duo push has to be acknowledged.", State: pull.Wait},
	stageLanding:    {ID: "ready", Title: "Ready", About: "Every gate has passed; what is left are checks or the turn.", State: pull.Pass},
}

// stageOf looks at the gates alone: what holds a pull request back after them is a matter of time, not of people.
func stageOf(rec pull.Record) stage {
	state := map[pull.Gate]pull.State{}
	for _, v := range rec.Verdicts {
		state[v.Gate] = v.State
	}
	of := stageLanding
	for _, at := range []struct {
		gate  pull.Gate
		stage stage
	}{{pull.GateDuo, stagePhone}, {pull.GateSignatures, stageSignatures}, {pull.GateApproval, stageReview}} {
		switch state[at.gate] { // a missing verdict blocks
		case pull.Block:
			return stageBlocked
		case pull.Wait:
			of = at.stage
		}
	}
	return of
}

// group leaves out what has no policy: it would only be noise beside what is guarded.
func group(records []pull.Record, turns []pull.Turn) []waiting {
	heads, places := stageHeads, placesOf(turns)
	for _, rec := range records {
		if rec.State != string(pull.Open) {
			continue
		}
		in, req := &heads[stageOf(rec)], rec.Request
		r := row{
			ID:  fmt.Sprintf("pull-%d-%d", rec.Key.Repo, rec.Key.Number),
			Ref: req.Ref(), Path: pagePath(req), Title: req.Title, Branch: req.Base.Branch, Author: req.Author.Login,
			Sentence: headline(rec).Sentence, Place: places[spot{rec.Key, req.Base.Branch}], Gates: gates(rec),
		}
		if missing := needsOf(rec); len(missing) > 0 {
			r.Who, r.More = missing[0].Who, missing[0].More
		}
		r.Waits, r.Glass = dependsOn(rec), req.Glass.Open()
		in.Rows = append(in.Rows, r)
	}
	return slices.DeleteFunc(heads[:], func(w waiting) bool { return len(w.Rows) == 0 })
}

// dependsOn names the pull requests that have to land first, by the shortest names.
func dependsOn(rec pull.Record) []string {
	var names []string
	for _, v := range rec.Verdicts {
		for _, r := range v.Reasons {
			if on := r.Evidence["dependency"]; v.Gate == pull.GateAutomerge && on != "" {
				names = append(names, strings.TrimPrefix(on, rec.Request.Repo.FullName()))
			}
		}
	}
	return names
}

func gates(rec pull.Record) []pull.Verdict {
	return slices.DeleteFunc(inOrder(rec.Verdicts), func(v pull.Verdict) bool { return !slices.Contains(pull.Gates, v.Gate) })
}

// inBatch adds what it lands in together with others, by its own verdict.
func inBatch(rec pull.Record, q queued) queued {
	for _, v := range rec.Verdicts {
		for _, r := range v.Reasons {
			if r.Code == "in-batch" {
				q.Batch, q.Doing = r.Evidence["batch"], r.Evidence["state"]
			}
		}
	}
	return q
}

// entriesMost is how many of a branch's queue are named; the others are counted.
const entriesMost = 20

// queues shows a branch as a repository is seen or not; turns come in landing order.
func (s *Server) queues(ctx context.Context, seen []pull.OpenRepo, found []pull.Record, turns []pull.Turn) ([]queue, error) {
	repos, known := map[int64]pull.Repo{}, map[pull.Key]pull.Record{}
	for _, r := range seen {
		repos[r.Repo.ID] = r.Repo
	}
	for _, rec := range found {
		known[rec.Key] = rec
	}
	byBranch := map[[2]string]*queue{}
	for _, t := range turns {
		repo, ok := repos[t.Repo]
		if !ok {
			continue
		}
		at := [2]string{repo.FullName(), t.Branch}
		if byBranch[at] == nil {
			byBranch[at] = &queue{Repo: at[0], Branch: at[1]}
		}
		if q := byBranch[at]; len(q.Entries) == entriesMost {
			q.More++
			continue
		}
		k := pull.Key{Repo: t.Repo, Number: t.Number}
		rec, ok := known[k]
		if !ok {
			var err error
			if rec, _, err = s.Records.Record(ctx, k); err != nil {
				return nil, wrap("reading what waits to land", err)
			}
		}
		q := byBranch[at]
		q.Entries = append(q.Entries, inBatch(rec, queued{Turn: t, Path: pagePath(pull.Request{Repo: repo, Number: t.Number}), Title: rec.Request.Title}))
	}
	var all []queue
	for _, q := range byBranch {
		all = append(all, *q)
	}
	slices.SortFunc(all, func(a, b queue) int {
		return cmp.Or(cmp.Compare(a.Repo, b.Repo), cmp.Compare(a.Branch, b.Branch))
	})
	return all, nil
}
