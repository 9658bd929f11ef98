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
	"github.com/sallyport/sallyport/pull"
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
	branch := fmt.Sprintf("%s-%d", author, w.counter)
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
	return p.DismissReview(w.reviews[args[0]], w.person("root"), "dismissed in a story")
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

func label(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err == nil {
		p.Label(w.person(args[0]), strings.Join(args[1:], " "))
	}
	return err
}

func unlabel(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err == nil && !p.Unlabel(w.person(args[0]), strings.Join(args[1:], " ")) {
		err = errors.New("it has no such label")
	}
	return err
}

func readyForReview(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err == nil {
		p.SetDraft(w.person(args[0]), false)
	}
	return err
}

func closePull(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err == nil {
		p.Close(w.person(args[0]))
	}
	return err
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

func mergeByHand(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	_, err = p.MergeBy(w.person(args[0]), "merge")
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

func grant(_ context.Context, w *World, args []string) error {
	if len(args) != 2 {
		return errors.New("needs a person and a role")
	}
	role, ok := pull.ParseRole(args[1])
	if !ok && args[1] != "none" {
		return fmt.Errorf("no such role: %s", args[1])
	}
	w.Repo.Grant(w.person(args[0]), role)
	return nil
}

var ciStates = map[string][2]string{
	"queued": {"queued", ""}, "running": {"in_progress", ""}, "green": {"completed", "success"},
	"red": {"completed", "failure"}, "neutral": {"completed", "neutral"}, "skipped": {"completed", "skipped"},
}

// ciSays has CI report a commit.
func (w *World) ciSays(word, sha string) error {
	s, ok := ciStates[word]
	if !ok {
		return fmt.Errorf("CI is never %s", word)
	}
	_, err := w.Repo.CheckRun(w.CI, CheckName, sha, s[0], s[1])
	return err
}

func ci(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	err = w.ciSays(args[0], p.Head())
	w.Say(fmt.Sprintf("CI is %s on #%d", args[0], p.Number))
	return err
}

func status(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 3)
	if err != nil {
		return err
	}
	return w.Repo.Status(w.person(args[0]), p.Head(), args[1], args[2])
}

func forge(_ context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	_, err = w.Repo.CheckRun(w.CI, args[0], p.Head(), "completed", "success")
	return err
}

func renameRepo(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a name")
	}
	w.Repo.Rename(args[0])
	return nil
}

func bypassRules(_ context.Context, w *World, _ []string) error {
	w.guard(githubtest.Bypass{Role: pull.Admin}, githubtest.Bypass{App: w.App})
	return nil
}

func unguarded(_ context.Context, w *World, _ []string) error {
	w.Repo.RemoveRuleset(w.ruleset)
	return nil
}

func lacks(_ context.Context, w *World, args []string) error {
	w.GitHub.Lack(args...)
	return nil
}
