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

// proposeFloor has somebody propose a floor in acme's .github repository, or push another text to their proposal.
func proposeFloor(_ context.Context, w *World, args []string) error {
	if len(args) != 2 || w.house == nil {
		return errors.New("needs a person and a file, and a floor to begin with")
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	by := w.person(args[0])
	files := map[string]string{".sallyport.yml": string(text)}
	if w.proposal != nil {
		_, err = w.house.Commit(houseBranch, files, by, githubtest.Message("Propose another floor"))
		return err
	}
	if args[0] != "root" { // who owns acme
		w.house.Grant(by, pull.Write)
	}
	if _, err = w.house.Commit(houseBranch, files, by, githubtest.Message("Propose another floor"), githubtest.From("main")); err == nil {
		w.proposal, err = w.house.OpenPull(by, "Another floor", houseBranch, "main")
	}
	return err
}

func (w *World) floorCheck() string {
	if w.proposal == nil {
		return "nobody has proposed a floor"
	}
	run, _ := w.house.FindCheckRun(w.App, "sallyport/approval", w.proposal.Head())
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

func publicise(_ context.Context, w *World, args []string) error {
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return errors.New("needs on or off")
	}
	w.Repo.SetPublic(args[0] == "on")
	return nil
}
