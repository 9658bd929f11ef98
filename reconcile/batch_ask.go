package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/pull"
)

// errand is one person to be asked about a landing, or about a batch for every member whose landing needs their word.
type errand struct {
	ask    duobot.Ask
	covers []pull.Covered
}

// errands gathers who is to be asked for which members, in the order in which they land. Nobody is asked twice.
func errands(all []Decision) []errand {
	var list []errand
	at := map[string]int{}
	for _, d := range all {
		for _, ask := range d.Asks {
			user := strings.ToLower(ask.DuoUser)
			i, known := at[user]
			if !known {
				i, at[user] = len(list), len(list)
				list = append(list, errand{ask: ask})
			}
			list[i].add(pull.Covered{Binding: d.Binding, Account: ask.Account, Role: ask.Role}, ask)
		}
	}
	return list
}

func (e *errand) add(c pull.Covered, ask duobot.Ask) {
	for _, have := range e.covers {
		if have.Binding.Key() == c.Binding.Key() {
			return
		}
	}
	e.covers = append(e.covers, c)
	if e.ask.Request == "" {
		e.ask.Request = ask.Request
	}
	if e.ask.Retry == 0 {
		e.ask.Retry = ask.Retry
	}
}

// prompt is the row of an errand: it belongs to the first of its pull requests, and speaks of the others as well.
func (e errand) prompt() pull.Confirmation {
	first := e.covers[0]
	return pull.Confirmation{Binding: first.Binding, Person: e.ask.Person, Account: first.Account, DuoUser: e.ask.DuoUser, Role: first.Role,
		Request: e.ask.Request, State: pull.PromptIntended, Covers: e.covers[1:]}
}

// askTogether asks everybody whose word a member lacks, each once, on a fresh look at all members.
func (p *pass) askTogether(ctx context.Context, d Decision) (_ Decision, wait time.Duration, again bool, err error) {
	all, ok, err := p.companions(ctx, d)
	if err != nil || !ok {
		return d, 0, err == nil, err
	}
	wait = p.turnTTL() / 2
	for _, e := range errands(all) {
		delay, err := p.ring(ctx, e, describeTogether(all, e))
		if err != nil {
			return d, 0, false, fmt.Errorf("asking %s to confirm: %w", e.ask.Account.Login, err)
		}
		wait = sooner(wait, delay)
	}
	if why := p.turnedDown[""]; why != nil {
		// Nobody can be asked for a while, so the turn passes on.
		held := pull.Reason{Code: why.Code, State: pull.Wait, Message: why.Message, Evidence: why.Evidence}
		err := errors.Join(p.dissolve(ctx, *d.Batch, held), p.Store.LeaveTurn(ctx, p.work.Key, d.Request.Base.Branch))
		return d, quotaPause, true, err
	}
	if err := p.reload(ctx); err != nil {
		return d, 0, false, err
	}
	d.World.Confirmations = p.work.Confirmations
	d.World.Requests = p.requests(d.World)
	return d.World.Decide(), wait, false, p.wakeOthers(ctx, *d.Batch)
}

func (p *pass) wakeOthers(ctx context.Context, b pull.Batch) error {
	var scopes []pull.Scope
	for _, m := range b.Members {
		if m.Number != p.work.Key.Number {
			scopes = append(scopes, pull.Scope{Repo: b.Repo, Number: m.Number})
		}
	}
	_, err := p.Store.File(ctx, scopes, false)
	return err
}

// describeTogether says on a phone what would land: the whole batch, by its head. What the person is asked for comes first.
func describeTogether(all []Decision, e errand) duobot.PushInfo {
	mine := map[int]bool{}
	for _, c := range e.covers {
		mine[c.Binding.Number] = true
	}
	first := all[0]
	info := duobot.Describe(first.Request, first.Binding)
	info.Merge, info.Paths = first.Binding.Shown(), nil
	var titles, later []string
	for i, d := range all {
		one := duobot.Describe(d.Request, d.Binding, d.sensitive()...)
		titles = append(titles, one.Title)
		if i > 0 {
			info.Others = append(info.Others, one.Number)
		}
		if mine[d.Request.Number] {
			info.Paths = append(info.Paths, one.Paths...)
		} else {
			later = append(later, one.Paths...)
		}
	}
	info.Paths, info.Title = unique(append(info.Paths, later...)), strings.Join(titles, "; ")
	return info
}

// unique keeps the first of each.
func unique(paths []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, path := range paths {
		if !seen[path] {
			seen[path] = true
			out = append(out, path)
		}
	}
	return out
}

func oneErrand(d Decision, ask duobot.Ask) errand {
	return errand{ask: ask, covers: []pull.Covered{{Binding: d.Binding, Account: ask.Account, Role: ask.Role}}}
}

// dueTogether finds the members for which the person would acknowledge the batch by a factor of their choice.
func (p *pass) dueTogether(ctx context.Context, d Decision, ask duobot.Ask, wish pull.Wish) (errand, duobot.PushInfo, error) {
	all, ok, err := p.companions(ctx, d)
	if err != nil {
		return errand{}, duobot.PushInfo{}, err
	}
	if !ok {
		return errand{}, duobot.PushInfo{}, refuse("duo-stale", "What would land is no longer what was shown.", "Look at the page again: it shows what would land now.")
	}
	e := errand{ask: ask}
	for _, other := range all {
		if own, ok := duobot.AskOf(other.duoCase(true), wish.Login, wish.ID); ok {
			e.add(pull.Covered{Binding: other.Binding, Account: own.Account, Role: own.Role}, own)
		}
	}
	return e, describeTogether(all, e), nil
}
