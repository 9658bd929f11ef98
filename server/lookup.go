package server

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/sallyport/sallyport/pull"
)

// address is a pull request as a URL names it.
type address struct {
	owner, repo string
	number      int
}

var (
	ownerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
	repoName  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
)

// addressOf reads a URL's parts, so strictly that they can be put into another URL.
func addressOf(r *http.Request) (address, bool) {
	a := address{owner: r.PathValue("owner"), repo: r.PathValue("repo")}
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 32)
	a.number = int(number)
	ok := err == nil && a.number > 0 && ownerName.MatchString(a.owner) && repoName.MatchString(a.repo) &&
		a.repo != "." && a.repo != ".."
	return a, ok
}

// record is the latest result for the address, and the turns of its repository.
func (s *Server) record(ctx context.Context, a address) (pull.Record, []pull.Turn, bool, error) {
	repo, ok, err := s.Records.FindRepo(ctx, a.owner, a.repo)
	if err != nil {
		return pull.Record{}, nil, false, fmt.Errorf("finding the repository: %w", err)
	}
	if !ok {
		return pull.Record{}, nil, false, nil
	}
	rec, ok, err := s.Records.Record(ctx, pull.Key{Repo: repo.ID, Number: a.number})
	if err != nil || !ok {
		return pull.Record{}, nil, false, wrap("reading the record", err)
	}
	turns, err := s.Records.Turns(ctx, repo.ID)
	if err != nil {
		return pull.Record{}, nil, false, fmt.Errorf("reading the landing queue: %w", err)
	}
	return rec, turns, true, nil
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// place is where a pull request stands in its branch's landing queue.
type place struct {
	Branch   string `json:"branch"`
	Position int    `json:"position"` // 1 lands next
	Of       int    `json:"of"`
	Holds    bool   `json:"holds"` // it is its turn now
}

// placeOf finds the pull request in its repository's turns, which come in order; nil when it does not queue.
func placeOf(k pull.Key, branch string, turns []pull.Turn) *place {
	return placesOf(turns)[spot{k, branch}]
}

// spot is a pull request in the queue of a branch.
type spot struct {
	key    pull.Key
	branch string
}

// placesOf says of all at once where they stand.
func placesOf(turns []pull.Turn) map[spot]*place {
	queue := func(t pull.Turn) spot { return spot{pull.Key{Repo: t.Repo}, t.Branch} }
	places, long := map[spot]*place{}, map[spot]int{}
	for _, t := range turns {
		long[queue(t)]++
		places[spot{pull.Key{Repo: t.Repo, Number: t.Number}, t.Branch}] = &place{Branch: t.Branch, Position: long[queue(t)], Holds: t.Holds}
	}
	for _, t := range turns {
		places[spot{pull.Key{Repo: t.Repo, Number: t.Number}, t.Branch}].Of = long[queue(t)]
	}
	return places
}
