package chaos

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// Settle ends the turmoil: everything heals, the server starts afresh, people finish what can be finished, and what is
// left is closed. Afterwards nothing is due.
func (t *Town) Settle(ctx context.Context) error {
	t.App.Release(false)
	t.GitHub.Heal()
	t.Duo.Heal()
	if err := t.play(ctx, "halt", "start"); err != nil {
		return err
	}
	for _, user := range []string{"dev.eloper", "eve.engineer"} {
		t.Duo.AutoApprove(user, 0)
	}
	for {
		if push, ok := t.ringing(); ok {
			_ = t.Duo.Approve(push.Txid)
			continue
		}
		break
	}
	for _, p := range t.openPulls() {
		if err := t.finish(ctx, p); err != nil {
			return err
		}
	}
	if err := t.Idle(ctx); err != nil {
		return fmt.Errorf("settling: %w\n%s", err, t.Tail(40))
	}
	return nil
}

// finish gives a pull request all it could lack. It lands unless its people were asked too often; then it is closed.
func (t *Town) finish(ctx context.Context, p *githubtest.Pull) error {
	for _, deed := range []string{"unlabel ana do not merge", "ci green", "review ana approves", "review bo approves",
		"comment " + t.author(p) + " /sallyport duo"} {
		head := p.Head()
		t.seen.note(deed, p.Number, head)
		if err := t.play(ctx, fmt.Sprintf("%s pr%d", deed, p.Number)); err != nil && p.State() == "open" && deed[:2] != "un" {
			return err
		}
	}
	if err := t.Idle(ctx); err != nil {
		return err
	}
	if p.State() == "open" {
		t.lines = append(t.lines, fmt.Sprintf("# #%d is given up", p.Number))
		p.Close(t.Person("root"))
	}
	return nil
}
