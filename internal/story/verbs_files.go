package story

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/internal/githubtest"
)

func policy(_ context.Context, w *World, args []string) error {
	path := ".sallyport.yml"
	if len(args) == 3 && args[1] == "as" {
		path, args = args[2], args[:1]
	}
	if len(args) != 1 {
		return fmt.Errorf("needs a file")
	}
	root := w.person("root")
	if args[0] == "none" {
		_, err := w.Repo.Commit("main", nil, root, githubtest.Delete(path), githubtest.Message("Remove the policy"))
		return err
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	_, err = w.Repo.Commit("main", map[string]string{path: string(text)}, root, githubtest.Message("Set the policy"))
	return err
}

// floor puts a file into the organisation's .github repository, which it makes the first time.
func floor(_ context.Context, w *World, args []string) error {
	path := ".sallyport.yml"
	if len(args) == 3 && args[1] == "as" {
		path, args = args[2], args[:1]
	}
	if len(args) != 1 {
		return fmt.Errorf("needs a file")
	}
	if w.house == nil {
		repo, err := w.GitHub.Repo(w.GitHub.Organization(Organization), ".github")
		if err != nil {
			return err
		}
		w.house = repo
	}
	files, options := map[string]string{"README.md": "What holds for all of acme.\n"}, []githubtest.CommitOption{githubtest.Message("Change the floor")}
	if args[0] == "none" {
		options = append(options, githubtest.Delete(path))
	} else {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		files[path] = string(text)
	}
	_, err := w.house.Commit("main", files, w.person("root"), options...)
	return err
}

// people replaces the people file. @NAME@ stands for that person's key fingerprint.
func people(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("needs a file")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	for login, key := range w.keys {
		text = []byte(strings.ReplaceAll(string(text), "@"+login+"@", key.Fingerprint()))
	}
	return os.WriteFile(filepath.Join(w.Dir, "people.yml"), text, 0o600)
}

// keyring touches the stamp by which an operator says that the keys have been fetched anew.
func keyring(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("needs an age")
	}
	age, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	stamp, at := filepath.Join(w.Dir, "keys", signature.FreshFile), time.Now().Add(-age)
	if err := os.WriteFile(stamp, nil, 0o600); err != nil {
		return err
	}
	return os.Chtimes(stamp, at, at)
}
