package server

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// choice is which open pull requests an overview is to show. The zero value is all of them.
type choice struct {
	Repo, Author string
	Mine         bool // only those that wait for the viewer
	From         int  // behind so many: a later page
}

func choiceOf(q url.Values) choice {
	return choice{Repo: strings.TrimSpace(q.Get("repo")), Author: strings.TrimSpace(q.Get("author")), Mine: q.Get("mine") != "", From: fromOf(q)}
}

// fromOf reads where a page begins: what is no place is the beginning.
func fromOf(q url.Values) int {
	n, err := strconv.Atoi(q.Get("from"))
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}

// At is the address of the page of this choice that begins there.
func (c choice) At(from int) string {
	c.From = from
	return "/?" + c.query()
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
	if c.From > 0 {
		q.Set("from", strconv.Itoa(c.From))
	}
	return q.Encode()
}

// Any reports whether anything was chosen.
func (c choice) Any() bool { return c.Repo != "" || c.Author != "" || c.Mine }

func (c choice) has(rec pull.Record, viewer string) bool {
	req := rec.Request
	return (c.Repo == "" || strings.EqualFold(c.Repo, req.Repo.FullName())) &&
		(c.Author == "" || strings.EqualFold(c.Author, req.Author.Login)) &&
		(!c.Mine || waitsFor(rec, viewer))
}

// authorsOf are those who can be chosen: of what is shown, and whoever is chosen already.
func authorsOf(records []pull.Record, chosen choice) []string {
	words := []string{chosen.Author}
	for _, r := range records {
		words = append(words, r.Request.Author.Login)
	}
	return distinct(words)
}

func distinct(words []string) []string {
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" || show(word) != word })
	slices.SortFunc(words, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	return slices.Compact(words)
}
