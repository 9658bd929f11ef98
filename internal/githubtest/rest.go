package githubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// request is one REST call on its way through a handler, with the state locked.
type request struct {
	*http.Request
	s    *Server
	who  *principal
	repo *Repo // set on routes below /repos/{owner}/{repo}
	body []byte
	link string // the Link header of a page, set by page
}

// answer is what a handler says: a status and a JSON value; a nil value is an empty body.
type answer struct {
	status int
	value  any
}

type handler func(*request) (answer, *apiError)

// audience is who may call a route.
type audience int

const (
	anybody audience = iota // any valid token
	appOnly                 // an app's own JSON web token
	tokens                  // an installation's or a person's token
)

// access is what a route asks of its caller.
type access struct {
	who        audience
	permission string
	level      string
}

func ok(v any) (answer, *apiError)      { return answer{http.StatusOK, v}, nil }
func created(v any) (answer, *apiError) { return answer{http.StatusCreated, v}, nil }

// handle mounts a handler: it locks the state, finds out who calls, checks what they may, and writes the answer.
func (s *Server) handle(mux *http.ServeMux, pattern string, n access, h handler) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.serial++
		q := &request{Request: r, s: s, body: bodyOf(r)}
		a, err := q.serve(w.Header(), n, h)
		if err != nil {
			a = answer{err.Status, err.json()}
			for k, v := range err.Header {
				w.Header().Set(k, v)
			}
		}
		q.write(w, a)
	})
}

func (q *request) serve(header http.Header, n access, h handler) (answer, *apiError) {
	var err *apiError
	if q.who, err = q.s.authenticate(q.Request); err != nil {
		return answer{}, err
	}
	note(q.Request, q.who)
	if n.who == appOnly && (q.who.Install != nil || q.who.User != nil) || n.who == tokens && q.who.Install == nil && q.who.User == nil {
		return answer{}, &apiError{Status: http.StatusUnauthorized, Message: "A JSON web token could not be decoded"}
	}
	if q.who.Install != nil || q.who.User != nil {
		paid := q.s.charge(q.who.holder(), "core", 1)
		q.s.rateHeaders(header, q.who.holder(), "core")
		if !paid {
			return answer{}, rateLimited()
		}
	}
	if err := q.admit(n); err != nil {
		return answer{}, err
	}
	return h(q)
}

// admit finds the repository and checks the permission. What may not be seen does not exist.
func (q *request) admit(n access) *apiError {
	if owner := q.PathValue("owner"); owner != "" && q.PathValue("repo") != "" {
		q.repo = q.s.findRepo(owner, q.PathValue("repo"))
		if q.repo == nil || q.who.App == nil && q.who.User == nil || n.who == tokens && !q.who.sees(q.repo) {
			return notFound()
		}
		if q.repo.archived && q.Method != http.MethodGet {
			return &apiError{Status: http.StatusForbidden, Message: "Repository was archived so is read-only."}
		}
	}
	if n.permission != "" && n.who == tokens && !q.who.can(q.repo, n.permission, n.level) {
		if q.who.User != nil {
			return notFound()
		}
		e := forbidden()
		e.Header = map[string]string{"X-Accepted-GitHub-Permissions": n.permission + "=" + n.level}
		return e
	}
	return nil
}

// write sends the answer with an entity tag, so that an unchanged one costs the caller nothing.
func (q *request) write(w http.ResponseWriter, a answer) {
	header := w.Header()
	if q.link != "" {
		header.Set("Link", q.link)
	}
	if a.value == nil {
		w.WriteHeader(a.status)
		return
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a.value); err != nil {
		q.s.violations.add("answering %s %s: %v", q.Method, q.URL.Path, err)
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	if q.Method == http.MethodGet && a.status == http.StatusOK {
		tag := fmt.Sprintf(`W/"%s"`, gitObject{"blob", body.Bytes()}.id())
		header.Set("ETag", tag)
		if q.Header.Get("If-None-Match") == tag {
			q.refund()
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(a.status)
	w.Write(body.Bytes())
}

func (q *request) refund() {
	if q.who != nil && (q.who.Install != nil || q.who.User != nil) {
		q.s.budgetOf(q.who.holder()).used["core"]--
	}
}

// decode reads the JSON body; an absent one leaves the value as it is.
func (q *request) decode(into any) *apiError {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(q.body, into); err != nil {
		return &apiError{Status: http.StatusBadRequest, Message: "Problems parsing JSON"}
	}
	return nil
}

// page cuts one page out of a list by the usual parameters and remembers the Link header.
func page[T any](q *request, all []T) []T {
	query := q.URL.Query()
	size := between(atoi(query.Get("per_page"), 30), 1, 100)
	number := max(atoi(query.Get("page"), 1), 1)
	last := max((len(all)+size-1)/size, 1)
	var links []string
	add := func(rel string, n int) {
		next := url.Values{}
		for k, v := range query {
			next[k] = v
		}
		next.Set("page", strconv.Itoa(n))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, q.s.url, q.URL.Path, next.Encode(), rel))
	}
	if number > 1 {
		add("prev", number-1)
		add("first", 1)
	}
	if number < last {
		add("next", number+1)
		add("last", last)
	}
	q.link = strings.Join(links, ", ")
	from := min((number-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

// listed turns a page of things into JSON, never null.
func listed[T any](all []T, show func(T) object) []object {
	out := []object{}
	for _, v := range all {
		out = append(out, show(v))
	}
	return out
}

func atoi(s string, fallback int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return fallback
}

func between(n, low, high int) int { return min(max(n, low), high) }

// number is a path parameter that must be one; 0 otherwise.
func (q *request) number(name string) int64 {
	n, _ := strconv.ParseInt(q.PathValue(name), 10, 64)
	return n
}

// pull is the pull request that the path names; nil for none.
func (q *request) pull() *Pull { return q.repo.pull(int(q.number("number"))) }
