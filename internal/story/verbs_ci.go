package story

import (
	"context"
	"fmt"
)

var ciStates = map[string][2]string{
	"queued": {"queued", ""}, "running": {"in_progress", ""}, "green": {"completed", "success"},
	"red": {"completed", "failure"}, "neutral": {"completed", "neutral"}, "skipped": {"completed", "skipped"},
}

// ciSays has CI report a commit.
func (w *World) ciSays(word, sha string) error {
	s, ok := ciStates[word]
	if !ok {
		return fmt.Errorf("CI is never %s", word)
	}
	_, err := w.Repo.CheckRun(w.CI, CheckName, sha, s[0], s[1])
	return err
}

func ci(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	err = w.ciSays(args[0], p.Head())
	w.Say(fmt.Sprintf("CI is %s on #%d", args[0], p.Number))
	return err
}

func status(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 3)
	if err != nil {
		return err
	}
	return w.Repo.Status(w.person(args[0]), p.Head(), args[1], args[2])
}

func forge(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	_, err = w.Repo.CheckRun(w.CI, args[0], p.Head(), "completed", "success")
	return err
}
