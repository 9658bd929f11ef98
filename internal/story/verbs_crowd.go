package story

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/sallyport/sallyport/pull"
)

func slow(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a period")
	}
	period, err := time.ParseDuration(args[0])
	if err == nil {
		w.GitHub.SetLatency(period)
	}
	return err
}

func budgetLeft(_ context.Context, w *World, args []string) error {
	if len(args) != 2 || args[0] != "core" && args[0] != "graphql" {
		return errors.New("needs core or graphql, and a count")
	}
	left, err := strconv.Atoi(args[1])
	if err == nil {
		w.GitHub.LeaveBudget(args[0], left)
	}
	return err
}

// storm opens pull requests and has a status come in on each. The simulated GitHub delivers one event after the other, so that more
// of them would hold up those of other repositories, too.
func storm(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a count")
	}
	many, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for i := range many {
		if err := propose(ctx, w, []string{"dev", fmt.Sprintf("staging/noise-%d.nomad", i)}); err != nil {
			return err
		}
	}
	for _, p := range w.Repo.Pulls() {
		if err := w.Repo.Status(w.person("dev"), p.Head(), "note", "pending"); err != nil {
			return err
		}
	}
	return nil
}

// unseen looks at one moment: nothing is waited for.
func unseen(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a repository and a count")
	}
	want, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	s, ok := w.scenes[Organization+"/"+args[0]]
	if !ok {
		return fmt.Errorf("the story was never about %s", args[0])
	}
	n := 0
	for _, p := range s.repo.Pulls() {
		if _, seen := s.repo.FindCheckRun(w.App, "sallyport/"+string(pull.GateApproval), p.Head()); !seen {
			n++
		}
	}
	if n < want {
		return fmt.Errorf("they are %d of %d", n, len(s.repo.Pulls()))
	}
	return nil
}
