package story

import (
	"context"
	"crypto/sha1" //nolint:gosec // git's own object names
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// gate waits until a gate says so.
func gate(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	return w.until(ctx, "it is so", func(ctx context.Context) (string, bool) {
		a, err := w.inquire(ctx, p.Number)
		if err != nil {
			return err.Error(), false
		}
		state, codes := a.gate(args[0])
		met := state == args[1] && (len(args) < 3 || slices.Contains(codes, args[2]))
		if met {
			w.Say(a.sentence(args[0]))
		}
		return a.String(), met
	})
}

// sentence is the gate's first reason, as people read it.
func (a answer) sentence(name string) string {
	for _, g := range a.Gates {
		if g.Name == name && len(g.Reasons) > 0 {
			return fmt.Sprintf("%s %s: %s", map[string]string{"pass": "✅", "wait": "⏳", "block": "⛔"}[g.State], name, g.Reasons[0].Message)
		}
	}
	return name
}

// blocked waits until the gate holds the pull request back for that reason, and sees that nothing landed.
func blocked(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	err = w.until(ctx, "it is blocked", func(ctx context.Context) (string, bool) {
		a, err := w.inquire(ctx, p.Number)
		if err != nil {
			return err.Error(), false
		}
		state, codes := a.gate(args[0])
		met := state != "pass" && state != "absent" && slices.Contains(codes, args[1])
		if met {
			w.Say(a.sentence(args[0]))
		}
		return a.String(), met
	})
	if err == nil && p.State() != "open" {
		err = fmt.Errorf("it is %s", p.State())
	}
	return err
}

// check waits until the check run on the head shows so, on GitHub.
func check(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	return w.until(ctx, "the check run shows it", func(context.Context) (string, bool) {
		run, ok := w.Repo.FindCheckRun(w.App, "sallyport/"+args[0], p.Head())
		shown := orElse(run.Conclusion, run.Status)
		if !ok {
			shown = "absent"
		}
		return shown + " " + run.Title, shown == args[1]
	})
}

// rollup waits until GitHub's own sum of the head's checks is so: it is what people and rules go by, whatever our books say.
func rollup(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return w.until(ctx, "the checks add up to it", func(context.Context) (string, bool) {
		got := w.Repo.Rollup(p.Head())
		return got, got == args[0]
	})
}

func says(ctx context.Context, w *World, args []string) error {
	return w.told(ctx, args, "the check run says it", func(text, word string) bool { return strings.Contains(text, word) })
}

// hides wants a check run that was written and does not contain it.
func hides(ctx context.Context, w *World, args []string) error {
	return w.told(ctx, args, "the check run does not say it", func(text, word string) bool {
		return strings.Trim(text, "\n") != "" && !strings.Contains(text, word)
	})
}

func (w *World) told(ctx context.Context, args []string, what string, meets func(text, word string) bool) error {
	args, p, err := w.words(args, 2)
	if err != nil {
		return err
	}
	word := strings.Join(args[1:], " ")
	return w.until(ctx, what, func(context.Context) (string, bool) {
		run, _ := w.Repo.FindCheckRun(w.App, "sallyport/"+args[0], p.Head())
		text := strings.Join(append([]string{run.Title, run.Summary, run.Text}, run.Annotations...), "\n")
		return text, meets(text, word)
	})
}

// landed waits until the pull request is merged on GitHub and Sallyport's books say so.
func landed(ctx context.Context, w *World, args []string) error {
	_, p, err := w.words(args, 0)
	if err != nil {
		return err
	}
	return w.until(ctx, "it has landed", func(ctx context.Context) (string, bool) {
		a, err := w.inquire(ctx, p.Number)
		if err != nil {
			return err.Error(), false
		}
		met := a.State == "landed" && a.LandedSHA == p.Merged() && p.Merged() != ""
		if met {
			w.Say(fmt.Sprintf("🚪 #%d landed as %.10s", p.Number, a.LandedSHA))
		}
		return p.State() + " on GitHub; " + a.String(), met
	})
}

// agreed asks git itself whether what landed is what the phone showed: the same tree on the same parents.
func agreed(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	shown := w.merges[args[0]]
	if shown == "" {
		return fmt.Errorf("%s was shown no merge", args[0])
	}
	got, err := w.describe(ctx, p.Merged())
	if err != nil {
		return err
	}
	if w.names(got, shown) {
		w.Say(fmt.Sprintf("%.10s is the name of what landed as %.10s (%s)", shown, p.Merged(), brief(got)))
		return nil
	}
	want, err := w.describe(ctx, shown)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("landed is %s, shown was %s", got, want)
	}
	if p.Merged() == shown {
		w.Say(fmt.Sprintf("acknowledged was %.10s, landed is %.10s: the same commit, says git (%s)", shown, p.Merged(), brief(got)))
		return nil
	}
	w.Say(fmt.Sprintf("git agrees: %.10s has the tree and parents of what %s acknowledged (%s)", p.Merged(), args[0], brief(got)))
	return nil
}

// brief shortens the object names in a line.
func brief(line string) string {
	return regexp.MustCompile(`[0-9a-f]{40}`).ReplaceAllStringFunc(line, func(sha string) string { return sha[:10] })
}

// names reports whether a name that GitHub has no commit of stands for the described tree and parents.
func (w *World) names(described, name string) bool {
	words := strings.Fields(described) // tree T on B H
	if len(words) != 5 {
		return false
	}
	text := pull.Rehearsal(words[1], words[3], words[4])
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "commit %d\x00%s", len(text), text))) == name
}

func (w *World) describe(ctx context.Context, sha string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", "-C", w.Repo.Dir(), "show", "-s", "--format=tree %T on %P", sha).Output()
	if err != nil {
		return "", fmt.Errorf("asking git about %s: %w", sha, err)
	}
	return strings.TrimSpace(string(out)), nil
}

func state(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	return w.until(ctx, "the state is so", func(ctx context.Context) (string, bool) {
		a, err := w.inquire(ctx, p.Number)
		if err != nil {
			return err.Error(), false
		}
		return a.String(), a.State == args[0]
	})
}

func logHas(ctx context.Context, w *World, args []string) error {
	want := strings.Join(args, " ")
	return w.until(ctx, "the log has it", func(context.Context) (string, bool) {
		text := w.Log()
		return tail(text, 500), strings.Contains(text, want)
	})
}

func replied(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	want := strings.Join(args, " ")
	return w.until(ctx, "it was commented", func(context.Context) (string, bool) {
		all := strings.Join(p.Comments(), "\n---\n")
		return all, strings.Contains(all, want)
	})
}

func api(ctx context.Context, w *World, args []string) error {
	if len(args) < 2 {
		return errors.New("needs a path and a status")
	}
	return w.until(ctx, "the api answers so", func(ctx context.Context) (string, bool) {
		body, code, err := w.Get(ctx, args[0])
		if err != nil {
			return err.Error(), false
		}
		return fmt.Sprintf("%d %s", code, body), strconv.Itoa(code) == args[1] && strings.Contains(string(body), strings.Join(args[2:], " "))
	})
}

// dismissed waits until GitHub shows that somebody's review was taken back, and why.
func dismissed(ctx context.Context, w *World, args []string) error {
	if len(args) < 2 || w.reviews[args[0]] == nil {
		return errors.New("needs somebody who has reviewed, and words")
	}
	want := strings.Join(args[1:], " ")
	return w.until(ctx, "the review was dismissed", func(context.Context) (string, bool) {
		got := w.reviews[args[0]].Dismissal()
		return got, strings.Contains(got, want)
	})
}

func undismissed(_ context.Context, w *World, args []string) error {
	if len(args) != 1 || w.reviews[args[0]] == nil {
		return errors.New("needs somebody who has reviewed")
	}
	if why := w.reviews[args[0]].Dismissal(); why != "" {
		return fmt.Errorf("it was dismissed: %s", why)
	}
	return nil
}

// invited waits until GitHub shows exactly these as asked for a review.
func invited(ctx context.Context, w *World, args []string) error {
	args, p, err := w.words(args, 1)
	if err != nil {
		return err
	}
	want := slices.Sorted(slices.Values(args))
	if args[0] == "nobody" {
		want = nil
	}
	return w.until(ctx, "they were asked for a review", func(context.Context) (string, bool) {
		got := slices.Sorted(slices.Values(p.Requested()))
		return strings.Join(got, " "), slices.Equal(got, want)
	})
}
