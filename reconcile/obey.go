package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// obey carries out what people said in comments, as far as their role allows; each command once. It comes before
// anything else is done, so that a hold holds back the very pass that hears of it.
func (p *pass) obey(ctx context.Context, w World) (World, error) {
	if p.replies = unsaid(p.replies, w.Request.Comments); len(p.replies) > 0 && !p.commanded() {
		p.reply(ctx, w.Request.Repo)
	}
	if !p.commanded() || !w.gated() && !p.wasGated(w) {
		return w, nil
	}
	for _, n := range p.work.News {
		if len(n.Command) == 0 || slices.Contains(p.obeyed, n.Delivery) {
			continue
		}
		var err error
		if w, err = p.command(ctx, w, n); err != nil {
			return w, fmt.Errorf("carrying out /sallyport %s: %w", n.Command[0], err)
		}
		p.obeyed = append(p.obeyed, n.Delivery)
		if !slices.Contains(p.wiped, n.Delivery) { // a number that GitHub does not vouch for makes nothing else too late
			p.heard = max(p.heard, n.Comment)
		}
	}
	if err := p.saveObeyed(ctx, w); err != nil {
		return w, err
	}
	p.reply(ctx, w.Request.Repo)
	return w, nil
}

// obeyLate hears what is said on a pull request that has landed: whoever sees what it did may want to stop the next.
func (p *pass) obeyLate(ctx context.Context) error {
	if !p.commanded() {
		return nil
	}
	w, err := p.read(ctx)
	if err != nil {
		return err
	}
	if w, err = p.obey(ctx, w); err != nil {
		return err
	}
	p.explain(ctx, w.Decide())
	return nil
}

// wasGated reports whether the pull request was gated when it came to its end: the policy is not read after that.
func (p *pass) wasGated(w World) bool {
	return w.Request.State != pull.Open && p.work.Last != nil && p.work.Last.State != StateUngated
}

// commanded reports whether there is a command that was not carried out yet.
func (p *pass) commanded() bool {
	return slices.ContainsFunc(p.work.News, func(n pull.News) bool {
		return len(n.Command) > 0 && !slices.Contains(p.obeyed, n.Delivery)
	})
}

func (p *pass) command(ctx context.Context, w World, n pull.News) (World, error) {
	breaking := w.breaking()
	breaking.Shut = w.glassShut()
	order := automerge.Obey(automerge.Command{
		Words: n.Command, By: n.Sender, Role: w.Request.Standing.Roles[n.Sender.ID], Key: p.work.Key, Branch: w.Request.Base.Branch,
		Freezes: w.Freezes, Same: w.People.Same, Open: w.Request.State == pull.Open,
		Glass: w.Request.Glass, Breaking: breaking, Head: w.Request.Head.SHA, Author: w.Request.Author, Delivery: n.Delivery, At: n.At,
	})
	if order.Glass != nil {
		if err := p.shatter(ctx, &w, n, order); err != nil {
			return w, err
		}
	}
	if order.Freeze != nil {
		if err := p.Store.Freeze(ctx, *order.Freeze); err != nil {
			return w, err
		}
		p.log.Warn("frozen", "code", order.Freeze.Code, "by", n.Sender.Login, "why", order.Freeze.Reason)
	}
	for _, f := range order.Lift {
		if err := p.Store.Unfreeze(ctx, f.ID, n.Sender); err != nil {
			return w, err
		}
		p.log.Warn("unfrozen", "code", f.Code, "by", n.Sender.Login)
	}
	if order.Recheck {
		p.rechecked, w.Rechecked = n.At, n.At
	}
	if order.Priority != nil {
		p.priority, w.Priority = order.Priority, *order.Priority
		p.log.Info("priority", "on", w.Priority, "by", n.Sender.Login)
	}
	if order.Freeze != nil || len(order.Lift) > 0 {
		all, err := p.Store.Frozen(ctx, p.work.Key.Repo)
		if err != nil {
			return w, err
		}
		p.work.Freezes = all
		w.Freezes = covering(all, w.Request)
	}
	p.noteReply(n, order)
	return w, nil
}

// noteReply keeps an answer until it is given. A button is answered by the check run that it sits on.
func (p *pass) noteReply(n pull.News, order automerge.Order) {
	text := escape(order.Say)
	p.unexplained = p.unexplained || order.Explain
	if slices.Contains(p.wiped, n.Delivery) { // it would be answered by a mark on what is not there
		text = strings.TrimSpace(text + "\n\n" + notShown)
	}
	if n.Comment != 0 && (text != "" || order.React != "") {
		p.replies = append(p.replies, pull.Reply{Text: text, Comment: n.Comment, Reaction: order.React})
	}
}

// explain answers why, once it is known whose turn it is.
func (p *pass) explain(ctx context.Context, d Decision) {
	if !p.unexplained {
		return
	}
	p.unexplained = false
	text := d.why()
	if text == "" {
		text = p.ending()
	}
	p.replies = append(p.replies, pull.Reply{Text: text})
	p.reply(ctx, d.Request.Repo)
}

// ending says how it came to its end: no policy is read after that, and nothing judged.
func (p *pass) ending() string {
	last := p.work.Last
	if last == nil {
		return "There is nothing to decide here."
	}
	text := fmt.Sprintf("It is %s: nothing is left to decide.", last.State)
	if g := last.Request.Glass; g != nil && g.State == pull.GlassLanded {
		text += " " + escape(automerge.Broken(g)+" "+g.Why)
	}
	return text
}

// saveObeyed has the books know what was carried out, and what is to be answered, before anybody hears of it.
func (p *pass) saveObeyed(ctx context.Context, w World) error {
	if p.work.Last == nil {
		return p.save(ctx, w.Decide(), StateOpen)
	}
	record := *p.work.Last
	record.Request.Glass = w.Request.Glass
	record.Obeyed, record.Heard, record.Replies, record.Rechecked, record.Priority = latest(p.obeyed), p.heard, p.replies, w.Rechecked, w.Priority
	p.work.Last = &record
	return p.Store.Save(ctx, record)
}

// latest bounds what is remembered of the commands that were carried out.
func latest(deliveries []string) []string { return deliveries[max(0, len(deliveries)-20):] }

// reply gives the answers that are due. What certainly did not arrive is given by a later pass; what may have arrived
// is not said twice.
func (p *pass) reply(ctx context.Context, repo pull.Repo) {
	due := p.replies
	p.replies = nil
	for _, r := range due {
		err := p.say(ctx, repo, r)
		if err == nil {
			continue
		}
		p.log.Warn("a command could not be answered", "error", err.Error())
		if pull.ClassOf(err) == pull.Transient {
			p.replies = append(p.replies, r)
		}
	}
}

// unsaid are the answers that cannot be seen below what they answer: a process may have died between saying one and
// writing down that it did.
func unsaid(replies []pull.Reply, comments []pull.Comment) []pull.Reply {
	return slices.DeleteFunc(slices.Clone(replies), func(r pull.Reply) bool {
		return r.Text != "" && slices.ContainsFunc(comments, func(c pull.Comment) bool {
			return c.ID > r.Comment && c.Author.Kind == pull.Bot && c.Body == r.Text
		})
	})
}

func (p *pass) say(ctx context.Context, repo pull.Repo, r pull.Reply) error {
	if r.Text != "" {
		return p.GitHub.Comment(ctx, repo, p.work.Key.Number, r.Text)
	}
	return p.GitHub.React(ctx, repo, r.Comment, r.Reaction)
}
