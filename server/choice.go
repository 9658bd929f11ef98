package server

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// choice is which open pull requests an overview is to show. The zero value is all of them.
type choice struct {
	Repo, Author string
	Mine         bool // only those that wait for the viewer
}

func choiceOf(q url.Values) choice {
	return choice{Repo: strings.TrimSpace(q.Get("repo")), Author: strings.TrimSpace(q.Get("author")), Mine: q.Get("mine") != ""}
}

// query writes the choice as it is read.
func (c choice) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"repo": c.Repo, "author": c.Author} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if c.Mine {
		q.Set("mine", "1")
	}
	return q.Encode()
}

// Any reports whether anything was chosen.
func (c choice) Any() bool { return c != choice{} }

func (c choice) has(rec pull.Record, viewer string) bool {
	req := rec.Request
	return (c.Repo == "" || strings.EqualFold(c.Repo, req.Repo.FullName())) &&
		(c.Author == "" || strings.EqualFold(c.Author, req.Author.Login)) &&
		(!c.Mine || waitsFor(rec, viewer))
}

func reposOf(records []pull.Record) []string {
	return distinct(records, func(r pull.Record) string { return r.Request.Repo.FullName() })
}

func authorsOf(records []pull.Record) []string {
	return distinct(records, func(r pull.Record) string { return r.Request.Author.Login })
}

func distinct(records []pull.Record, of func(pull.Record) string) []string {
	var all []string
	for _, r := range records {
		if word := of(r); word != "" && show(word) == word && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return all
}
