// Package chaos lets a town live through random days: people, CI and phones act, GitHub and Duo misbehave and the server
// is killed, all in an order that a seed decides. Afterwards every promise is held against git, GitHub and Duo.
package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

// policy lets staging land by itself and asks for an admin and the author's phone elsewhere.
const policy = `version: 1
rules:
  - name: staging is approved by default
    paths: [staging/**]
    require: {}
  - name: production needs an admin
    paths: ["**"]
    require: {approvals: {count: 1, from: [admin]}, duo: author}
automerge: {method: exact, unless: {labels: [do not merge]}}
`

// Town is a world in turmoil. What happened is kept as lines of a story.
type Town struct {
	*story.World
	rng   *rand.Rand
	lines []string
	kills int
	seen  history
	// Relay stands before the database, where a commit is to go wrong.
	Relay *pgtest.Relay
}

// New moves into a world that has not been started.
func New(w *story.World, seed uint64) *Town {
	return &Town{World: w, rng: rand.New(rand.NewPCG(seed, 0x5a11)), seen: newHistory()}
}

// Live lets the town live until the server was killed so often.
func (t *Town) Live(ctx context.Context, kills int) error {
	if err := t.open(ctx); err != nil {
		return err
	}
	for t.kills < kills {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.moment(ctx); err != nil {
			return fmt.Errorf("after %d kills: %w\n%s", t.kills, err, t.Tail(40))
		}
	}
	return nil
}

func (t *Town) open(ctx context.Context) error {
	if _, err := t.Repo.Commit("main", map[string]string{".sallyport.yml": policy}, t.Person("root")); err != nil {
		return err
	}
	return t.play(ctx, "bypass", "start")
}

// moment is one thing that happens. Kills come often: they are what this is about.
func (t *Town) moment(ctx context.Context) error {
	switch t.rng.IntN(12) {
	case 0, 1:
		return t.kill(ctx)
	case 2:
		t.trouble()
	case 3, 4:
		t.rest(ctx)
	}
	return t.act(ctx)
}

// rest gives the server a while to do what is due, so that something comes to its end between two kills.
func (t *Town) rest(ctx context.Context) {
	t.lines = append(t.lines, "# quiet")
	ctx, cancel := context.WithTimeout(ctx, 4*lull)
	defer cancel()
	_ = t.Idle(ctx)
}

// play carries out lines of a story.
func (t *Town) play(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		t.lines = append(t.lines, line)
		words := strings.Fields(line)
		if err := t.Run(ctx, words[0], words[1:]); err != nil {
			return err
		}
	}
	return nil
}

// Tail is the last n lines of what happened.
func (t *Town) Tail(n int) string {
	return strings.Join(t.lines[max(0, len(t.lines)-n):], "\n")
}

// pick draws one of several.
func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
