package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/pull"
)

// viewer is who looks at a page. Everybody sees everything under Config.OpenPages, and nowhere else.
type viewer struct {
	Login  string // empty when pages are open
	token  string
	access *access // nil when pages are open
}

// sees reports whether GitHub lets the viewer read the repository of this name, and that it is the same repository
// as the one on record: a name can be given to another.
func (v viewer) sees(ctx context.Context, repo pull.Repo) (bool, error) {
	if v.access == nil {
		return true, nil
	}
	id, err := v.access.readable(ctx, v.token, repo.Owner, repo.Name)
	return err == nil && id != 0 && id == repo.ID, err
}

// administers reports whether GitHub has the viewer administer the repository.
func (v viewer) administers(ctx context.Context, repo pull.Repo) (bool, error) {
	if v.access == nil {
		return true, nil
	}
	g, err := v.access.granted(ctx, v.token, repo.Owner, repo.Name)
	return err == nil && g.admin && g.repo == repo.ID, err
}

// mayAsk is whether GitHub shows the viewer anything by that name. It is asked before our own records are, so that
// nothing in our answer, nor its absence, tells what we know of repositories that they may not see.
func (v viewer) mayAsk(ctx context.Context, owner, name string) (bool, error) {
	if v.access == nil {
		return true, nil
	}
	id, err := v.access.readable(ctx, v.token, owner, name)
	return id != 0, err
}

const askAtOnce = 8

// visible keeps the repositories that the viewer may see. whole is false when GitHub could not be asked about some.
func (v viewer) visible(ctx context.Context, repos []pull.OpenRepo) (seen []pull.OpenRepo, whole bool, err error) {
	var (
		mu      sync.Mutex
		all     sync.WaitGroup
		slots   = make(chan struct{}, askAtOnce)
		granted = map[int64]bool{}
	)
	whole = true
	for _, r := range repos {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			ok, asked := v.sees(ctx, r.Repo)
			mu.Lock()
			defer mu.Unlock()
			granted[r.Repo.ID] = ok
			if errors.Is(asked, errSignedOut) {
				err = asked
			}
			whole = whole && asked == nil
		})
	}
	all.Wait()
	for _, r := range repos {
		if granted[r.Repo.ID] {
			seen = append(seen, r)
		}
	}
	return seen, whole, err
}

// viewed serves a page to a viewer who is known, or sends them to sign in; what they asked for makes no difference.
func (s *Server) viewed(page func(http.ResponseWriter, *http.Request, viewer)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.OpenPages && loopback(r.Host): // another host name here would be a web page's trick on the browser
			page(w, r, viewer{})
		case s.door.oauth == nil:
			s.answer(w, r, http.StatusNotFound, notConfigured)
		default:
			who, err := take[session](s.door.seal, r, sessionPurpose)
			if err != nil {
				s.signIn(w, r)
				return
			}
			page(w, r, viewer{Login: who.Login, token: who.Token, access: s.door.access})
		}
	})
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.Pattern, "/events"): // a stream cannot sign in; the page it is for can
		writeProblem(w, http.StatusUnauthorized, "You are not signed in.", "Open the page again.")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		// A form cannot be sent on to GitHub: our own form-action has browsers stop there without a word.
		over := signInOver
		over.Link = loginFor(strings.TrimSuffix(r.URL.EscapedPath(), "/confirm"))
		s.pages.message(w, http.StatusUnauthorized, over)
	default:
		redirect(w, r, loginFor(r.URL.RequestURI()))
	}
}

// loginFor is where one signs in to come back to the page.
func loginFor(page string) string { return "/login?" + url.Values{"to": {page}}.Encode() }

// unseen answers when the viewer's rights could not be learnt.
func (s *Server) unseen(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errSignedOut) {
		s.door.seal.drop(w, sessionPurpose)
		s.signIn(w, r)
		return
	}
	s.Log.WarnContext(r.Context(), "viewer's rights not known", "route", route(r), "error", err)
	s.answer(w, r, http.StatusServiceUnavailable, cannotAsk)
}
