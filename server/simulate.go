package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Simulation is what a caller supposes about a pull request.
type Simulation struct {
	AddReviews    []SimulatedReview `json:"add_reviews"`
	IgnoreReviews []string          `json:"ignore_reviews"` // logins whose reviews are left out
	Target        string            `json:"target"`         // another target branch
}

// SimulatedReview is a review that nobody gave, on the present head.
type SimulatedReview struct {
	Login string           `json:"login"`
	State pull.ReviewState `json:"state"` // approved where it is left out
}

// Simulated is what the gates would say.
type Simulated struct {
	Verdicts []pull.Verdict
	Next     string
	Unknown  []string // logins whose reviews were left out, since their standing may not be told here
	Assumed  []string // what the answer rests on, a sentence each
}

// Simulate judges the last snapshot of a pull request as if s were so. An answer to a caller who is not trusted must
// tell nothing about people that the record's own verdicts do not show.
type Simulate func(ctx context.Context, record pull.Record, s Simulation, trusted bool) (Simulated, error)

type apiSimulation struct {
	Ref             string       `json:"ref"`
	Gates           []apiGate    `json:"gates"`
	Next            string       `json:"next"`
	StandingUnknown []apiUnknown `json:"standing_unknown"`
	Assumed         []string     `json:"assumed"`
	AsOf            time.Time    `json:"as_of"`
}

type apiUnknown struct {
	Login   string `json:"login"`
	Message string `json:"message"`
}

// scopeAdmin lets a token learn roles and teams that no verdict shows.
const scopeAdmin = "admin"

func (s *Server) apiSimulate(w http.ResponseWriter, r *http.Request) {
	a, ok := addressOf(r)
	if !ok || !s.mayTell(r, a) {
		unknownPull(w)
		return
	}
	body, ok := readBody(w, r, bodyMost)
	if !ok {
		return
	}
	supposed, wrong := readSimulation(body)
	if wrong != "" {
		writeProblem(w, http.StatusBadRequest, wrong, `Send {"add_reviews": [{"login": "LOGIN", "state": "approved"}], "ignore_reviews": ["LOGIN"], "target": "BRANCH"}.`)
		return
	}
	rec, _, ok, err := s.record(r.Context(), a)
	if err == nil && !ok {
		unknownPull(w)
		return
	}
	var found Simulated
	if err == nil {
		holder, _ := s.token(r)
		found, err = s.Simulate(r.Context(), rec, supposed, slices.Contains(holder.Scopes, scopeAdmin))
	}
	if err != nil {
		s.Log.ErrorContext(r.Context(), "api could not simulate", "route", route(r), "error", err)
		writeProblem(w, http.StatusServiceUnavailable, "This cannot be worked out at the moment.", "Try again in a few seconds.")
		return
	}
	writeJSON(w, http.StatusOK, tellSimulation(rec, found))
}

func tellSimulation(rec pull.Record, found Simulated) apiSimulation {
	told := apiSimulation{Ref: rec.Request.Ref(), Gates: []apiGate{}, Next: found.Next, StandingUnknown: []apiUnknown{},
		Assumed: append([]string{}, found.Assumed...), AsOf: asOf(rec)}
	for _, v := range inOrder(found.Verdicts) {
		told.Gates = append(told.Gates, apiGate{v.Gate, v.State, apiReasons(v.Reasons)})
	}
	for _, login := range found.Unknown {
		told.StandingUnknown = append(told.StandingUnknown, apiUnknown{login, "Standing unknown: the review was left out."})
	}
	return told
}

const (
	imaginedMost = 50
	branchBytes  = 255
)

var reviewStates = []pull.ReviewState{pull.Approved, pull.ChangesRequested, pull.Commented, pull.Dismissed}

// readSimulation reads a body strictly: a misspelt key must not look like a supposition that changed nothing.
func readSimulation(body []byte) (s Simulation, wrong string) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, "The body is not a simulation: " + strings.TrimPrefix(err.Error(), "json: ") + "."
	}
	if _, err := d.Token(); err != io.EOF {
		return s, "The body goes on after the simulation."
	}
	if len(s.AddReviews) > imaginedMost || len(s.IgnoreReviews) > imaginedMost || len(s.Target) > branchBytes {
		return s, fmt.Sprintf("The simulation is too large: at most %d reviews.", imaginedMost)
	}
	for i := range s.AddReviews {
		review := &s.AddReviews[i]
		review.State = pull.ReviewState(strings.ToUpper(string(review.State)))
		if review.State == "" {
			review.State = pull.Approved
		}
		if !slices.Contains(reviewStates, review.State) {
			return s, "A review's state is approved, changes_requested, commented or dismissed."
		}
		if !ownerName.MatchString(review.Login) {
			return s, "A review has no login, or one that GitHub would not have."
		}
	}
	return s, ""
}
