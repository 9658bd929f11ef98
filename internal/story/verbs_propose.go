package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest"
)

// contents reads PATH=CONTENT words, where @FILE stands for what a file of the story holds. A path alone gets the content of
// a job that nobody has seen before.
func (w *World) contents(words []string) (map[string]string, error) {
	files := map[string]string{}
	for _, word := range words {
		path, text, given := strings.Cut(word, "=")
		if !given {
			w.counter++
			text = nomadJob(strings.TrimSuffix(path[strings.LastIndex(path, "/")+1:], ".nomad"), "dc1", 1+w.counter)
		}
		if file, kept := strings.CutPrefix(text, "@"); kept {
			held, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			text = string(held)
		}
		files[path] = text
	}
	return files, nil
}

func (w *World) commitOptions(author string, flags map[string]string, message string) []githubtest.CommitOption {
	opts := []githubtest.CommitOption{githubtest.Message(message)}
	if flags["signed"] != "" {
		opts = append(opts, githubtest.Sign(func(payload []byte) (string, error) {
			armor, err := w.keys[author].Sign(payload, time.Now())
			return string(armor), err
		}))
	}
	if from, to, ok := strings.Cut(flags["move"], ":"); ok {
		opts = append(opts, githubtest.Move(from, to))
	}
	if path, target, ok := strings.Cut(flags["symlink"], ":"); ok {
		opts = append(opts, githubtest.Symlink(path, target))
	}
	if path := flags["chmod"]; path != "" {
		opts = append(opts, githubtest.Mode(path, "100755"))
	}
	if who := flags["as"]; who != "" {
		opts = append(opts, githubtest.PushedBy(w.person(who)))
	}
	return opts
}

func propose(_ context.Context, w *World, args []string) error {
	if len(args) < 2 {
		return errors.New("needs an author and something to change")
	}
	author := args[0]
	given, words, err := flags(args[1:], "draft", "signed", "fork", "open")
	if err != nil {
		return err
	}
	repo, open := w.Repo, []githubtest.OpenOption{}
	if given["fork"] != "" {
		if repo, err = w.Repo.Fork(w.person(author)); err != nil {
			return err
		}
		open = append(open, githubtest.FromFork(repo))
	}
	if given["open"] != "" {
		open = append(open, githubtest.MaintainersMayModify())
	}
	if given["draft"] != "" {
		open = append(open, githubtest.Draft())
	}
	base, title := orElse(given["base"], "main"), orElse(given["title"], "Change "+strings.Join(pathsOf(words), " and "))
	w.counter++
	branch := fmt.Sprintf("%s-%d", strings.TrimSuffix(author, "[bot]"), w.counter)
	opts := append(w.commitOptions(author, given, title), githubtest.From(base))
	files, err := w.contents(words)
	if err != nil {
		return err
	}
	if _, err := repo.Commit(branch, files, w.person(author), opts...); err != nil {
		return err
	}
	p, err := w.Repo.OpenPull(w.person(author), title, branch, base, open...)
	if err != nil {
		return err
	}
	w.last = p.Number
	w.heads[p.Number] = headOf{repo, branch}
	w.Say(fmt.Sprintf("%s opens #%d %q", author, p.Number, title))
	return nil
}

func pathsOf(words []string) []string {
	var paths []string
	for _, word := range words {
		path, _, _ := strings.Cut(word, "=")
		paths = append(paths, path)
	}
	return paths
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func push(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	author := args[0]
	given, words, err := flags(args[1:], "signed", "undo")
	if err != nil {
		return err
	}
	files, err := w.contents(words)
	if err != nil {
		return err
	}
	head := w.heads[p.Number]
	if given["undo"] != "" {
		if files, err = w.asOnMain(words); err != nil {
			return err
		}
	}
	message := "Change " + strings.Join(pathsOf(words), " and ") + " once more"
	sha, err := head.repo.Commit(head.branch, files, w.person(author), w.commitOptions(author, given, message)...)
	if err == nil {
		w.Say(fmt.Sprintf("%s pushes %.7s to #%d", author, sha, p.Number))
	}
	return err
}

// asOnMain gives files the content that they have on main.
func (w *World) asOnMain(paths []string) (map[string]string, error) {
	files := map[string]string{}
	for _, path := range paths {
		text, err := exec.Command("git", "-C", w.Repo.Dir(), "show", "main:"+path).Output()
		if err != nil {
			return nil, fmt.Errorf("reading %s from main: %w", path, err)
		}
		files[path] = string(text)
	}
	return files, nil
}

func retarget(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return p.Edit(w.person("dev"), githubtest.Edit{Base: &args[0]})
}

func update(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return p.UpdateBranch(w.person(args[0]))
}

// resolveConflict merges main with contents of the person's choice, which need not resolve anything.
func resolveConflict(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	head := w.heads[p.Number]
	files, err := w.contents(args[1:])
	if err != nil {
		return err
	}
	_, err = head.repo.Commit(head.branch, files, w.person(args[0]), githubtest.OnGitHub(),
		githubtest.Message("Merge branch 'main'"), githubtest.Parents(p.Head(), w.Repo.Branch("main")))
	return err
}

func moveMain(_ context.Context, w *World, args []string) error {
	branch := "main"
	if len(args) > 2 && args[0] == "-on" {
		branch, args = args[1], args[2:]
	}
	files, err := w.contents(args)
	if err != nil {
		return err
	}
	_, err = w.Repo.Commit(branch, files, w.person("root"), githubtest.Message("Change "+branch+" directly"))
	return err
}

func newBranch(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a name")
	}
	return w.Repo.Push(w.person("root"), args[0], w.Repo.Branch("main"), false)
}

func uploadKey(_ context.Context, w *World, args []string) error {
	if len(args) == 1 && args[0] == "bot" {
		_, email := w.bot.Identity()
		machine := w.person("machine")
		machine.AddEmail(email)
		return machine.AddKey(string(w.bot.PublicKey()))
	}
	if len(args) != 1 || w.keys[args[0]] == nil {
		return errors.New("needs a person with a key")
	}
	return w.person(args[0]).AddKey(string(w.keys[args[0]].PublicKey()))
}

func moveTag(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a name and a branch")
	}
	return w.Repo.PushRef(w.person("root"), "refs/tags/"+args[0], w.Repo.Branch(args[1]))
}
