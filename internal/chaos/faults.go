package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/internal/duotest"
	"github.com/sallyport/sallyport/internal/githubtest"
)

// trouble makes GitHub or Duo misbehave once or twice.
func (t *Town) trouble() {
	times := 1 + t.rng.IntN(2)
	skip := t.rng.IntN(4)
	name := "heals"
	switch t.rng.IntN(10) {
	case 0:
		name = "github does a write and loses the answer"
		t.GitHub.Fault(githubtest.Fault{Write: true, LoseAnswer: true, Skip: skip, Times: times})
	case 1:
		f := githubtest.Refuse(pick(t.rng, 500, 502, 503))
		f.Skip, f.Times = skip, times
		name = fmt.Sprintf("github answers %d", f.Status)
		t.GitHub.Fault(f)
	case 2:
		f := githubtest.SecondaryLimit(time.Second)
		f.Write, f.Skip, f.Times = true, skip, 1
		name = "github has a secondary limit"
		t.GitHub.Fault(f)
	case 3:
		name = "duo loses the answer to a push"
		t.Duo.Fail("auth", duotest.Drop(true), 1)
	case 4:
		name = "duo hangs up"
		t.Duo.Fail(pick(t.rng, "auth", "preauth", "auth_status"), duotest.Drop(false), times)
	case 5:
		name = "duo limits"
		t.Duo.Fail("auth", duotest.RateLimited(1), 1)
	case 6:
		name = "webhooks are lost"
		t.App.FaultWebhooks(githubtest.WebhookFault{Drop: true, Skip: skip, Times: 2 * times})
	case 7:
		name = "webhooks are doubled"
		t.App.FaultWebhooks(githubtest.WebhookFault{Duplicate: 1 + skip, Times: 2 * times})
	case 8:
		name = "webhooks are reordered"
		t.App.FaultWebhooks(githubtest.WebhookFault{Hold: true, Times: 1 + skip})
	default:
		t.App.Release(t.rng.IntN(2) == 0)
		t.GitHub.Heal()
		t.Duo.Heal()
	}
	t.lines = append(t.lines, "# "+name)
}

// kill ends the server in the middle of something and starts it again: either when it is about to make, or has just
// made, some call to GitHub, or after some calls whatever they are.
func (t *Town) kill(ctx context.Context) error {
	struck := t.ambush()
	if err := t.act(ctx); err != nil {
		return err
	}
	t.await(ctx, struck)
	t.kills++
	if err := t.play(ctx, "crash"); err != nil {
		return err
	}
	if t.rng.IntN(3) > 0 {
		t.GitHub.Heal()
	}
	if t.kills%killsAnHour == 0 {
		t.GitHub.RateLimit(githubtest.PerHour)
	}
	return t.play(ctx, "start")
}

// killsAnHour is how often the server is killed before GitHub grants the next hour's requests: by the clock a whole run
// takes less than an hour, and would spend them on starting again.
const killsAnHour = 50

// ambush says when the blow falls.
func (t *Town) ambush() func() bool {
	if t.rng.IntN(2) == 0 {
		made, calls := len(t.GitHub.Calls()), t.rng.IntN(6)
		t.lines = append(t.lines, fmt.Sprintf("# to be killed after %d calls", calls))
		return func() bool { return len(t.GitHub.Calls()) >= made+calls }
	}
	f := githubtest.Fault{Write: true, Times: 1, Skip: t.rng.IntN(5)}
	if t.rng.IntN(2) == 0 {
		f.Hang = true
	} else {
		f.LoseAnswer = true
	}
	active := t.GitHub.Fault(f)
	t.lines = append(t.lines, fmt.Sprintf("# to be killed at write %d, done: %v", f.Skip+1, f.LoseAnswer))
	return func() bool { return active.Strikes() > 0 }
}

// lull is how long the town waits for the moment of a blow; when nothing happens, the blow falls on an idle server.
const lull = 250 * time.Millisecond

func (t *Town) await(ctx context.Context, met func() bool) {
	ctx, cancel := context.WithTimeout(ctx, lull)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
