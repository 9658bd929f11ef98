package server

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// apiPullAnswer is a pull request as the API tells it.
type apiPullAnswer struct {
	Ref       string    `json:"ref"`
	Title     string    `json:"title"`
	URL       string    `json:"url,omitempty"`
	State     string    `json:"state"`
	Gates     []apiGate `json:"gates"`
	Next      string    `json:"next"`
	BaseSHA   string    `json:"base_sha,omitempty"`
	HeadSHA   string    `json:"head_sha,omitempty"`
	MergeSHA  string    `json:"merge_sha"`
	LandedSHA string    `json:"landed_sha"`
	// Attestation is how far the signed proof of a landing has come; absent where nothing has landed.
	Attestation *attestation `json:"attestation,omitempty"`
	Queue       *place       `json:"queue,omitempty"`
	Error       string       `json:"error,omitempty"` // why the last look could not finish; the rest is from before
	AsOf        time.Time    `json:"as_of"`
	Age         float64      `json:"age_seconds"`
}

type apiGate struct {
	Name    pull.Gate   `json:"name"`
	State   pull.State  `json:"state"`
	Reasons []apiReason `json:"reasons"`
}

// apiReason always has its evidence, if only an empty object, so that scripts can look without asking first.
type apiReason struct {
	Code     string            `json:"code"`
	State    pull.State        `json:"state"`
	Message  string            `json:"message"`
	Evidence map[string]string `json:"evidence"`
	Next     string            `json:"next,omitempty"`
	Because  []apiReason       `json:"because,omitempty"`
}

func (s *Server) apiPull(w http.ResponseWriter, r *http.Request) {
	a, ok := addressOf(r)
	if !ok || !s.mayTell(r, a) {
		unknownPull(w)
		return
	}
	rec, turns, ok, err := s.record(r.Context(), a)
	switch {
	case err != nil:
		s.Log.ErrorContext(r.Context(), "api could not read", "route", route(r), "error", err)
		writeProblem(w, http.StatusServiceUnavailable, "The record cannot be read at the moment.", "Try again in a few seconds.")
	case !ok:
		unknownPull(w)
	default:
		writeJSON(w, http.StatusOK, s.tell(rec, turns))
	}
}

func unknownPull(w http.ResponseWriter) {
	writeProblem(w, http.StatusNotFound, "This pull request is not known here.",
		"Check the address, and that the app is installed on the repository.")
}

func (s *Server) tell(rec pull.Record, turns []pull.Turn) apiPullAnswer {
	req, seen := rec.Request, asOf(rec)
	told := apiPullAnswer{
		Ref: req.Ref(), Title: req.Title, URL: s.githubURL(req), State: rec.State, Gates: []apiGate{}, Next: rec.Next,
		BaseSHA: req.Base.SHA, HeadSHA: req.Head.SHA, MergeSHA: mergeSHA(rec), LandedSHA: rec.LandedSHA,
		Attestation: attestationOf(rec, s.secrets()),
		Queue:       placeOf(rec.Key, req.Base.Branch, turns), Error: redact(rec.Error, s.secrets()),
		AsOf: seen, Age: max(0, s.Now().Sub(seen).Seconds()),
	}
	for _, v := range inOrder(rec.Verdicts) {
		told.Gates = append(told.Gates, apiGate{v.Gate, v.State, apiReasons(v.Reasons)})
	}
	return told
}

func apiReasons(reasons []pull.Reason) []apiReason {
	told := make([]apiReason, len(reasons))
	for i, r := range reasons {
		told[i] = apiReason{r.Code, r.State, r.Message, r.Evidence, r.Next, apiReasons(r.Because)}
		if r.Evidence == nil {
			told[i].Evidence = map[string]string{}
		}
	}
	return told
}

// inOrder sorts verdicts as people read them: the gates, then automerge, then whatever else there may be.
func inOrder(verdicts []pull.Verdict) []pull.Verdict {
	order := append(slices.Clone(pull.Gates), pull.GateAutomerge)
	rank := func(g pull.Gate) int {
		if i := slices.Index(order, g); i >= 0 {
			return i
		}
		return len(order)
	}
	sorted := slices.Clone(verdicts)
	slices.SortStableFunc(sorted, func(a, b pull.Verdict) int { return rank(a.Gate) - rank(b.Gate) })
	return sorted
}

// asOf is when the world was last read for the record, the age of all that it says.
func asOf(rec pull.Record) time.Time {
	if rec.Request.At.IsZero() {
		return rec.At
	}
	return rec.Request.At
}

// mergeSHA is M, once it is known to be the merge of B and H.
func mergeSHA(rec pull.Record) string {
	if rec.Request.Test.State != pull.Clean {
		return ""
	}
	return cmp.Or(rec.MergeSHA, rec.Request.Test.SHA)
}
