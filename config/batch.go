package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/automerge"
)

// batch reads a size, or {size, checks, deadline}.
func (d *document) batch(n ast.Node) automerge.Batch {
	if _, whole := n.(*ast.MappingNode); !whole {
		return automerge.Batch{Size: d.batchSize(n)}
	}
	var b automerge.Batch
	f, ok := d.mapping(n, "batch", "size", "checks", "deadline")
	if !ok {
		return b
	}
	if f.has("size") {
		b.Size = d.batchSize(f.values["size"])
	} else if f.lacks("size") {
		d.refuseToken(f.at, "the batch has no size", "say how many may land together, for example size: 5")
	}
	if f.has("checks") {
		b.Checks = d.some(f.values["checks"], "checks")
	}
	if f.has("deadline") {
		b.Deadline = d.period(f.values["deadline"], "deadline")
		if len(b.Checks) == 0 {
			d.refuseToken(f.keys["deadline"], "a deadline is for checks, and this batch waits for none", "list what must succeed on the batch under checks, or leave it out")
		}
	}
	return b
}

func (d *document) batchSize(n ast.Node) int {
	size := d.whole(n, "batch", automerge.SmallestBatch)
	if size > automerge.LargestBatch {
		d.refuse(n, fmt.Sprintf("batch is %d, and at most %d land together", size, automerge.LargestBatch), "write a smaller number")
	}
	return size
}
