package server

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Confirm asks Duo in a person's name, at once. The error is a *pull.Refusal where that cannot be done.
type Confirm func(ctx context.Context, wish pull.Wish) (pull.Confirmation, error)

// Codes is what the account of that login has to type into its owner's phone for the push that is open; "" for nothing.
type Codes func(ctx context.Context, k pull.Key, login string) (string, error)

// code is shown to nobody but the person whose phone asks for it.
func (s *Server) code(ctx context.Context, rec pull.Record, v viewer) (string, error) {
	if s.Codes == nil || v.Login == "" || v.access == nil {
		return "", nil
	}
	return s.Codes(ctx, rec.Key, v.Login)
}

// maxWish bounds what is read of a wish: a factor, a passcode and a SHA.
const maxWish = 4 << 10

// confirmPage takes the form. Browsers say where a form came from, and the session's cookie does not travel with forms of
// other sites.
func (s *Server) confirmPage(w http.ResponseWriter, r *http.Request, v viewer) {
	rec, ok := s.confirmable(w, r, v)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxWish)
	wish := s.wish(rec, v.Login, r.PostFormValue("factor"), r.PostFormValue("passcode"), r.PostFormValue("merge"), "page")
	if _, err := s.confirm(r.Context(), wish); err != nil {
		s.unconfirmed(w, r, err)
		return
	}
	redirect(w, r, pagePath(rec.Request))
}

// confirmable finds the pull request of a form, for viewers whom GitHub shows it; the answer is given where it does not.
func (s *Server) confirmable(w http.ResponseWriter, r *http.Request, v viewer) (pull.Record, bool) {
	a, ok := addressOf(r)
	if !ok || v.Login == "" {
		s.nothing(w, r)
		return pull.Record{}, false
	}
	if !s.shown(w, r, v, a) {
		return pull.Record{}, false
	}
	rec, _, ok, err := s.record(r.Context(), a)
	if err != nil {
		s.unread(w, r, err)
		return rec, false
	}
	sees, err := v.sees(r.Context(), pull.Repo{ID: rec.Key.Repo, Owner: a.owner, Name: a.repo})
	switch {
	case err != nil:
		s.unseen(w, r, err)
	case !ok || !sees:
		s.nothing(w, r)
	}
	return rec, ok && err == nil && sees
}

func (s *Server) wish(rec pull.Record, login, factor, passcode, merge, from string) pull.Wish {
	return pull.Wish{Repo: rec.Request.Repo, Number: rec.Key.Number, Login: login, Factor: pull.Factor(factor),
		Passcode: pull.Passcode(strings.TrimSpace(passcode)), Merge: merge, Request: from + ":" + rand.Text()}
}

// misread refuses what cannot be followed, whoever asks, before anybody is asked; nil where nothing is amiss.
func (s *Server) misread(wish pull.Wish) *pull.Refusal {
	no := func(code, message, next string) *pull.Refusal {
		return &pull.Refusal{Reason: pull.Reason{Code: code, Message: message, Next: next}}
	}
	switch {
	case !slices.Contains(s.Factors, wish.Factor):
		return no("duo-factor", "This factor is not offered here.", "Use one of: "+listed(s.Factors)+".")
	case wish.Factor == pull.FactorPasscode && !isPasscode(wish.Passcode.Reveal()):
		return no("duo-passcode", "A passcode has six to nine digits.", "Read it from Duo Mobile or the token again.")
	case !isSHA(wish.Merge):
		return no("duo-merge", "It is not said which merge is acknowledged.", "Name the merge SHA that the page shows.")
	}
	return nil
}

func listed(factors []pull.Factor) string {
	names := make([]string, len(factors))
	for i, f := range factors {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

func (s *Server) confirm(ctx context.Context, wish pull.Wish) (pull.Confirmation, error) {
	if no := s.misread(wish); no != nil {
		return pull.Confirmation{}, no
	}
	return s.Confirm(ctx, wish)
}

func isPasscode(code string) bool {
	return len(code) >= 6 && len(code) <= 9 && strings.Trim(code, "0123456789") == ""
}

func (s *Server) unconfirmed(w http.ResponseWriter, r *http.Request, err error) {
	var no *pull.Refusal
	if errors.As(err, &no) {
		s.answer(w, r, http.StatusConflict, message{Title: "Not confirmed", Text: no.Reason.Message, Next: no.Reason.Next})
		return
	}
	s.unread(w, r, err)
}
