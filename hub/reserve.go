package hub

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// codeReserved is why what can wait was not asked for.
const codeReserved = "github-budget-reserved"

// reservePart is the part of an installation's hour that is kept for judging and landing: below it, explaining waits.
const reservePart = 10

// budgets are what GitHub last said is left of each installation's REST requests.
type budgets struct {
	mu   sync.Mutex
	left map[int64]budget
}

type budget struct {
	limit, remaining int
	reset            time.Time
}

// note reads an answer's headers; what does not carry them says nothing.
func (b *budgets) note(installation int64, h http.Header) {
	limit, err1 := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err3 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == nil {
		b.left = map[int64]budget{}
	}
	b.left[installation] = budget{limit, remaining, time.Unix(reset, 0)}
}

// short reports for how long what can wait should, so that landings do not have to.
func (b *budgets) short(installation int64, now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, known := b.left[installation]
	if !known || at.remaining >= at.limit/reservePart || !now.Before(at.reset) {
		return 0, false
	}
	return at.reset.Sub(now), true
}

// spare refuses what only explains while the budget runs short. It was certainly not done, so that it is done later.
func (h *Hub) spare(r request) error {
	after, short := h.budgets.short(r.installation, h.now())
	if !r.explains || !short {
		return nil
	}
	h.log.Warn("github_budget_reserved", "installation", r.installation, "operation", r.operation, "after", after.String())
	failure := transient(codeReserved, "little is left of GitHub's hour, and it is kept for landings")
	failure.After = after
	return failure
}
