package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/automerge"
)

var signalKeys = []string{"labels", "comments", "comment_contains", "body_contains", "target", "source", "commits_at_most", "auto_merge"}

// match reads a condition about landing: signals of which any one suffices, or any: or all: with signals or with a list
// of conditions. Which of the two is meant is always written down where it matters.
func (d *document) match(n ast.Node, what string) *automerge.Match {
	before := len(d.problems)
	m := d.matchAs(n, what, false)
	if len(d.problems) > before {
		return nil
	}
	return &m
}

func (d *document) matchAs(n ast.Node, what string, all bool) automerge.Match {
	m := automerge.Match{All: all}
	if list, ok := n.(*ast.SequenceNode); ok && what != "if" && what != "unless" {
		for _, entry := range d.list(list, what) {
			m.Parts = append(m.Parts, d.matchAs(entry, "an entry of "+what, false))
		}
		return m
	}
	f, ok := d.mapping(n, what, append([]string{"any", "all"}, signalKeys...)...)
	if !ok {
		return m
	}
	switch {
	case len(f.keys) == 0:
		d.refuse(n, what+" has no condition", "name one, or leave it out")
	case len(f.keys) > 1 && (f.has("any") || f.has("all")):
		d.refuseToken(f.at, "any and all stand alone: beside something else it would not be clear which of them must hold", "move the rest into it")
	case f.has("any"):
		return d.matchAs(f.values["any"], "any", false)
	case f.has("all"):
		return d.matchAs(f.values["all"], "all", true)
	}
	for _, key := range signalKeys {
		if f.has(key) {
			d.signal(&m.Signals, key, f.values[key])
		}
	}
	return m
}

func (d *document) signal(s *automerge.Signals, key string, n ast.Node) {
	switch key {
	case "labels":
		s.Labels = d.some(n, key)
	case "comments":
		s.Comments = d.some(n, key)
	case "comment_contains":
		s.CommentContains = d.some(n, key)
	case "body_contains":
		s.BodyContains = d.some(n, key)
	case "target":
		s.Target = d.globs(n, key)
	case "source":
		s.Source = d.globs(n, key)
	case "commits_at_most":
		s.CommitsAtMost = d.whole(n, key, 1)
	case "auto_merge":
		if s.AutoMerge = d.flag(n, key); !s.AutoMerge {
			d.refuse(n, fmt.Sprintf("%s can only be true", key), "leave it out")
		}
	}
}
