package server

import (
	"sync"

	"github.com/sallyport/sallyport/pull"
)

const maxRetold = 5000

// retold remembers how ledger rows read. A row never changes, while a page with two hundred of them is drawn again
// with every news; reading their evidence takes most of the time that a page takes.
type retold struct {
	mu   sync.Mutex
	rows map[int64]event
}

func (r *retold) remember(e pull.Entry, tell func() event) event {
	r.mu.Lock()
	known, ok := r.rows[e.ID]
	r.mu.Unlock()
	if ok {
		return known
	}
	known = tell()
	if e.ID == 0 { // not of the ledger yet
		return known
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows == nil || len(r.rows) >= maxRetold {
		r.rows = map[int64]event{}
	}
	r.rows[e.ID] = known
	return known
}
