package story

import (
	"context"
	"fmt"
	"strings"
)

// issue waits for the one issue that Sallyport opens.
func issue(ctx context.Context, w *World, args []string) error {
	want := strings.Join(args, " ")
	return w.until(ctx, "there is one issue", func(context.Context) (string, bool) {
		all := w.ownIssues()
		return strings.Join(all, "\n"), len(all) == 1 && strings.Contains(all[0], want)
	})
}

func noIssue(_ context.Context, w *World, _ []string) error {
	if all := w.ownIssues(); len(all) > 0 {
		return fmt.Errorf("there is:\n%s", strings.Join(all, "\n"))
	}
	return nil
}

func (w *World) ownIssues() []string {
	var own []string
	for _, text := range w.Repo.Issues() {
		if strings.HasPrefix(text, "sallyport[bot]: ") {
			own = append(own, text)
		}
	}
	return own
}

func switchIssues(_ context.Context, w *World, args []string) error {
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return fmt.Errorf("needs on or off")
	}
	w.Repo.SetIssues(args[0] == "on")
	return nil
}
