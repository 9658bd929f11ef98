package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// unheard is how long a comment may be missing on GitHub after its delivery came, and still be expected there.
const unheard = 20 * time.Second

// hear holds every command against GitHub: a delivery says who wrote what, and whoever has the webhook's secret can say so in
// anybody's name. A comment must be there, of that account and with these words, as its author left it, and it counts once:
// told of again, it would undo what was said since. What GitHub keeps no record of, a pressed button, can ask for a look or a
// push and for nothing else. Only what holds landings back is taken at the delivery's word: whoever may write may delete or
// change an admin's comment before it is read.
func (p *pass) hear(r pull.Request) error {
	for i, n := range p.work.News {
		if len(n.Command) == 0 || slices.Contains(p.obeyed, n.Delivery) {
			continue
		}
		why := "command_not_on_github"
		switch late := r.At.Sub(n.At); {
		case vouched(n, r.Comments) && p.inTime(n):
			continue
		case wipedOut(n, r) && p.inTime(n):
			p.log.Warn(why, "command", n.Command[0], "by", n.Sender.Login, "comment", n.Comment, "delivery", n.Delivery, "carried_out", true)
			p.wiped = append(p.wiped, n.Delivery)
			continue
		case vouched(n, r.Comments):
			why = "command_too_late"
			if n.Comment < p.heard {
				p.replies = append(p.replies, pull.Reply{Text: tooLate, Comment: n.Comment})
			}
		case n.Comment != 0 && !written(n.Comment, r.Comments) && late > -unheard && late < unheard:
			return &pull.Failure{Class: pull.Transient, Code: "comment-not-seen", After: 2 * time.Second,
				Err: fmt.Errorf("a command of %s came, and GitHub does not show the comment yet", n.Sender.Login)}
		}
		p.log.Warn(why, "command", n.Command[0], "by", n.Sender.Login, "comment", n.Comment, "delivery", n.Delivery)
		p.work.News = slices.Clone(p.work.News)
		p.work.News[i].Command = nil
	}
	return nil
}

const tooLate = "Nothing was done: a later command was carried out before this one came. Say it again if it is still meant."

// inTime reports whether nothing that was said after it has been carried out. What holds landings back is never too late.
func (p *pass) inTime(n pull.News) bool {
	return n.Comment == 0 || n.Comment > p.heard || n.Comment < p.heard && holdsBack(n)
}

func holdsBack(n pull.News) bool {
	return len(n.Command) > 0 && slices.Contains([]string{"hold", "freeze"}, n.Command[0])
}

// wipedOut reports whether an admin's word that holds landings back is no longer, or not yet, to be seen on GitHub, or has
// become somebody else's. That of its own author, changed by them, is taken back.
func wipedOut(n pull.News, r pull.Request) bool {
	if n.Event != "issue_comment" || n.Comment == 0 || !holdsBack(n) || !n.Sender.Known() || r.Standing.Roles[n.Sender.ID] < pull.Admin {
		return false
	}
	i := slices.IndexFunc(r.Comments, func(c pull.Comment) bool { return c.ID == n.Comment })
	return i < 0 || r.Comments[i].Author.ID == n.Sender.ID && r.Comments[i].Edited && r.Comments[i].EditedBy.ID != n.Sender.ID
}

const notShown = "GitHub does not show the comment that said so as it was written: it was deleted, or changed by somebody else, before it was read. It was carried out all the same."

// vouched reports whether GitHub itself shows that this person gave this command.
func vouched(n pull.News, comments []pull.Comment) bool {
	if n.Event != "issue_comment" {
		return len(n.Command) == 1 && slices.Contains([]string{"recheck", duobot.Button.Identifier}, n.Command[0])
	}
	return slices.ContainsFunc(comments, func(c pull.Comment) bool {
		return n.Comment != 0 && c.ID == n.Comment && c.Author.Known() && c.Author.ID == n.Sender.ID &&
			(!c.Edited || c.EditedBy.ID == c.Author.ID) && slices.Equal(pull.CommandIn(c.Body), n.Command)
	})
}

func written(comment int64, all []pull.Comment) bool {
	return slices.ContainsFunc(all, func(c pull.Comment) bool { return c.ID == comment })
}
