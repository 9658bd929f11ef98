package graphql

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func same(s string) string { return s }

func TestConnect(t *testing.T) {
	letters := strings.Split("abcdef", "")
	cursors := map[string]string{}
	for i, l := range letters {
		cursors[l] = cursor(i, l)
	}
	for _, c := range []struct {
		name       string
		args       Args
		want       string
		next, prev bool
	}{
		{"first", Args{"first": 2}, "ab", true, false},
		{"first beyond the end", Args{"first": 9}, "abcdef", false, false},
		{"first after", Args{"first": 2, "after": cursors["b"]}, "cd", true, true},
		{"last", Args{"last": 2}, "ef", false, true},
		{"last before", Args{"last": 2, "before": cursors["c"]}, "ab", true, false},
		{"between", Args{"first": 9, "after": cursors["a"], "before": cursors["d"]}, "bc", true, true},
		{"first and last", Args{"first": 4, "last": 2}, "cd", true, true},
		{"none", Args{"first": 0}, "", true, false},
		{"after the last", Args{"first": 2, "after": cursors["f"]}, "", false, true},
		{"before what comes earlier", Args{"first": 2, "after": cursors["d"], "before": cursors["b"]}, "", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Connect(letters, c.args, same)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, n := range got.Nodes {
				text += n.(string)
			}
			if text != c.want || got.TotalCount != 6 {
				t.Errorf("got %q of %d, want %q of 6", text, got.TotalCount, c.want)
			}
			if got.PageInfo.HasNextPage != c.next || got.PageInfo.HasPreviousPage != c.prev {
				t.Errorf("got next %v, previous %v, want %v, %v", got.PageInfo.HasNextPage, got.PageInfo.HasPreviousPage, c.next, c.prev)
			}
			if (got.PageInfo.EndCursor == nil) != (c.want == "") {
				t.Errorf("got end cursor %v for %q", got.PageInfo.EndCursor, c.want)
			}
		})
	}
}

func TestCursorsSurviveChanges(t *testing.T) {
	letters := strings.Split("abcdef", "")
	page, err := Connect(letters, Args{"first": 2}, same)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		now  string
		want string
	}{
		"unchanged":            {"abcdef", "cd"},
		"one came before":      {"xabcdef", "cd"},
		"one before went":      {"bcdef", "cd"},
		"the item itself went": {"acdef", "cd"},
		"nearly all went":      {"a", ""},
	} {
		next, err := Connect(strings.Split(c.now, ""), Args{"first": 2, "after": *page.PageInfo.EndCursor}, same)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, n := range next.Nodes {
			got += n.(string)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestForeignCursorsAreRefused(t *testing.T) {
	for _, c := range []string{"x", "", "Zm9v", "Y3Vyc29yOi0xOmE=", "Y3Vyc29yOng6YQ==", "Ym9ndXM6MDph"} {
		for _, side := range []string{"after", "before"} {
			_, err := Connect([]string{"a"}, Args{"first": 1, side: c}, same)
			fault, ok := err.(*Fault)
			if !ok || fault.Type != InvalidCursor {
				t.Errorf("%s %q: got %v, want a fault of type %s", side, c, err, InvalidCursor)
			}
		}
	}
}

func TestConnectionInADocument(t *testing.T) {
	const query = `query($after: String) {animals(first: 2, after: $after) {totalCount nodes {name} edges {cursor node {id}} pageInfo {hasNextPage hasPreviousPage endCursor}}}`
	got, out := run(t, newZoo(), query, "")
	c := cursor(1, "B")
	want := `{"data":{"animals":{"totalCount":3,"nodes":[{"name":"lion A"},{"name":"lion B"}],"edges":[{"cursor":"` + cursor(0, "A") +
		`","node":{"id":"1"}},{"cursor":"` + c + `","node":{"id":"2"}}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":false,"endCursor":"` + c + `"}}}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("first page (-want +got):\n%s", diff)
	}
	got, _ = run(t, newZoo(), query, `{"after":"`+c+`"}`)
	if !strings.Contains(got, `"nodes":[{"name":"lion C"}]`) || !strings.Contains(got, `"hasNextPage":false`) {
		t.Errorf("got second page %s", got)
	}
	if len(out.Violations) > 0 {
		t.Errorf("got violations %q", out.Violations)
	}
}
