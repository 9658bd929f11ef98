package store

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/sallyport/sallyport/pull"
)

// audience is who in this process follows what changes. Telling somebody twice who has not looked yet is telling once.
type audience struct {
	mu    sync.Mutex
	seats map[*seat]struct{}
}

type seat struct {
	of    pull.Key
	heard chan struct{}
}

func newAudience() *audience { return &audience{seats: map[*seat]struct{}{}} }

// Follow says when what the store keeps about a pull request, or about the queue it stands in, has changed, whichever
// process changed it. A key without a number follows a repository, the zero key everything. A change may be told more
// than once, and sometimes where there was none; leave ends it.
func (s *Store) Follow(k pull.Key) (changed <-chan struct{}, leave func()) {
	return s.audience.follow(k)
}

func (a *audience) follow(k pull.Key) (<-chan struct{}, func()) {
	taken := &seat{of: k, heard: make(chan struct{}, 1)}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seats[taken] = struct{}{}
	return taken.heard, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.seats, taken)
	}
}

// tell wakes whoever follows one of the keys. A key without a number is news of a whole repository, the zero key of
// anything at all.
func (a *audience) tell(keys ...pull.Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s := range a.seats {
		if s.concerned(keys) {
			select {
			case s.heard <- struct{}{}:
			default: // they have not looked since the last time
			}
		}
	}
}

func (s *seat) concerned(keys []pull.Key) bool {
	for _, k := range keys {
		sameRepo := k.Repo == 0 || s.of.Repo == 0 || k.Repo == s.of.Repo
		if sameRepo && (k.Number == 0 || s.of.Number == 0 || k.Number == s.of.Number) {
			return true
		}
	}
	return false
}

// changed has whoever follows the pull request told once the transaction is through. Number 0 is news of every pull
// request of the repository.
func (t *tx) changed(k pull.Key) { t.changes = append(t.changes, k) }

// tell comes after the commit: somebody told earlier would look and see nothing.
func (t *tx) tell() {
	if len(t.changes) > 0 {
		t.s.audience.tell(t.changes...)
		t.s.db.spread(t.changes)
	}
}

// newsBytes keeps a message well under the 8000 bytes that PostgreSQL takes.
const newsBytes = 4000

// writeNews names the process that tells, which heard it already, and the keys; none where there are too many to name.
func writeNews(id string, keys map[pull.Key]bool) string {
	var b strings.Builder
	b.WriteString(id)
	for k := range keys {
		fmt.Fprintf(&b, " %s", k)
		if b.Len() > newsBytes {
			return id
		}
	}
	return b.String()
}

// readNews takes a message apart. What it does not understand may be about anything.
func readNews(message string) (id string, keys []pull.Key) {
	id, rest, _ := strings.Cut(message, " ")
	for word := range strings.FieldsSeq(rest) {
		repo, number, _ := strings.Cut(word, "#")
		k := pull.Key{}
		var err error
		if k.Repo, err = strconv.ParseInt(repo, 10, 64); err == nil {
			k.Number, err = strconv.Atoi(number)
		}
		if err != nil {
			return id, []pull.Key{{}}
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		keys = []pull.Key{{}}
	}
	return id, keys
}
