package server

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// authorized serves a route of the API to tokens that hold the scope, as often as their limit allows.
func (s *Server) authorized(scope string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, scopes, ok := s.token(r)
		if !ok {
			w.Header().Set("WWW-Authenticate", `Bearer realm="sallyport"`)
			writeProblem(w, http.StatusUnauthorized, "A valid token is required.", "Send Authorization: Bearer TOKEN with a token of the tokens file.")
			return
		}
		if !slices.Contains(scopes, scope) {
			writeProblem(w, http.StatusForbidden, "The token does not hold the scope "+scope+".", "Add "+scope+" to the token's scopes in the tokens file.")
			return
		}
		if wait, ok := s.limits.take(name); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
			writeProblem(w, http.StatusTooManyRequests, "This token asks too often.", "Wait as long as Retry-After says.")
			return
		}
		next(w, r)
	})
}

func (s *Server) token(r *http.Request) (name string, scopes []string, ok bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return "", nil, false
	}
	return s.Tokens(strings.TrimSpace(token))
}
