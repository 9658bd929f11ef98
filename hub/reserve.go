package hub

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// codeReserved is why what can wait was not asked for.
const codeReserved = "github-budget-reserved"

// reservePart is the part of an installation's hour that is kept for judging and landing: below it, explaining waits.
const reservePart = 10

// budgets are what GitHub last said is left of each installation's REST requests and GraphQL points.
type budgets struct {
	mu   sync.Mutex
	left map[pauseKey]budget
}

type budget struct {
	limit, remaining int
	reset            time.Time
}

// note reads an answer's headers; what does not carry them says nothing.
func (b *budgets) note(k pauseKey, h http.Header) {
	limit, err1 := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err3 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == nil {
		b.left = map[pauseKey]budget{}
	}
	b.left[k] = budget{limit, remaining, time.Unix(reset, 0)}
}

// short reports for how long what can wait should, so that landings do not have to.
func (b *budgets) short(k pauseKey, now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, known := b.left[k]
	if !known || at.remaining >= at.limit/reservePart || !now.Before(at.reset) {
		return 0, false
	}
	return at.reset.Sub(now), true
}

// spare refuses what only explains while the budget runs short. It was certainly not done, so that it is done later.
func (h *Hub) spare(r request) error {
	if !r.explains {
		return nil
	}
	return h.reserved(pauseKey{r.installation, "rest"}, r.operation)
}

// Spare refuses a look that can wait while little is left of the GraphQL points of which looks before landings are made.
func (h *Hub) Spare(repo pull.Repo) error {
	return h.reserved(pauseKey{repo.Installation, "graphql"}, "snapshot")
}

func (h *Hub) reserved(k pauseKey, operation string) error {
	after, short := h.budgets.short(k, h.now())
	if !short {
		return nil
	}
	h.log.Warn("github_budget_reserved", "installation", k.installation, "kind", k.kind, "operation", operation, "after", after.String())
	h.putOff(k.kind, operation)
	failure := transient(codeReserved, "little is left of GitHub's hour, and it is kept for landings")
	failure.After = after
	return failure
}
