package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// requestLife is how long a wish for a Duo push waits for its moment.
const requestLife = 15 * time.Minute

// queuedRequestLife is that of a wish for a landing through the merge queue, where all checks run once more before.
const queuedRequestLife = 2 * time.Hour

// requests are the wishes for a Duo push that still matter: carried over from the last pass, and new ones. A wish
// that led to a push is fulfilled; one that was turned down stays long enough to be read.
func (p *pass) requests(w World) []pull.PromptRequest {
	all := slices.Clone(w.Requests)
	for _, n := range p.work.News {
		known := slices.ContainsFunc(all, func(q pull.PromptRequest) bool { return q.News.Delivery == n.Delivery })
		if len(n.Command) > 0 && n.Command[0] == duobot.Button.Identifier && !known {
			all = append(all, pull.PromptRequest{News: n})
		}
	}
	for i := range all {
		if reason := p.turnedDown[all[i].News.Delivery]; reason != nil {
			all[i].Refused = reason
		}
	}
	life := requestLife
	if w.Request.Rules.Queue {
		life = queuedRequestLife
	}
	return slices.DeleteFunc(all, func(q pull.PromptRequest) bool {
		return w.Request.At.Sub(q.News.At) > life || fulfilled(q, w.Confirmations)
	})
}

func fulfilled(q pull.PromptRequest, all []pull.Confirmation) bool {
	return slices.ContainsFunc(all, func(c pull.Confirmation) bool { return c.Request == q.News.Delivery })
}

// why is the whole explanation as a comment.
func (d Decision) why() string {
	var b strings.Builder
	for _, v := range d.Verdicts {
		fmt.Fprintf(&b, "**%s**: %s\n\n", v.Gate, v.State)
		tree(&b, v.Reasons, 0)
		b.WriteString("\n")
	}
	if next := d.next(); next != "" {
		fmt.Fprintf(&b, "**Next:** %s\n", escape(next))
	}
	return clip(b.String(), summaryLimit)
}
