package server

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// withKeys puts duo-bot's paths before all others: an owner's pages could otherwise claim them.
func (s *Server) withKeys(next http.Handler) http.Handler {
	if s.Keys == nil {
		return next
	}
	keys := s.keyRoutes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			keys.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// keyRoutes are duo-bot's paths.
func (s *Server) keyRoutes() *router {
	mux := &router{}
	for _, factor := range []pull.Factor{pull.FactorPush, pull.FactorPhone, pull.FactorSMS, pull.FactorPasscode} {
		mux.Handle("POST /v1/"+string(factor)+"/{key}", s.authorized("push", s.askKey(factor)))
	}
	mux.Handle("GET /v1/check/{key}", s.authorized("check", s.checkKey))
	mux.HandleFunc("GET /v1/health", s.keyHealth)
	mux.HandleFunc("/", s.unknown)
	return mux
}

// keyHealth answers as duo-bot does, but not with yes when the server cannot work.
func (s *Server) keyHealth(w http.ResponseWriter, r *http.Request) {
	status, healthy := http.StatusOK, "yes"
	for _, result := range s.ready.results(context.WithoutCancel(r.Context())) {
		if result.Required && !result.OK {
			status, healthy = http.StatusServiceUnavailable, "no"
		}
	}
	writeJSON(w, status, map[string]string{"healthy": healthy, "version": s.Version})
}

// askKey asks a person. Without async it waits for the answer, as duo-bot does; the waiting is done on the books, so
// that it does not matter which replica hears from Duo.
func (s *Server) askKey(factor pull.Factor) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ask, async, wrong := readAsk(w, r, factor)
		if wrong != nil {
			writeKey(w, wrong.status, tellMisread(wrong))
			return
		}
		ask.By, _ = s.token(r)
		answer, err := s.Keys.Ask(r.Context(), ask)
		if err == nil && !async && answer.Prompt.State.Pending() && answer.Prompt.ID != 0 {
			answer, err = s.await(r.Context(), answer)
		}
		if err != nil {
			s.keyTrouble(w, r, err)
			return
		}
		s.answerKey(w, ask.Key, answer, askStatus(answer, async))
	}
}

const (
	// awaitPace is how often the books are looked at for somebody's answer.
	awaitPace = 200 * time.Millisecond
	// awaitLimit exceeds the minute for which Duo keeps a push open.
	awaitLimit = 80 * time.Second
)

func (s *Server) await(ctx context.Context, begun pull.KeyAnswer) (pull.KeyAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	pace := time.NewTicker(awaitPace)
	defer pace.Stop()
	for {
		select {
		case <-pace.C:
		case <-ctx.Done():
			return begun, nil
		case <-s.stopping:
			return begun, nil
		}
		answer, err := s.Keys.Prompt(ctx, begun.Prompt.ID)
		if err != nil && ctx.Err() != nil {
			return begun, nil
		}
		if answer.Before = begun.Before; err != nil || !answer.Prompt.State.Pending() {
			return answer, err
		}
	}
}

// askStatus is duo-bot's where duo-bot has one: 200 is a yes or, with async, that somebody is being asked; 400 is a no.
func askStatus(a pull.KeyAnswer, async bool) int {
	asked := a.Prompt.ID != 0
	switch {
	case a.Valid:
		return http.StatusOK
	case async && asked && (a.Prompt.State.Pending() || a.Prompt.State == pull.PromptTexted):
		return http.StatusOK
	case a.Code == "key-pending" || a.Code == "prompt-pending":
		return http.StatusConflict
	case a.Code == "duo-quota" || a.Code == "token-quota":
		return http.StatusTooManyRequests
	case a.Code == "user-forbidden" || a.Code == "duo-fraud" && !asked:
		return http.StatusForbidden
	case a.Code == "duo-not-configured":
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// checkKey says yes with 200 and no with 500, as duo-bot does.
func (s *Server) checkKey(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	q := pull.KeyQuery{Key: r.PathValue("key"), User: query.Get("user"), UnderWay: query.Get("landing") == "1"}
	q.By, _ = s.token(r)
	switch {
	case err != nil || len(query["user"]) > 1:
		writeKey(w, http.StatusBadRequest, tellMisread(bad("bad-query", "The parameters in the URL cannot be read.", "Escape them, and give each once")))
		return
	case query.Has("user") && q.User == "":
		writeKey(w, http.StatusBadRequest, tellMisread(bad("no-user", "user= names nobody.", "Leave it out, or name somebody")))
		return
	case !keyName.MatchString(q.Key):
		writeKey(w, badKey.status, tellMisread(badKey))
		return
	}
	answer, err := s.Keys.Check(r.Context(), q)
	if err != nil {
		s.keyTrouble(w, r, err)
		return
	}
	s.answerKey(w, q.Key, answer, checkStatus(answer))
}

func checkStatus(a pull.KeyAnswer) int {
	switch {
	case a.Valid:
		return http.StatusOK
	case a.Code == "user-forbidden":
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}

func (s *Server) answerKey(w http.ResponseWriter, key string, a pull.KeyAnswer, status int) {
	if a.After > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(a.After.Seconds()))))
	}
	writeKey(w, status, s.tellKey(key, a))
}

func (s *Server) keyTrouble(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "the api of keys failed", "route", route(r), "error", err)
	w.Header().Set("Retry-After", "5")
	writeKey(w, http.StatusServiceUnavailable, keyAnswer{Code: "unavailable",
		Message: "Something went wrong here, and what was asked counts for nothing.", Next: "Ask GET /v1/check/KEY in a few seconds"})
}

// thaw lets somebody be asked again who reported fraud.
func (s *Server) thaw(w http.ResponseWriter, r *http.Request) {
	holder, _ := s.token(r)
	thawed, err := s.Keys.Thaw(r.Context(), r.PathValue("user"), holder)
	var no *pull.Refusal
	switch {
	case errors.As(err, &no):
		writeProblem(w, http.StatusForbidden, no.Reason.Message, no.Reason.Next+".")
	case err != nil:
		s.keyTrouble(w, r, err)
	case !thawed:
		writeProblem(w, http.StatusNotFound, "Nothing keeps this person from being asked.", "Check the name: a Duo name, or github:LOGIN.")
	default:
		writeJSON(w, http.StatusOK, map[string]bool{"lifted": true})
	}
}
