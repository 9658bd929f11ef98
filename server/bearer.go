package server

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// authorized serves a route of the API to tokens that hold the scope, as often as their limit allows.
func (s *Server) authorized(scope string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		holder, ok := s.token(r)
		if !ok {
			w.Header().Set("WWW-Authenticate", `Bearer realm="sallyport"`)
			writeProblem(w, http.StatusUnauthorized, "A valid token is required.", "Send Authorization: Bearer TOKEN with a token of the tokens file.")
			return
		}
		if !slices.Contains(holder.Scopes, scope) {
			writeProblem(w, http.StatusForbidden, "The token does not hold the scope "+scope+".", "Add "+scope+" to the token's scopes in the tokens file.")
			return
		}
		if wait, ok := s.limits.take(holder.Name); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
			writeProblem(w, http.StatusTooManyRequests, "This token asks too often.", "Wait as long as Retry-After says.")
			return
		}
		next(w, r)
	})
}

// mayTell reports whether the caller's token may be told of the repository.
func (s *Server) mayTell(r *http.Request, a address) bool {
	holder, ok := s.token(r)
	return ok && holder.Sees(a.owner+"/"+a.repo)
}

func (s *Server) token(r *http.Request) (pull.Holder, bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return pull.Holder{}, false
	}
	return s.Tokens(strings.TrimSpace(token))
}
