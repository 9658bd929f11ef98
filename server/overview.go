package server

import (
	"context"
	"errors"
	"net/http"
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
	s.answer(w, r, http.StatusServiceUnavailable, unreadable)
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
