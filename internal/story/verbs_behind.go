package story

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// current waits until git itself finds the tip of main in the head.
func current(ctx context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err != nil {
		return err
	}
	head := w.heads[p.Number]
	return w.until(ctx, "the head contains the tip of main", func(ctx context.Context) (string, bool) {
		at := p.Head()
		err := exec.CommandContext(ctx, "git", "-C", head.repo.Dir(), "merge-base", "--is-ancestor", w.Repo.Branch("main"), at).Run()
		return "the head is " + at, err == nil
	})
}

// updates counts what GitHub was asked, whatever it answered.
func updates(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a count")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	err = w.until(ctx, "it was asked that often", func(context.Context) (string, bool) {
		got := w.updatesAsked()
		return strconv.Itoa(got), got >= want
	})
	if got := w.updatesAsked(); err == nil && got != want {
		err = fmt.Errorf("it was asked %d times", got)
	}
	return err
}

func (w *World) updatesAsked() int {
	n := 0
	for _, c := range w.GitHub.Calls() {
		if strings.HasSuffix(c.Path, "/update-branch") {
			n++
		}
	}
	return n
}
