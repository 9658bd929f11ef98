package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

const houseBranch = "another-floor"

// proposeFloor has somebody propose a floor in acme's .github repository, or another of its files, or push another text to
// their proposal.
func proposeFloor(_ context.Context, w *World, args []string) error {
	path := ".sallyport.yml"
	if len(args) == 4 && args[2] == "as" {
		path, args = args[3], args[:2]
	}
	if len(args) != 2 || w.house == nil {
		return errors.New("needs a person and a file, and a .github repository to begin with")
	}
	files, options := map[string]string{}, []githubtest.CommitOption{githubtest.Message("Propose another floor")}
	if args[1] == "none" {
		options = append(options, githubtest.Delete(path))
	} else {
		text, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		files[path] = string(text)
	}
	by := w.person(args[0])
	if w.proposal != nil {
		_, err := w.house.Commit(houseBranch, files, by, options...)
		return err
	}
	if args[0] != "root" { // who owns acme
		w.house.Grant(by, pull.Write)
	}
	if _, err := w.house.Commit(houseBranch, files, by, append(options, githubtest.From("main"))...); err != nil {
		return err
	}
	proposal, err := w.house.OpenPull(by, "Another floor", houseBranch, "main")
	w.proposal = proposal
	return err
}

func (w *World) floorCheck() string {
	if w.proposal == nil {
		return "nobody has proposed a floor"
	}
	run, found := w.house.FindCheckRun(w.App, "sallyport/approval", w.proposal.Head())
	if !found { // nobody has to agree there
		run, _ = w.house.FindCheckRun(w.App, "sallyport/automerge", w.proposal.Head())
	}
	return strings.Join(append([]string{run.Title, run.Summary, run.Text}, run.Annotations...), "\n")
}

func floorSays(ctx context.Context, w *World, args []string) error {
	want := strings.Join(args, " ")
	return w.until(ctx, "the proposed floor's check run says it", func(context.Context) (string, bool) {
		text := w.floorCheck()
		return text, strings.Contains(text, want)
	})
}

func floorHides(_ context.Context, w *World, args []string) error {
	unwanted := strings.Join(args, " ")
	switch text := w.floorCheck(); {
	case text == "":
		return errors.New("there is no check run")
	case strings.Contains(text, unwanted):
		return fmt.Errorf("it says it:\n%s", text)
	}
	return nil
}

func property(_ context.Context, w *World, args []string) error {
	if len(args) < 2 {
		return errors.New("needs a name and a value")
	}
	switch values := args[1:]; {
	case len(values) > 1:
		w.Repo.SetProperty(args[0], values)
	case values[0] == "none":
		w.Repo.SetProperty(args[0], nil)
	default:
		w.Repo.SetProperty(args[0], values[0])
	}
	return nil
}

func publicise(_ context.Context, w *World, args []string) error {
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return errors.New("needs on or off")
	}
	w.Repo.SetPublic(args[0] == "on")
	return nil
}
