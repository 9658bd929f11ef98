package story

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

var reviewWords = map[string]pull.ReviewState{
	"approves": pull.Approved, "objects": pull.ChangesRequested, "remarks": pull.Commented,
}

func review(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	state, ok := reviewWords[args[1]]
	if !ok {
		return fmt.Errorf("nobody %s", args[1])
	}
	r, err := p.Review(w.person(args[0]), state, "")
	w.reviews[args[0]] = r
	w.Say(fmt.Sprintf("%s %s #%d", args[0], args[1], p.Number))
	return err
}

func dismiss(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	given, _, err := flags(args[1:])
	if err != nil {
		return err
	}
	return p.DismissReview(w.reviews[args[0]], w.person(cmp.Or(given["by"], "root")), "dismissed in a story")
}

func editReview(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 3)
	if err != nil {
		return err
	}
	if w.reviews[args[1]] == nil {
		return fmt.Errorf("%s has reviewed nothing", args[1])
	}
	p.EditReview(w.reviews[args[1]], w.person(args[0]), strings.Join(args[2:], " "))
	return nil
}

func comment(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err == nil {
		w.comments[args[0]] = p.Comment(w.person(args[0]), strings.Join(args[1:], " "))
	}
	return err
}

func editComment(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 3)
	if err != nil {
		return err
	}
	said := w.comments[args[1]]
	if said == nil {
		return fmt.Errorf("%s has written nothing", args[1])
	}
	p.EditComment(said, w.person(args[0]), strings.Join(args[2:], " "))
	return nil
}

func deleteComment(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	said := w.comments[args[0]]
	if said == nil {
		return fmt.Errorf("%s has written nothing", args[0])
	}
	p.DeleteComment(said, w.person(args[0]))
	return nil
}

func remark(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	w.remarks[args[0]], err = p.Remark(w.person(args[0]), strings.Join(args[1:], " "))
	return err
}

func deleteRemark(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	said := w.remarks[args[0]]
	if said == nil {
		return fmt.Errorf("%s has remarked on nothing", args[0])
	}
	p.DeleteRemark(said, w.person(args[0]))
	return nil
}

func press(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	run, ok := w.Repo.FindCheckRun(w.App, "sallyport/"+args[1], p.Head())
	if !ok || len(run.Buttons) == 0 {
		return fmt.Errorf("sallyport/%s shows no button", args[1])
	}
	return w.Repo.PressButton(w.person(args[0]), run.ID, run.Buttons[0])
}
