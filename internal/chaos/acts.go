package chaos

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/internal/githubtest"
)

const (
	// crowd is how many pull requests are open at a time.
	crowd = 5
	// patience is how often a full crowd is looked at, on average, before its oldest pull request is given up: a phone that
	// said no too often would keep its place for good.
	patience = 40
)

// act is something that a person, CI or a phone does.
func (t *Town) act(ctx context.Context) error {
	open := t.openPulls()
	if len(open) < crowd && (len(open) == 0 || t.rng.IntN(3) == 0) {
		return t.propose(ctx)
	}
	if push, ok := t.ringing(); ok && t.rng.IntN(3) > 0 {
		return t.answer(push)
	}
	if len(open) == crowd && t.rng.IntN(patience) == 0 {
		return t.play(ctx, fmt.Sprintf("close root pr%d", open[0].Number))
	}
	return t.touch(ctx, pick(t.rng, open...))
}

func (t *Town) openPulls() []*githubtest.Pull {
	var open []*githubtest.Pull
	for _, p := range t.Repo.Pulls() {
		if p.State() == "open" {
			open = append(open, p)
		}
	}
	return open
}

func (t *Town) propose(ctx context.Context) error {
	path := pick(t.rng, "staging", "staging", "prod", "prod", "prod")
	return t.proposeTo(ctx, fmt.Sprintf("%s/job-%d.nomad", path, t.rng.IntN(1000)))
}

func (t *Town) proposeTo(ctx context.Context, name string) error {
	author := pick(t.rng, "dev", "eve")
	if err := t.play(ctx, fmt.Sprintf("propose %s %s", author, name)); err != nil {
		return err
	}
	all := t.Repo.Pulls()
	t.seen.authors[all[len(all)-1].Number] = author
	return nil
}

// touch does something to an open pull request. It may land meanwhile: then what GitHub refuses is no fault.
func (t *Town) touch(ctx context.Context, p *githubtest.Pull) error {
	deed, head := t.deed(p), p.Head()
	t.seen.note(deed, p.Number, head)
	err := t.play(ctx, fmt.Sprintf("%s pr%d", deed, p.Number))
	if err != nil && (p.State() != "open" || strings.HasPrefix(deed, "update") || strings.HasPrefix(deed, "unlabel")) {
		return nil // there may be nothing to update with, or no label to take off
	}
	return err
}

// deed draws what is done. Most people want their pull requests to land.
func (t *Town) deed(p *githubtest.Pull) string {
	switch t.rng.IntN(40) {
	case 0:
		return "ci " + pick(t.rng, "queued", "running", "red", "skipped")
	case 1:
		return "review " + pick(t.rng, "ana", "bo") + " objects"
	case 2, 3:
		return "push " + t.author(p) + fmt.Sprintf(" prod/job-%d.nomad", t.rng.IntN(1000))
	case 4, 5:
		return "update " + t.author(p)
	case 6, 7:
		return "comment " + pick(t.rng, "dev", "eve", "ana") + " /sallyport " + pick(t.rng, "recheck", "why")
	case 8, 9, 10:
		return "comment " + t.author(p) + " /sallyport duo"
	case 11:
		return "label ana do not merge"
	case 12, 13:
		return "unlabel ana do not merge"
	case 14:
		return "comment ken what is this?"
	}
	if t.rng.IntN(2) == 0 {
		return "ci green"
	}
	return "review " + pick(t.rng, "ana", "bo") + " approves"
}

func (t *Town) author(p *githubtest.Pull) string { return t.seen.authors[p.Number] }

// ringing is a push that waits on somebody's phone.
func (t *Town) ringing() (duotest.Push, bool) {
	var open []duotest.Push
	for _, p := range t.Duo.Pushes() {
		if p.Open() {
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return duotest.Push{}, false
	}
	return pick(t.rng, open...), true
}

// answer has a phone answered. An answer that comes too late is none.
func (t *Town) answer(p duotest.Push) error {
	way := pick(t.rng, "approves", "approves", "approves", "approves", "approves", "denies", "ignores")
	t.lines = append(t.lines, fmt.Sprintf("# the phone of %s %s %s", p.User, way, p.Get("merge")))
	switch way {
	case "approves":
		_ = t.Duo.Approve(p.Txid)
	case "denies":
		_ = t.Duo.Deny(p.Txid)
	default:
		_ = t.Duo.Timeout(p.Txid)
	}
	return nil
}
