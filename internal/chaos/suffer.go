package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Suffer lets one effect go wrong in one way, starts the server anew, has people ask for what the table says they must,
// and holds the end against the story and every promise.
func (t *Town) Suffer(ctx context.Context, e Effect, w Way) error {
	if err := t.suffer(ctx, e, w); err != nil {
		return fmt.Errorf("%w\n%s", err, t.Tail(60))
	}
	return t.Promises(ctx)
}

func (t *Town) suffer(ctx context.Context, e Effect, w Way) error {
	files := map[string]string{".sallyport.yml": e.Policy}
	if e.PolicyBot != "" {
		files = map[string]string{".policy.yml": e.PolicyBot}
	}
	if _, err := t.Repo.Commit("main", files, t.Person("root")); err != nil {
		return err
	}
	for _, user := range []string{"dev.eloper", "eve.engineer", "ana.admin", "bo.admin"} {
		t.Duo.AutoApprove(user, 0)
	}
	if err := t.tell(ctx, append([]string{"bypass"}, e.Before...)...); err != nil {
		return err
	}
	struck, err := t.trap(e, w)
	if err != nil {
		return err
	}
	if err := t.tell(ctx, append([]string{"start"}, e.Story...)...); err != nil {
		return err
	}
	if err := t.restart(ctx, w, struck); err != nil {
		return err
	}
	return t.mend(ctx, e, w)
}

// restart waits until it went wrong, and starts the server anew.
func (t *Town) restart(ctx context.Context, w Way, struck func() bool) error {
	if err := awaits(ctx, "it went wrong", struck); err != nil {
		return err
	}
	if w == Refused { // what it led to comes first
		if err := t.Idle(ctx); err != nil {
			return err
		}
	}
	end := "halt"
	if w.kills() {
		end = "crash"
	}
	if err := t.tell(ctx, end); err != nil {
		return err
	}
	t.GitHub.Heal()
	t.Duo.Heal()
	t.Channel.Heal()
	return t.tell(ctx, "start")
}

// mend has people ask for what they must, and sees that everything comes to its end.
func (t *Town) mend(ctx context.Context, e Effect, w Way) error {
	if err := t.Idle(ctx); err != nil {
		return err
	}
	if err := t.tell(ctx, e.Asks[w]...); err != nil {
		return err
	}
	end := slices.DeleteFunc(slices.Clone(e.End), func(line string) bool { return slices.Contains(e.Leaves[w], line) })
	if err := t.tell(ctx, end...); err != nil {
		return err
	}
	if err := t.Idle(ctx); err != nil {
		return err
	}
	return t.tell(ctx, "metric sallyport_deliveries_unhandled 0")
}

// tell plays lines of a story, and remembers what people did in them.
func (t *Town) tell(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		deed, number := line, t.lastPull()
		if cut := strings.LastIndex(line, " pr"); cut > 0 {
			if n, err := fmt.Sscanf(line[cut:], " pr%d", &number); n == 1 && err == nil {
				deed = line[:cut]
			}
		}
		words := strings.Fields(deed)
		t.seen.blind = t.seen.blind || deed == "blind"
		if p, ok := t.Repo.FindPull(number); ok {
			t.seen.note(deed, number, p.Head())
		}
		if err := t.play(ctx, line); err != nil {
			return err
		}
		if words[0] == "propose" {
			t.seen.authors[t.lastPull()] = words[1]
		}
	}
	return nil
}

func (t *Town) lastPull() int { return len(t.Repo.Pulls()) }

// awaits waits for a condition; what is tried again may take its time.
func awaits(ctx context.Context, what string, met func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
	return nil
}

// Table is the matrix as docs/reliability.md shows it.
func Table() string {
	var b strings.Builder
	head := []string{"what is done"}
	for _, w := range Ways {
		head = append(head, string(w))
	}
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	for _, e := range Effects {
		row := []string{e.Name}
		for _, w := range Ways {
			row = append(row, e.cell(w))
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String()
}

func (e Effect) cell(w Way) string {
	var asked []string
	for _, line := range e.Asks[w] {
		what := "the update button"
		if _, command, found := strings.Cut(line, "/sallyport "); found {
			what = "`/sallyport " + command + "`"
		}
		asked = append(asked, what)
	}
	switch {
	case len(asked) > 0:
		return "when asked: " + strings.Join(asked, ", ")
	case len(e.Leaves[w]) > 0:
		return "left undone"
	}
	return "heals"
}
