package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/verify"
)

// verifying are verify's flags.
type verifying struct {
	keys, policies                []string
	keyring, people, floor, since string
	notes, branch, repository     string
	strict, asJSON, all, glass    bool
}

func newVerify() *cobra.Command {
	var f verifying
	cmd := &cobra.Command{
		Use:   "verify GITDIR OLD..NEW --key bot.asc",
		Short: "Prove offline that every commit of a branch came through the gate",
		Long: `Verify walks the first-parent history from OLD (left out) to NEW and asks of each commit: does an attestation by the
bot's key speak of it, for this branch? Are its parents and its tree what was agreed to, and is the tree git's own merge of the
two? Do the policy at its base, the reviews, the signatures and the Duo confirmation, judged again here, let it
through? Is it in the signed ledger, and did ledger and policy only move forward? A commit that came in another way is
called foreign.

It needs the repository with its notes, the bot's public key, and nothing else: no server, no network, no configuration.
Nothing of the repository is checked out or run. A plain clone leaves notes out; fetch them with
  git fetch origin refs/notes/sallyport:refs/notes/sallyport

Where the policy that judged is kept in another repository (an organisation's shared policy or floor, policy-bot's remote),
give a clone of that with --policies; without it such a landing cannot be told.

A landing past the gates, for which two people broke the glass, is reported as break-glass and is not good, unless
--allow-break-glass accepts it; that two humans acknowledged it, under a policy that let them, is proved all the same.

--keyring verifies people's signatures again instead of taking the bot's word; --people compares who is who; --since-checkpoint
keeps what was seen in a file, so that a later rollback of branch, notes and ledger together is found.

Exit status: 0 everything is good, 1 something is not, 2 it cannot be told (missing objects, unreadable key, shallow
clone, bad range).`,
		Example: "  sallyport verify . v1.0..main --key bot.asc\n" +
			"  sallyport verify jobs.git origin/main~50..origin/main --key bot.asc --key old.asc --keyring keys/ --people people.yml\n" +
			"  sallyport verify --json --since-checkpoint seen.json . abc123..HEAD --key bot.asc | jq '.commits[] | select(.outcome != \"good\")'",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(args)
			if err != nil {
				return err
			}
			bar := newProgress(cmd.ErrOrStderr(), "verifying", 1)
			o.Progress = func(done, total int) { bar.total = total; bar.show(done) }
			r, err := verify.Run(cmd.Context(), o)
			bar.clear()
			if err != nil {
				return fmt.Errorf("verifying %s: %w", args[0], err)
			}
			if err := f.keep(r); err != nil {
				return err
			}
			return f.print(cmd, r)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.keys, "key", nil, "a `FILE` with the bot's public key, or a directory of them; repeat for keys it had before")
	flags.StringVar(&f.keyring, "keyring", "", "a `DIR` of people's public keys, to verify their commits' signatures again")
	flags.StringVar(&f.people, "people", "", "a people `FILE` to hold the attested people against")
	flags.StringVar(&f.floor, "policy-floor", "", "a policy `FILE` whose rules every landing must have met as well")
	flags.StringArrayVar(&f.policies, "policies", nil, "a clone of a repository that holds policies for others (OWNER/.github, a remote), or a `DIR` of such files; repeat")
	flags.StringVar(&f.notes, "notes", "", "the `REF` of the attestations (default refs/notes/sallyport)")
	flags.StringVar(&f.branch, "branch", "", "the branch that the attestations must name (default: what the first one names)")
	flags.StringVar(&f.repository, "repository", "", "OWNER/NAME or the number of the repository that they must name (default: what the first one names)")
	flags.StringVar(&f.since, "since-checkpoint", "", "a `FILE` to compare with what was seen last time, and to keep what is seen now")
	flags.BoolVar(&f.strict, "strict", false, "what can only be taken on the bot's word cannot be told")
	flags.BoolVar(&f.glass, "allow-break-glass", false, "accept landings past the gates for which two people broke the glass, and prove that they did")
	flags.BoolVar(&f.all, "all", false, "list good commits one by one on long ranges too")
	flags.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	if err := cmd.MarkFlagRequired("key"); err != nil {
		panic(err) // unreachable: the flag is defined above
	}
	return cmd
}

func (f *verifying) options(args []string) (_ verify.Options, err error) {
	o := verify.Options{Dir: args[0], Range: args[1], Notes: f.notes, Branch: f.branch, Repository: f.repository, Strict: f.strict, AllowBreakGlass: f.glass,
		Policies: f.policies, Now: time.Now()}
	if o.Keys, err = readPublicKeys(f.keys); err != nil {
		return o, err
	}
	if f.keyring != "" {
		if o.Keyring, err = signature.LoadRing(os.DirFS(f.keyring), o.Now, 0); err != nil {
			return o, fmt.Errorf("reading the keyring %s: %w", f.keyring, err)
		}
	}
	if f.people != "" {
		text, err := os.ReadFile(f.people)
		if err != nil {
			return o, fmt.Errorf("reading the people file: %w", err)
		}
		if o.People, err = duobot.ParsePeople(f.people, text); err != nil {
			return o, fmt.Errorf("the people file is not good:\n%w", err)
		}
	}
	if f.floor != "" {
		if o.Floor, err = readFloor(f.floor); err != nil {
			return o, err
		}
	}
	o.Since, err = f.seen()
	return o, err
}

// readPublicKeys reads armored public keys from files, and from every *.asc of a directory.
func readPublicKeys(paths []string) ([][]byte, error) {
	var keys [][]byte
	for _, path := range paths {
		files, err := keyFiles(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("reading the bot's public key: %w", err)
			}
			if strings.Contains(string(text), "PRIVATE KEY BLOCK") {
				return nil, fmt.Errorf("%s holds a private key, which verifying has no need of; give the public one, *.pub.asc beside it", file)
			}
			keys = append(keys, text)
		}
	}
	return keys, nil
}

// keyFiles is a file itself, or every *.asc of a directory.
func keyFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, nil // reading it says what is wrong
	}
	files, err := filepath.Glob(filepath.Join(path, "*.asc"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s holds no *.asc", path)
	}
	return files, nil
}

func readFloor(path string) (*config.Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the policy floor: %w", err)
	}
	policy, problems := config.ParsePolicy(path, text)
	if problems != nil {
		return nil, fmt.Errorf("the policy floor is not good:\n%w", problems)
	}
	return &policy, nil
}

// seen is what was kept last time; nil when nothing was yet.
func (f *verifying) seen() (*verify.State, error) {
	if f.since == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.since)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was seen last time: %w", err)
	}
	var s verify.State
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("reading what was seen last time from %s: %w", f.since, err)
	}
	return &s, nil
}

// keep writes down what was seen, once all of it is good: a bad state is nothing to measure others by.
func (f *verifying) keep(r verify.Report) error {
	if f.since == "" || r.Verdict != verify.Good || len(r.Commits) == 0 {
		return nil
	}
	text, err := json.MarshalIndent(r.State, "", "  ")
	if err != nil {
		return err
	}
	temporary := f.since + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("keeping what was seen: %w", err)
	}
	return os.Rename(temporary, f.since)
}
