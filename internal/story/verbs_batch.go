package story

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
)

const stagingBranch = "sallyport/staging/main"

// together sees that pull requests landed as one batch: each as a merge commit of its own on top of the one before, signed by
// the bot, by one movement of main to what the person's phone named. Without a person, nobody had to be asked.
func together(ctx context.Context, w *World, args []string) error {
	who := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "pr") {
		who, args = args[0], args[1:]
	}
	if len(args) == 0 {
		return errors.New("needs pull requests")
	}
	below, head := "", ""
	for _, word := range args {
		number, err := strconv.Atoi(strings.TrimPrefix(word, "pr"))
		if err != nil {
			return fmt.Errorf("%q is no pull request", word)
		}
		p, ok := w.Repo.FindPull(number)
		if !ok || p.Merged() == "" {
			return fmt.Errorf("#%d has not landed", number)
		}
		parents, err := exec.CommandContext(ctx, "git", "-C", w.Repo.Dir(), "show", "-s", "--format=%P", p.Merged()).Output()
		if err != nil {
			return fmt.Errorf("reading what landed: %w", err)
		}
		joins := strings.Fields(string(parents))
		if len(joins) != 2 || joins[1] != p.Head() || below != "" && joins[0] != below {
			return fmt.Errorf("#%d landed as %.10s, which joins %v; below it stands %.10s, its head is %.10s", number, p.Merged(), joins, below, p.Head())
		}
		if _, err := w.verifyCommit(ctx, p.Merged()); err != nil {
			return err
		}
		below, head = p.Merged(), p.Merged()
	}
	if shown := w.merges[who]; who != "" && shown != head {
		return fmt.Errorf("the batch's head is %s, and the phone of %s named %q", head, who, shown)
	}
	moves := w.Repo.Moves("main")
	for _, word := range args[:len(args)-1] {
		number, _ := strconv.Atoi(strings.TrimPrefix(word, "pr"))
		if p, _ := w.Repo.FindPull(number); slices.Contains(moves, p.Merged()) {
			return fmt.Errorf("main stood at %.10s, that of #%d alone", p.Merged(), number)
		}
	}
	if !slices.Contains(moves, head) {
		return fmt.Errorf("main never was moved to %.10s", head)
	}
	w.Say(fmt.Sprintf("%s landed by one movement of main to %.10s", strings.Join(args, ", "), head))
	return nil
}

// staging has CI say something about the batch that stands on the staging branch; it waits until that is another one than the
// one it spoke of last.
func staging(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a state")
	}
	head, err := w.staged(ctx)
	if err != nil {
		return err
	}
	err = w.ciSays(args[0], head)
	w.Say(fmt.Sprintf("CI is %s on the batch %.10s", args[0], head))
	return err
}

func (w *World) staged(ctx context.Context) (string, error) {
	var head string
	err := w.until(ctx, "there is a batch to be tested", func(context.Context) (string, bool) {
		head = w.Repo.Branch(stagingBranch)
		return head, head != "" && head != w.tested
	})
	w.tested = head
	return head, err
}

// stagingUntil has CI say the same of every batch that comes to stand on the staging branch, until one pull request has landed.
func stagingUntil(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return w.until(ctx, "it has landed", func(context.Context) (string, bool) {
		head := w.Repo.Branch(stagingBranch)
		if head != "" && head != w.tested {
			w.tested = head
			if err := w.ciSays(args[0], head); err != nil {
				return err.Error(), false
			}
		}
		return "the batch on " + head, p.Merged() != ""
	})
}

// noBranch waits until a branch is gone.
func noBranch(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a name")
	}
	return w.until(ctx, "there is no such branch", func(context.Context) (string, bool) {
		at := w.Repo.Branch(args[0])
		return args[0] + " is at " + at, at == ""
	})
}

// overwrite has somebody who may push put a commit of theirs on a branch of Sallyport's.
func overwrite(_ context.Context, w *World, args []string) (err error) {
	if len(args) < 3 {
		return errors.New("needs a person, a branch and something to change")
	}
	files, err := w.contents(args[2:])
	if err != nil {
		return err
	}
	w.theirs, err = w.Repo.Commit(args[1], files, w.person(args[0]), githubtest.Message("Mine now"))
	return err
}

// unharmed waits until Sallyport has said that it leaves a branch to whoever pushed to it, and sees that it is still there.
func unharmed(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a branch")
	}
	if err := logHas(ctx, w, []string{"\"kept\":\"somebody moved it\""}); err != nil {
		return err
	}
	if at := w.Repo.Branch(args[0]); at != w.theirs {
		return fmt.Errorf("it is at %q, and they had put it at %s", at, w.theirs)
	}
	return nil
}
