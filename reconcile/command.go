package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// requestLife is how long a wish for a Duo push waits for its moment.
const requestLife = 15 * time.Minute

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
	return slices.DeleteFunc(all, func(q pull.PromptRequest) bool {
		return w.Request.At.Sub(q.News.At) > requestLife || fulfilled(q, w.Confirmations)
	})
}

func fulfilled(q pull.PromptRequest, all []pull.Confirmation) bool {
	return slices.ContainsFunc(all, func(c pull.Confirmation) bool { return c.Request == q.News.Delivery })
}

// obey carries out what people said in comments, as far as their role allows; each command once.
func (p *pass) obey(ctx context.Context, d Decision) error {
	for _, n := range p.work.News {
		if len(n.Command) == 0 || slices.Contains(p.obeyed, n.Delivery) {
			continue
		}
		if err := p.command(ctx, d, n); err != nil {
			return fmt.Errorf("carrying out /sallyport %s: %w", n.Command[0], err)
		}
		p.obeyed = append(p.obeyed, n.Delivery)
	}
	return nil
}

func (p *pass) command(ctx context.Context, d Decision, n pull.News) error {
	role := d.Request.Standing.Roles[n.Sender.ID]
	switch n.Command[0] {
	case "why":
		if role >= pull.Write {
			return p.GitHub.Comment(ctx, d.Request.Repo, p.work.Key.Number, d.why())
		}
	case "unfreeze":
		if role >= pull.Admin {
			return p.unfreeze(ctx, d, n.Sender)
		}
	}
	return nil
}

// priority is what admins last said of whether the pull request goes before others.
func (p *pass) priority(d Decision) bool {
	first := d.Priority
	for _, n := range p.work.News {
		if len(n.Command) == 0 || n.Command[0] != "priority" || d.Request.Standing.Roles[n.Sender.ID] < pull.Admin {
			continue
		}
		first = len(n.Command) < 2 || n.Command[1] != "off"
		p.log.Info("priority", "on", first, "by", n.Sender.Login)
	}
	return first
}

// unfreeze lifts the freezes that this admin may lift: not one that is about their own phone or deed.
func (p *pass) unfreeze(ctx context.Context, d Decision, admin pull.Account) error {
	for _, f := range d.Freezes {
		if f.By.ID == admin.ID || d.People.Same(f.By.Login, admin.Login) {
			continue
		}
		if err := p.Store.Unfreeze(ctx, f.ID, admin); err != nil {
			return err
		}
		p.log.Warn("unfrozen", "code", f.Code, "by", admin.Login)
	}
	return nil
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
