package story

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

func label(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err == nil {
		p.Label(w.person(args[0]), strings.Join(args[1:], " "))
	}
	return err
}

func unlabel(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err == nil && !p.Unlabel(w.person(args[0]), strings.Join(args[1:], " ")) {
		err = errors.New("it has no such label")
	}
	return err
}

func readyForReview(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err == nil {
		p.SetDraft(w.person(args[0]), false)
	}
	return err
}

func closePull(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err == nil {
		p.Close(w.person(args[0]))
	}
	return err
}

func reopenPull(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return p.Reopen(w.person(args[0]))
}

func mergeByHand(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	_, err = p.MergeBy(w.person(args[0]), "merge")
	return err
}

func grant(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a person and a role")
	}
	role, ok := pull.ParseRole(args[1])
	if !ok && args[1] != "none" {
		return fmt.Errorf("no such role: %s", args[1])
	}
	w.Repo.Grant(w.person(args[0]), role)
	return nil
}

func renameRepo(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a name")
	}
	w.Repo.Rename(args[0])
	return nil
}

func bypassRules(_ context.Context, w *World, _ []string) error {
	w.guard(githubtest.Bypass{Role: pull.Admin}, githubtest.Bypass{App: w.App})
	return nil
}

func unguarded(_ context.Context, w *World, _ []string) error {
	w.Repo.RemoveRuleset(w.ruleset)
	return nil
}

func lacks(_ context.Context, w *World, args []string) error {
	w.GitHub.Lack(args...)
	return nil
}
