package githubtest

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// principal is on whose behalf an API call comes. Exactly one of App alone, Install (with App) and User is set.
type principal struct {
	App         *App
	Install     *Installation
	User        *Account
	Expires     time.Time
	Repos       map[int64]bool    // a token narrowed to some repositories; nil for all
	Permissions map[string]string // a token narrowed to some permissions; nil for all
}

type principalKey struct{}

// principalOf is who makes the request; handlers are reached only with one.
func principalOf(ctx context.Context) *principal {
	p, _ := ctx.Value(principalKey{}).(*principal)
	return p
}

// actor is the principal as somebody who does things.
func (p *principal) actor() actor {
	if p.Install != nil {
		return byApp(p.Install)
	}
	return byPerson(p.User)
}

// account is whose name goes under what the principal writes.
func (p *principal) account() *Account { return p.actor().account }

// sees reports whether the repository exists for the principal.
func (p *principal) sees(r *Repo) bool {
	switch {
	case p.Install != nil:
		return p.Install.sees(r) && (p.Repos == nil || p.Repos[r.ID]) || !r.private
	case p.User != nil:
		return r.role(p.User) >= pull.Read
	}
	return false
}

// can reports whether the principal holds the permission on the repository; for people their role decides.
func (p *principal) can(r *Repo, permission, level string) bool {
	switch {
	case p.Install != nil:
		if r != nil && !p.Install.sees(r) {
			return level == "read" && permission == "metadata"
		}
		return p.Install.can(permission, level) && (p.Permissions == nil || p.Permissions[permission] != "")
	case p.User != nil && r != nil:
		need := pull.Read
		switch {
		case permission == "administration":
			need = pull.Admin
		case level == "write" && permission != "issues" && permission != "pull_requests":
			need = pull.Write
		}
		return r.role(p.User) >= need
	}
	return p.User != nil
}

// holder is the id under which the principal's budget is kept.
func (p *principal) holder() int64 {
	switch {
	case p.Install != nil:
		return p.Install.ID
	case p.User != nil:
		return p.User.ID
	}
	return p.App.ID
}

// authenticate finds out who calls. The state must be locked.
func (s *Server) authenticate(r *http.Request) (*principal, *apiError) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "token") || token == "" {
		return nil, &apiError{Status: http.StatusUnauthorized, Message: "Requires authentication"}
	}
	if strings.Count(token, ".") == 2 {
		app, err := s.checkJWT(token)
		if err != nil {
			return nil, &apiError{Status: http.StatusUnauthorized, Message: err.Error()}
		}
		return &principal{App: app}, nil
	}
	p := s.tokens[token]
	switch {
	case p == nil || !s.now().Before(p.Expires):
	case p.Install != nil && s.installs[p.Install.ID] == nil:
	case p.Install != nil && p.Install.suspended:
		return nil, &apiError{Status: http.StatusForbidden, Message: "This installation has been suspended"}
	default:
		return p, nil
	}
	return nil, &apiError{Status: http.StatusUnauthorized, Message: "Bad credentials"}
}

// refusal is an answer in GitHub's own words, which begin as sentences do.
type refusal string

func (r refusal) Error() string { return string(r) }

// checkJWT checks an app's token as GitHub does: RS256 with the app's key, issued by its id (or client id), living at most ten minutes.
func (s *Server) checkJWT(token string) (*App, error) {
	parts := strings.Split(token, ".")
	var head struct{ Alg string }
	var claims struct {
		Iss      json.RawMessage
		Iat, Exp json.Number
	}
	if decodePart(parts[0], &head) != nil || decodePart(parts[1], &claims) != nil || head.Alg != "RS256" {
		return nil, refusal("A JSON web token could not be decoded")
	}
	app := s.issuer(strings.Trim(string(claims.Iss), `"`))
	if app == nil || app.opts.Key == nil {
		return nil, refusal("Integration not found")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(&app.opts.Key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return nil, refusal("A JSON web token could not be decoded")
	}
	return app, s.checkTimes(claims.Iat, claims.Exp)
}

func (s *Server) checkTimes(issued, expires json.Number) error {
	iat, _ := issued.Float64()
	exp, err := expires.Float64()
	now := float64(s.clock().Unix())
	switch {
	case err != nil || exp == 0:
		return refusal("Missing 'exp' claim in assertion")
	case exp <= now:
		return refusal("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
	case exp > now+10*60+5:
		return refusal("'Expiration time' claim ('exp') is too far in the future")
	case iat > now+5:
		return refusal("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
	}
	return nil
}

func (s *Server) issuer(iss string) *App {
	if id, err := strconv.ParseInt(iss, 10, 64); err == nil {
		return s.apps[id]
	}
	for _, a := range s.apps {
		if a.opts.ClientID != "" && a.opts.ClientID == iss {
			return a
		}
	}
	return nil
}

func decodePart(part string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
