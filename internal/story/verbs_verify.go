package story

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/verify"
)

// verified makes a fresh clone and has it verified offline, from where Sallyport was first started. With words, exactly
// these must be found: "CODE" about anything. With -new first, only the bot's newest key is known; with -policies, a clone
// of acme's .github repository is at hand. With -since, branch, notes and ledger must lead on from what -since saw good
// before; with -glass, landings past the gates for which people broke the glass are accepted; with -tip, the newest commit must be good whatever is found of others.
func verified(ctx context.Context, w *World, args []string) error {
	var last verify.Report
	given, args, err := flags(args, "new", "policies", "since", "tip", "glass")
	if err != nil {
		return err
	}
	keys := w.publicKeys()
	if given["new"] != "" {
		keys = keys[:1]
	}
	err = w.until(ctx, "history is verified", func(ctx context.Context) (string, bool) {
		r, err := w.verifyClone(ctx, clone{keys, given["policies"] != "", given["since"] != "", given["glass"] != ""})
		if err != nil {
			return err.Error(), false
		}
		last = r
		found := findings(r)
		if n := len(r.Commits); given["tip"] != "" && (n == 0 || r.Commits[n-1].Outcome != verify.Good) {
			return fmt.Sprintf("the newest of %d commits is not good: %v", n, found), false
		}
		if len(args) == 0 {
			return fmt.Sprintf("%v %v", r.Verdict, found), r.Verdict == verify.Good
		}
		lacks := slices.ContainsFunc(args, func(code string) bool { return !slices.Contains(found, code) })
		return fmt.Sprintf("%v %v", r.Verdict, found), r.Verdict != verify.Good && !lacks
	})
	if err != nil {
		return err
	}
	if given["since"] != "" && len(args) == 0 {
		w.seen = &last.State
	}
	w.Say(fmt.Sprintf("sallyport verify, offline, on a fresh clone: %s, %d commits, %d landings, %d foreign", last.Verdict, len(last.Commits), last.Landings, last.Foreign))
	return nil
}

func findings(r verify.Report) []string {
	var codes []string
	for _, f := range r.Findings {
		codes = append(codes, f.Code)
	}
	for _, c := range r.Commits {
		for _, f := range c.Findings {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// clone says what is at hand beside a fresh clone.
type clone struct {
	keys     [][]byte
	policies bool // a clone of acme's .github
	since    bool // what was seen before
	glass    bool // landings past the gates are accepted
}

// verifyClone has only what anybody has: the repository and public keys.
func (w *World) verifyClone(ctx context.Context, c clone) (verify.Report, error) {
	top, err := os.MkdirTemp("", "clone")
	if err != nil {
		return verify.Report{}, err
	}
	defer os.RemoveAll(top)
	dir, policies := filepath.Join(top, "jobs"), []string(nil)
	steps := [][]string{
		{"clone", "--quiet", "file://" + w.Repo.Dir(), dir},
		{"-C", dir, "fetch", "--quiet", "origin", attest.NotesRef + ":" + attest.NotesRef},
	}
	if c.policies {
		house, ok := w.GitHub.FindRepo(Organization + "/.github")
		if !ok {
			return verify.Report{}, errors.New("acme has no .github repository")
		}
		policies = []string{filepath.Join(top, "house")}
		steps = append(steps, []string{"clone", "--quiet", "file://" + house.Dir(), policies[0]})
	}
	for _, args := range steps {
		if out, err := exec.CommandContext(ctx, "git", args...).CombinedOutput(); err != nil && args[0] == "clone" {
			return verify.Report{}, fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	ring, err := signature.LoadRing(os.DirFS(filepath.Join(w.Dir, "keys")), time.Now(), 0)
	if err != nil {
		return verify.Report{}, err
	}
	text, err := os.ReadFile(filepath.Join(w.Dir, "people.yml"))
	if err != nil {
		return verify.Report{}, err
	}
	people, err := duobot.ParsePeople("people.yml", text)
	if err != nil {
		return verify.Report{}, err
	}
	o := verify.Options{Dir: dir, Range: w.guarded + "..origin/main", Keys: c.keys, Policies: policies,
		Keyring: ring, People: people, Branch: "main", Repository: w.Repo.FullName(), AllowBreakGlass: c.glass, Now: time.Now()}
	if c.since {
		o.Since = w.seen
	}
	return verify.Run(ctx, o)
}

// cloneTo leaves in the world's folder what anybody has who runs the command: a fresh clone with its notes, where the tag
// "before" is the commit that Sallyport was first started on; a clone of acme's .github repository; and the bot's public keys.
func cloneTo(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a name")
	}
	dir := filepath.Join(w.Dir, args[0])
	steps := [][]string{
		{"clone", "--quiet", "file://" + w.Repo.Dir(), dir},
		{"-C", dir, "fetch", "--quiet", "origin", attest.NotesRef + ":" + attest.NotesRef},
		{"-C", dir, "tag", "before", w.guarded},
	}
	if house, ok := w.GitHub.FindRepo(Organization + "/.github"); ok {
		steps = append(steps, []string{"clone", "--quiet", "file://" + house.Dir(), dir + "-house"})
	}
	for _, args := range steps {
		if out, err := exec.CommandContext(ctx, "git", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	if err := os.MkdirAll(dir+"-keys", 0o700); err != nil {
		return err
	}
	for i, key := range w.publicKeys() {
		if err := os.WriteFile(filepath.Join(dir+"-keys", fmt.Sprintf("bot%d.asc", i)), key, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// attested counts the commits of notes.
func attested(ctx context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a count")
	}
	return w.until(ctx, "the notes were written so often", func(ctx context.Context) (string, bool) {
		count, err := w.mallory(ctx, "", "rev-list", "--count", attest.NotesRef)
		if err != nil {
			return err.Error(), false
		}
		return count, count == args[0]
	})
}
