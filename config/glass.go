package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/automerge"
)

// breakGlass reads who may land past the gates in an emergency, and for how long that stands. An empty mapping means
// admins, and an hour.
func (d *document) breakGlass(n ast.Node) *automerge.BreakGlass {
	b := &automerge.BreakGlass{From: []string{"admin"}, Lasts: automerge.GlassLasts}
	f, ok := d.mapping(n, "break_glass", "from", "expires")
	if !ok {
		return nil
	}
	if f.has("from") {
		b.From = d.from(f.values["from"])
	}
	if !f.has("expires") {
		return b
	}
	node := f.values["expires"]
	before := len(d.problems)
	b.Lasts = d.period(node, "expires")
	if len(d.problems) == before && (b.Lasts > automerge.GlassAtMost || b.Lasts < automerge.GlassAtLeast) {
		d.refuse(node, fmt.Sprintf("expires is %s, and a broken glass stands for a second at least and 24 hours at most", b.Lasts),
			"write a period between, for example 1h")
	}
	return b
}
