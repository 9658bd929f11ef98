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
// of acme's .github repository is at hand.
func verified(ctx context.Context, w *World, args []string) error {
	var last verify.Report
	given, args, err := flags(args, "new", "policies")
	if err != nil {
		return err
	}
	keys := w.publicKeys()
	if given["new"] != "" {
		keys = keys[:1]
	}
	err = w.until(ctx, "history is verified", func(ctx context.Context) (string, bool) {
		r, err := w.verifyClone(ctx, keys, given["policies"] != "")
		if err != nil {
			return err.Error(), false
		}
		last = r
		found := findings(r)
		if len(args) == 0 {
			return fmt.Sprintf("%v %v", r.Verdict, found), r.Verdict == verify.Good
		}
		lacks := slices.ContainsFunc(args, func(code string) bool { return !slices.Contains(found, code) })
		return fmt.Sprintf("%v %v", r.Verdict, found), r.Verdict != verify.Good && !lacks
	})
	if err != nil {
		return err
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

// verifyClone has only what anybody has: the repository and public keys.
func (w *World) verifyClone(ctx context.Context, keys [][]byte, withPolicies bool) (verify.Report, error) {
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
	if withPolicies {
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
	return verify.Run(ctx, verify.Options{Dir: dir, Range: w.guarded + "..origin/main", Keys: keys,
		Policies: policies, Keyring: ring, People: people, Branch: "main", Repository: w.Repo.FullName(), Now: time.Now()})
}

// notes tampers with the attestations of the simulated GitHub, as anybody who may push could.
func notes(ctx context.Context, w *World, args []string) error {
	git := func(words ...string) error {
		cmd := exec.CommandContext(ctx, "git", append([]string{"-C", w.Repo.Dir(), "-c", "user.name=Mallory", "-c", "user.email=m@evil.example"}, words...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", strings.Join(words, " "), err, out)
		}
		return nil
	}
	switch {
	case len(args) == 1 && args[0] == "removed":
		return git("notes", "--ref=sallyport", "remove", w.Repo.Branch("main"))
	case len(args) == 1 && args[0] == "moved":
		return git("notes", "--ref=sallyport", "add", "-f", "-m", "mine", w.guarded)
	case len(args) == 1 && args[0] == "copied":
		return git("notes", "--ref=sallyport", "copy", "-f", "main^", "main")
	}
	return fmt.Errorf("needs removed, moved or copied")
}
