package server

import (
	"bytes"
	"html/template"
	"sync"

	"github.com/sallyport/sallyport/pull"
)

const maxRetold = 5000

// retold remembers how ledger rows read and look. A row never changes, while a page with two hundred of them is drawn
// again with every news; reading their evidence and drawing them takes most of the time that a page takes.
type retold struct {
	mu    sync.Mutex
	rows  map[int64]event
	drawn map[sketch]template.HTML
}

// sketch names a row's looks: the link to its decision is another once the repository is renamed.
type sketch struct {
	row      int64
	decision string
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

// draw is the row as the timeline shows it; empty where it is not of the ledger yet, or cannot be drawn alone.
func (r *retold) draw(e event, p pages) template.HTML {
	key := sketch{e.ID, e.Decision}
	r.mu.Lock()
	known, ok := r.drawn[key]
	r.mu.Unlock()
	if ok || e.ID == 0 {
		return known
	}
	var out bytes.Buffer
	if err := p["pull"].ExecuteTemplate(&out, "event", e); err != nil {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.drawn == nil || len(r.drawn) >= maxRetold {
		r.drawn = map[sketch]template.HTML{}
	}
	r.drawn[key] = template.HTML(out.String())
	return r.drawn[key]
}
