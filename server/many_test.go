package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// crowded is a repository with so many open pull requests that all wait to land, and a quiet one that changed longest ago.
func crowded(open int) *memory {
	m := guarded(waitingRecord())
	m.records = nil
	for n := 1; n <= open; n++ {
		rec := waitingRecord()
		rec.Key.Number, rec.Request.Number = n, n
		rec.Request.Title = fmt.Sprintf("Change no. %d", n)
		m.records = append(m.records, rec)
		m.turns = append(m.turns, pull.Turn{Repo: rec.Key.Repo, Branch: "main", Number: n})
	}
	quiet := waitingRecord()
	quiet.Key.Repo, quiet.Request.Repo.ID, quiet.Request.Repo.Name = 99, 99, "quiet"
	quiet.Request.Title = "The quiet one"
	m.records = append(m.records, quiet)
	return m
}

// TestTheOverviewIsBounded: of 10,000 a page shows 500, says so, and leads on; what a repository has cannot hide another's.
func TestTheOverviewIsBounded(t *testing.T) {
	s := openServer(t, crowded(10_000))
	for _, tc := range []struct {
		path       string
		rows       int
		has, lacks string
	}{
		{"/", 500, `href="/?from=500" rel="next"`, "The quiet one"},
		{"/?from=500", 500, "Newest first", `<li id="pull-7-1"`},
		{"/?from=10000", 1, "The quiet one", `rel="next"`},
		{"/?from=-1", 500, "10001 open pull requests", "The quiet one"},
		{"/?repo=acme/quiet", 1, "The quiet one", `rel="next"`},
		{"/?author=nobody", 0, `href="/?author=nobody&amp;from=5000" rel="next"`, `<li id="pull-7-1"`},
	} {
		text := get(s, tc.path).Body.String()
		if rows := strings.Count(text, `<li id="pull-`); rows != tc.rows || !strings.Contains(text, tc.has) || strings.Contains(text, tc.lacks) {
			t.Errorf("%s: %d rows, want %d; has %q: %v; has %q: %v, want not", tc.path, rows, tc.rows,
				tc.has, strings.Contains(text, tc.has), tc.lacks, strings.Contains(text, tc.lacks))
		}
		if named := strings.Count(text, `aria-hidden="true">Change no.`); named > 20 || !strings.Contains(text, "and 9980 more behind them") {
			t.Errorf("%s: the queue names %d, want 20 and the others counted", tc.path, named)
		}
	}
}

func TestPlacesAreOfTheirOwnQueue(t *testing.T) {
	turns := []pull.Turn{{Repo: 1, Branch: "main", Number: 3, Holds: true}, {Repo: 1, Branch: "main", Number: 4}, {Repo: 2, Branch: "main", Number: 4}}
	var got []string
	for _, sp := range []spot{{pull.Key{Repo: 1, Number: 3}, "main"}, {pull.Key{Repo: 1, Number: 4}, "main"}, {pull.Key{Repo: 2, Number: 4}, "main"}} {
		got = append(got, fmt.Sprint(*placesOf(turns)[sp]))
	}
	if want := []string{"{main 1 2 true}", "{main 2 2 false}", "{main 1 1 false}"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if p := placeOf(pull.Key{Repo: 1, Number: 3}, "release", turns); p != nil {
		t.Errorf("it stands in the queue of another branch: %v", p)
	}
}
