package graphql

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Connection is one page of a list. Edges and nodes carry the values that resolvers of their types expect.
type Connection struct {
	Edges      []Edge
	Nodes      []any
	PageInfo   PageInfo
	TotalCount int
}

// Edge is a node in its place. Resolvers of fields beside cursor and node get the Edge as their parent and find in
// Item what the node was made of.
type Edge struct {
	Cursor string
	Node   any
	Item   any
}

// PageInfo says what lies around the page. The cursors of an empty page are null.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Connect cuts the page that the arguments first, last, after and before ask for. key names an item for its cursor,
// so that paging goes on at the right place when items were added or removed meanwhile.
func Connect[T any](items []T, args Args, key func(T) string) (*Connection, error) {
	return ConnectAs(items, args, key, func(item T) any { return item })
}

// ConnectAs is Connect where a node is not the item itself but made of it.
func ConnectAs[T any](items []T, args Args, key func(T) string, node func(T) any) (*Connection, error) {
	from, to := 0, len(items)
	if c, ok := args["after"].(string); ok {
		at, present, err := find(items, c, key)
		if err != nil {
			return nil, err
		}
		from = at
		if present {
			from++
		}
	}
	if c, ok := args["before"].(string); ok {
		at, _, err := find(items, c, key)
		if err != nil {
			return nil, err
		}
		to = max(at, from)
	}
	if n, ok := args.Int("first"); ok {
		to = min(to, from+n)
	}
	if n, ok := args.Int("last"); ok {
		from = max(from, to-n)
	}
	c := &Connection{TotalCount: len(items), Edges: make([]Edge, 0, to-from), Nodes: make([]any, 0, to-from)}
	for i := from; i < to; i++ {
		n := node(items[i])
		c.Edges = append(c.Edges, Edge{Cursor: cursor(i, key(items[i])), Node: n, Item: items[i]})
		c.Nodes = append(c.Nodes, n)
	}
	c.PageInfo = PageInfo{HasNextPage: to < len(items), HasPreviousPage: from > 0}
	if len(c.Edges) > 0 {
		c.PageInfo.StartCursor = &c.Edges[0].Cursor
		c.PageInfo.EndCursor = &c.Edges[len(c.Edges)-1].Cursor
	}
	return c, nil
}

func cursor(position int, key string) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "cursor:%d:%s", position, key))
}

// find is the position of a cursor's item. When the item is gone, present is false and the position is where it was.
func find[T any](items []T, c string, key func(T) string) (position int, present bool, err error) {
	refusal := Faultf(InvalidCursor, "`%s` does not appear to be a valid cursor.", c)
	raw, err := base64.StdEncoding.DecodeString(c)
	if err != nil {
		return 0, false, refusal
	}
	parts := strings.SplitN(string(raw), ":", 3)
	if len(parts) != 3 || parts[0] != "cursor" {
		return 0, false, refusal
	}
	was, err := strconv.Atoi(parts[1])
	if err != nil || was < 0 {
		return 0, false, refusal
	}
	if was < len(items) && key(items[was]) == parts[2] {
		return was, true, nil
	}
	for i, item := range items {
		if key(item) == parts[2] {
			return i, true, nil
		}
	}
	return min(was, len(items)), false, nil
}
