package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest"
)

func describe(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(strings.Join(args[1:], " "), `\n`, "\n")
	return p.Edit(w.person(args[0]), githubtest.Edit{Body: &text})
}

func switchAutoMerge(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err == nil {
		p.SetAutoMerge(w.person(args[0]), map[string]string{"on": "squash"}[args[1]])
	}
	return err
}

// told reads the landed commit with git itself.
func told(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	if p.Merged() == "" {
		return fmt.Errorf("nothing landed")
	}
	message, err := exec.Command("git", "-C", w.Repo.Dir(), "show", "-s", "--format=%B", p.Merged()).Output()
	if err != nil {
		return fmt.Errorf("reading what landed: %w", err)
	}
	if want := strings.ReplaceAll(strings.Join(args, " "), `\n`, "\n"); !strings.Contains(string(message), want) {
		return fmt.Errorf("it says %q", message)
	}
	return nil
}

func forward(_ context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err != nil {
		return err
	}
	if tip := w.Repo.Branch("main"); tip != p.Head() || p.Merged() != p.Head() {
		return fmt.Errorf("main is at %s, landed is %q, the head is %s", tip, p.Merged(), p.Head())
	}
	return nil
}

func gone(ctx context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err != nil {
		return err
	}
	head := w.heads[p.Number]
	return w.until(ctx, "the branch is gone", func(context.Context) (string, bool) {
		at := head.repo.Branch(head.branch)
		return at, at == ""
	})
}

func kept(ctx context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err != nil {
		return err
	}
	head := w.heads[p.Number]
	if err := logHas(ctx, w, []string{fmt.Sprintf(`"msg":"branch kept","repo":"acme/jobs","pull":%d,`, p.Number)}); err != nil {
		return err
	}
	if head.repo.Branch(head.branch) == "" {
		return fmt.Errorf("%s is gone", head.branch)
	}
	return nil
}

func targets(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return w.until(ctx, "it targets "+args[0], func(context.Context) (string, bool) {
		return p.State() + " into " + p.Base(), p.Base() == args[0] && p.State() == "open"
	})
}

func shield(_ context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err == nil {
		w.Repo.Protect(w.person("root"), githubtest.Protection{Pattern: w.heads[p.Number].branch})
	}
	return err
}

// sharedFile puts a file into the organization's own repository, which comes into being with the first.
func sharedFile(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a file and a path")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	repo, ok := w.GitHub.FindRepo(Organization + "/.github")
	if !ok {
		if repo, err = w.GitHub.Repo(w.GitHub.Organization(Organization, w.person("root")), ".github"); err != nil {
			return err
		}
	}
	w.house = repo
	_, err = repo.Commit("main", map[string]string{args[1]: string(text)}, w.person("root"), githubtest.Message("Share "+args[1]))
	return err
}

// protect gives main a classic rule of one setting.
func protect(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a setting")
	}
	p := githubtest.Protection{Pattern: "main", Pushers: []*githubtest.Account{w.person("root")}}
	switch args[0] {
	case "locked":
		p.Locked = true
	case "restricted":
		p.Restricted = true
	case "linear":
		p.Linear = true
	case "signed":
		p.Signed = true
	case "strict":
		p.Strict, p.Checks = true, []githubtest.RequiredCheck{{Name: CheckName, App: w.CI.ID}}
	case "none":
		w.Repo.Unprotect(w.person("root"), "main")
		return nil
	default:
		return fmt.Errorf("no such setting: %s", args[0])
	}
	w.Repo.Protect(w.person("root"), p)
	return nil
}

func watchdog(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a period")
	}
	return w.addSetting("watchdog: " + args[0])
}

// retain has the server remove old bodies from the ledger.
func retain(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs an age")
	}
	return w.addSetting("ledger: {keep: " + args[0] + "}")
}

func setting(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a line")
	}
	return w.addSetting(args[0])
}

// addSetting adds a line to the server's configuration, for its next start.
func (w *World) addSetting(line string) error {
	return w.changeSettings(func(text string) string { return text + line + "\n" })
}

// changeSettings rewrites the server's configuration, for its next start.
func (w *World) changeSettings(change func(string) string) error {
	path := filepath.Join(w.Dir, "sallyport.yml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(change(string(text))), 0o600)
}
