package githubtest

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport/internal/githubtest/openapi"
)

// validate holds a REST exchange to GitHub's published description, when the options ask for it. GraphQL documents are
// held to the schema by the executor.
func (s *Server) validate(r *http.Request, body []byte, rec *recorder) {
	if r.URL.Path == "/graphql" {
		return
	}
	if r.Pattern == "" {
		s.violations.add("%s %s: the simulator does not know this route", r.Method, r.URL.Path)
	}
	if !s.opts.Validate {
		return
	}
	v, err := openapi.New()
	if err != nil {
		s.violations.add("validation: %v", err)
		return
	}
	if err := v.Request(r, body); err != nil {
		s.violations.add("request %s %s: %v", r.Method, r.URL.Path, err)
		if errors.Is(err, openapi.ErrUnknownRoute) {
			return
		}
	}
	if rec.status == http.StatusNotModified {
		return
	}
	if err := v.Response(r, rec.status, rec.header, rec.body.Bytes()); err != nil {
		s.violations.add("answer to %s %s: %v", r.Method, r.URL.Path, err)
	}
}
