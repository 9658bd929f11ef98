package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits holds one bucket for each API token, by the token's name. The names are the operator's, so they are few.
type limits struct {
	rate  rate.Limit
	burst int
	now   func() time.Time

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLimits(r rate.Limit, burst int, now func() time.Time) *limits {
	return &limits{rate: r, burst: burst, now: now, buckets: map[string]*rate.Limiter{}}
}

// take spends one request, or says how long until there is one to spend.
func (l *limits) take(name string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	bucket := l.buckets[name]
	if bucket == nil {
		bucket = rate.NewLimiter(l.rate, l.burst)
		l.buckets[name] = bucket
	}
	l.mu.Unlock()
	now := l.now()
	turn := bucket.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
		return wait, false
	}
	return 0, true
}
