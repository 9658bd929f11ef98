package githubtest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// engine has every resolver; it is built once and shared by all servers, whose state reaches it through the context.
var engine = sync.OnceValue(func() *graphql.Engine {
	e := graphql.New(graphql.Official())
	e.TypeOf = objectType
	resolveIdentity(e)
	resolveQuery(e)
	resolvePeople(e)
	resolveRepository(e)
	resolveRefs(e)
	resolveTrees(e)
	resolveCommits(e)
	resolveChecks(e)
	resolveAnnotations(e)
	resolvePulls(e)
	resolveAutoMerge(e)
	resolveMergeQueue(e)
	resolveReviews(e)
	resolveTimeline(e)
	resolveProtection(e)
	resolveRulesets(e)
	resolveMutations(e)
	return e
})

// maxGraphQLBody is beyond what GitHub takes; larger documents are a client's mistake.
const maxGraphQLBody = 4 << 20

// serveGraphQL answers POST /graphql. The caller is authenticated already and the state is not locked.
func (s *Server) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxGraphQLBody))
	if err != nil {
		writeGraphQL(w, http.StatusBadRequest, object{"message": "Problems reading the request"})
		return
	}
	q, err := graphql.ParseRequest(body)
	if err != nil || q.Query == "" {
		s.violations.add("graphql: the body is no request with a query: %v", err)
		writeGraphQL(w, http.StatusBadRequest, object{"message": "Problems parsing JSON"})
		return
	}
	if missing := s.undefined(q.Query); len(missing) > 0 {
		writeGraphQL(w, http.StatusOK, object{"errors": missing})
		return
	}
	answer := s.execute(r.Context(), q)
	for _, v := range answer.Violations {
		s.violations.add("graphql: %s", v)
	}
	recordGraphQL(r, orDefault(answer.Operation, "(anonymous)"), answer.Cost.Points, answer.Mutation)
	writeGraphQL(w, http.StatusOK, answer)
}

// execute runs one document with the state locked, so that an answer shows one moment.
func (s *Server) execute(ctx context.Context, q graphql.Request) graphql.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := principalOf(ctx)
	q.Admit = func(c graphql.Cost) *graphql.Fault {
		if s.charge(p.holder(), "graphql", c.Points) {
			return nil
		}
		return graphql.Faultf(graphql.RateLimited, "API rate limit exceeded for installation ID %d.", p.holder())
	}
	return engine().Do(context.WithValue(ctx, viewerKey{}, &viewer{s, p, p.actor()}), q, nil)
}

func writeGraphQL(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(text)
}

type viewerKey struct{}

// viewer is who asks, on which server.
type viewer struct {
	s  *Server
	p  *principal
	by actor
}

func viewerOf(ctx context.Context) *viewer { return ctx.Value(viewerKey{}).(*viewer) }

// mustHold refuses what the viewer has no permission for. The repository is nil for what belongs to an organization.
func mustHold(ctx context.Context, r *Repo, permission, level string) error {
	if viewerOf(ctx).p.can(r, permission, level) {
		return nil
	}
	return noAccess()
}

func noAccess() error {
	return &graphql.Fault{Type: graphql.Forbidden, Message: "Resource not accessible by integration",
		Extensions: map[string]any{"saml_failure": false}}
}

// repository finds a repository that the viewer may see; for all others it does not exist.
func (v *viewer) repository(owner, name string, followRenames bool) (any, error) {
	r := v.s.findRepo(owner, name)
	if r == nil || !v.p.sees(r) || !followRenames && !strings.EqualFold(r.fullName(), owner+"/"+name) {
		return nil, graphql.Faultf(graphql.NotFound, "Could not resolve to a Repository with the name '%s/%s'.", owner, name)
	}
	return r, nil
}

// orNull makes null of what GitHub leaves out rather than shows empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
