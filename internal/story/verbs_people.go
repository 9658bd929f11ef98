package story

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// team changes one of acme's teams.
func team(_ context.Context, w *World, args []string) error {
	if len(args) < 2 {
		return errors.New("needs a team and what happens to it")
	}
	org, slug, elsewhere := strings.Cut(args[0], "/")
	if !elsewhere {
		org, slug = Organization, args[0]
	}
	t, more := w.GitHub.Organization(org, w.person("root")).Team(slug), args[2:]
	switch {
	case args[1] == "dissolves" && len(more) == 0:
		t.Delete()
	case args[1] == "hides" && len(more) == 0:
		t.Hide()
	case args[1] == "joins" && len(more) == 1:
		t.Add(w.person(more[0]))
	case args[1] == "leaves" && len(more) == 1:
		t.Remove(w.person(more[0]))
	case args[1] == "gets" && len(more) == 1:
		role, ok := pull.ParseRole(more[0])
		if !ok && more[0] != "none" {
			return fmt.Errorf("no such role: %s", more[0])
		}
		w.Repo.GrantTeam(t, role)
	default:
		return fmt.Errorf("a team never %s", strings.Join(args[1:], " "))
	}
	return nil
}

// installation is what an owner of the organisation may do with the app's installation.
func installation(_ context.Context, w *World, args []string) error {
	if len(args) == 2 {
		return installationElsewhere(w, args[0], args[1])
	}
	switch strings.Join(args, " ") {
	case "suspended":
		w.installed.Suspend(true)
	case "resumed":
		w.installed.Suspend(false)
	case "taken-off":
		w.installed.Select(w.Repo, false)
	case "put-back":
		w.installed.Select(w.Repo, true)
	default:
		return fmt.Errorf("an installation is never %s", strings.Join(args, " "))
	}
	return nil
}

func installationElsewhere(w *World, what, org string) error {
	there := w.App.Install(w.GitHub.Organization(org, w.person("root"))) // the one that is there, else a new one
	switch what {
	case "installed":
	case "removed":
		there.Uninstall()
	case "suspended", "resumed":
		there.Suspend(what == "suspended")
	default:
		return fmt.Errorf("an installation is never %s", what)
	}
	return nil
}

func retitle(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	title := strings.Join(args[1:], " ")
	return p.Edit(w.person(args[0]), githubtest.Edit{Title: &title})
}

func backToDraft(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err == nil {
		p.SetDraft(w.person(args[0]), true)
	}
	return err
}
