// Package openapi holds REST exchanges to GitHub's published description: every request and every answer must have
// the shape that the official OpenAPI document gives it.
package openapi

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed rest.json.gz
var compressed []byte

// ErrUnknownRoute says that GitHub documents no such method and path.
var ErrUnknownRoute = errors.New("not a route of GitHub's REST API")

// Validator checks exchanges against the description. It is safe for concurrent use.
type Validator struct {
	doc    *openapi3.T
	routes map[string]*node // by method
	absent map[string]*node
}

// New returns the validator of GitHub's published description, which is parsed once in the life of the process.
var New = sync.OnceValues(load)

func load() (*Validator, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("unpacking GitHub's REST description: %w", err)
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		return nil, fmt.Errorf("unpacking GitHub's REST description: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("parsing GitHub's REST description: %w", err)
	}
	add(doc)
	if err := relax(doc); err != nil {
		return nil, err
	}
	v := &Validator{doc: doc, routes: map[string]*node{}, absent: map[string]*node{}}
	for template, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			plant(v.routes, method, template)
		}
	}
	for route := range documentedElsewhere {
		method, template, _ := strings.Cut(route, " ")
		plant(v.absent, method, template)
	}
	return v, nil
}

// Template is the path template of a request, "/repos/{owner}/{repo}", and whether GitHub documents it.
func (v *Validator) Template(r *http.Request) (string, bool) {
	for _, routes := range []map[string]*node{v.routes, v.absent} {
		if template, _, ok := find(routes, r); ok {
			return template, true
		}
	}
	return "", false
}

// Request checks path, query and body of a request. The error wraps ErrUnknownRoute where GitHub has no such route; a
// route that GitHub documents but this description lacks passes unchecked.
func (v *Validator) Request(r *http.Request, body []byte) error {
	input, err := v.input(r)
	if input == nil {
		return err
	}
	input.Request = r.Clone(context.Background())
	input.Request.Body = io.NopCloser(bytes.NewReader(body))
	input.Request.ContentLength = int64(len(body))
	if len(body) > 0 {
		// GitHub reads every body as JSON, whatever its label says.
		input.Request.Header.Set("Content-Type", "application/json")
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		return fmt.Errorf("%s %s: %s", r.Method, input.Route.Path, brief(err))
	}
	return nil
}

// Response checks status, headers and body of the answer to a request that Request accepted. An error status that the
// description does not list needs only the shape of GitHub's errors.
func (v *Validator) Response(r *http.Request, status int, header http.Header, body []byte) error {
	input, err := v.input(r)
	if input == nil {
		return err
	}
	route := input.Route
	if status >= 400 && route.Operation.Responses.Status(status) == nil {
		if err := plainError(body); err != nil {
			return fmt.Errorf("%s %s: %d: %w", r.Method, route.Path, status, err)
		}
		return nil
	}
	input.Request = r
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: status, Header: header, Options: input.Options}
	if err := openapi3filter.ValidateResponse(context.Background(), answer.SetBodyBytes(body)); err != nil {
		return fmt.Errorf("%s %s: %d: %s", r.Method, route.Path, status, brief(err))
	}
	return nil
}

var options = &openapi3filter.Options{SkipSettingDefaults: true, IncludeResponseStatus: true, MultiError: true}

// input is nil with an error for an unknown route, and nil without one for a route described elsewhere.
func (v *Validator) input(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	template, params, ok := find(v.routes, r)
	if !ok {
		if _, _, ok := find(v.absent, r); ok {
			return nil, nil
		}
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, ErrUnknownRoute)
	}
	item := v.doc.Paths.Value(template)
	return &openapi3filter.RequestValidationInput{PathParams: params, Options: options, Route: &routers.Route{
		Spec: v.doc, Path: template, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method),
	}}, nil
}

func plainError(body []byte) error {
	var e struct {
		Message *string `json:"message"`
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Message == nil {
		return errors.New("the body is not an error with a message")
	}
	return nil
}

// maxFindings keeps the report of an answer that fits no alternative of a union readable.
const maxFindings = 6

// brief keeps what went wrong and where, and drops the dump of schema and value that follows each finding.
func brief(err error) string {
	parts := findings(err)
	if extra := len(parts) - maxFindings; extra > 0 {
		parts = append(parts[:maxFindings], fmt.Sprintf("and %d more", extra))
	}
	return strings.Join(parts, "; ")
}

func findings(err error) []string {
	var many openapi3.MultiError
	if errors.As(err, &many) && len(many) > 0 {
		var parts []string
		for _, e := range many {
			parts = append(parts, findings(e)...)
		}
		return parts
	}
	var s *openapi3.SchemaError
	if errors.As(err, &s) {
		return []string{fmt.Sprintf("at /%s: %s", strings.Join(s.JSONPointer(), "/"), s.Reason)}
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return []string{first}
}
