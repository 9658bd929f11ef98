package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

// backtestMost keeps one run within an hour's budget of requests.
const backtestMost = 500

func newBacktest() *cobra.Command {
	configPath, policyPath, floorPath, last, from, asJSON := "", "", "", 50, 0, false
	cmd := &cobra.Command{
		Use:   "backtest --policy FILE OWNER/REPO",
		Short: "Replay a policy over the last merged pull requests and list what it would have held back",
		Long: `Backtest reads the last merged pull requests from GitHub as the app, judges each as it stood when it was merged by the
policy in FILE, and lists those that would not have passed, with why. It changes nothing and needs no running server.

It shows a bar on a terminal and plain lines in a log, and waits where GitHub's rate limit asks for it. Ctrl-C ends it
early: what was replayed until then is listed all the same, and --from goes on where it stopped.

What GitHub no longer tells is taken as it is today: roles, teams, titles, labels, the repository's custom properties. Duo confirmations are not replayed; the
list says how many landings would have asked for one.

Exit status: 0 all would have passed, 1 some would not, 2 it could not be found out.`,
		Example: "  sallyport backtest --config sallyport.yml --policy new.yml acme/jobs\n" +
			"  sallyport backtest --config sallyport.yml --policy new.yml --last 200 acme/jobs\n" +
			"  sallyport backtest --config sallyport.yml --policy new.yml --from 1234 acme/jobs   # go on with #1234\n" +
			"  sallyport backtest --config sallyport.yml --policy new.yml --json acme/jobs | jq -r '.different[].ref'",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if last < 1 || last > backtestMost {
				return fmt.Errorf("--last is %d; it goes from 1 to %d", last, backtestMost)
			}
			if policyPath == "" {
				return fmt.Errorf("--policy FILE is missing: the policy to replay; write: %s", cmd.UseLine())
			}
			policy, err := readPolicy(policyPath)
			if err != nil {
				return err
			}
			d, err := newDesk(configPath)
			if err != nil {
				return err
			}
			repo, err := d.repo(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			b := &backtest{desk: d, repo: repo, policy: policy, err: cmd.ErrOrStderr()}
			if floorPath != "" {
				floor, err := supposedFloor(floorPath)
				if err != nil {
					return err
				}
				b.floor = &floor
			}
			stopped := b.run(cmd.Context(), last, from)
			if stopped != nil && b.Next == 0 { // it did not get as far as replaying anything
				return stopped
			}
			return b.print(cmd.OutOrStdout(), asJSON, stopped)
		},
	}
	configFlag(cmd, &configPath)
	cmd.Flags().StringVar(&policyPath, "policy", "", "the policy `FILE` to replay")
	cmd.Flags().StringVar(&floorPath, "floor", "", "the organisation's floor `FILE` to replay; without it, the one in force")
	cmd.Flags().IntVar(&last, "last", last, "how many merged pull requests to look at")
	cmd.Flags().IntVar(&from, "from", 0, "begin with the landing of pull request `N`, and go back from there")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// backtest is one replay and what it found.
type backtest struct {
	desk   *desk
	repo   pull.Repo
	policy pull.Source
	floor  *pull.Source
	err    io.Writer

	Checked    int        `json:"checked"`
	Duo        int        `json:"would_ask_duo"`
	Different  []replayed `json:"different"`
	Unreadable []replayed `json:"unreadable"`
	Next       int        `json:"next,omitempty"` // the pull request to go on with, where it was ended early

	bar *progress
}

// replayed is a merged pull request that would have been decided differently, or that could not be replayed.
type replayed struct {
	Ref      string         `json:"ref"`
	Title    string         `json:"title,omitempty"`
	Landed   string         `json:"landed_sha,omitempty"`
	MergedAt time.Time      `json:"merged_at,omitzero"`
	Gates    []pull.Verdict `json:"gates,omitempty"`
	Error    string         `json:"error,omitempty"`
}

// run replays the last landings, or as many from one of them on. Next is where it stopped, if it did.
func (b *backtest) run(ctx context.Context, last, from int) error {
	b.Different, b.Unreadable, b.bar = []replayed{}, []replayed{}, &progress{}
	numbers, err := b.landings(ctx, last, from)
	if err != nil {
		return err
	}
	b.bar = newProgress(b.err, "replaying", len(numbers))
	defer b.bar.clear()
	for i, number := range numbers {
		b.bar.show(i)
		if err := b.replay(ctx, number); err != nil {
			b.Next = number
			return err
		}
	}
	b.bar.show(len(numbers))
	return nil
}

// landings are the numbers to replay, the latest landing first.
func (b *backtest) landings(ctx context.Context, last, from int) (numbers []int, err error) {
	most := last
	if from != 0 {
		most = backtestMost
	}
	err = b.patiently(ctx, func() (err error) {
		numbers, err = b.desk.github.MergedPulls(ctx, b.repo, most)
		return err
	})
	if err != nil || from == 0 {
		return numbers, err
	}
	at := slices.Index(numbers, from)
	if at < 0 {
		return nil, fmt.Errorf("--from is %d, which is none of the last %d merged pull requests of %s", from, len(numbers), b.repo.FullName())
	}
	return numbers[at:min(at+last, len(numbers))], nil
}

// replay judges one landing. One that cannot be read is listed, and the others are still looked at.
func (b *backtest) replay(ctx context.Context, number int) error {
	var d reconcile.Decision
	err := b.patiently(ctx, func() (err error) {
		d, err = b.desk.passes.Replay(ctx, b.desk.github, b.repo, number, b.policy, b.floor)
		return err
	})
	if err != nil && pull.ClassOf(err) != pull.Permanent {
		return err
	}
	if err != nil {
		b.Unreadable = append(b.Unreadable, replayed{Ref: fmt.Sprintf("%s#%d", b.repo.FullName(), number), Error: err.Error()})
		return nil
	}
	b.Checked++
	if d.Needs.Duo != "" {
		b.Duo++
	}
	if held := heldBack(d); len(held) > 0 {
		b.Different = append(b.Different, replayed{Ref: d.Request.Ref(), Title: d.Request.Title, Landed: d.Request.Landed.SHA,
			MergedAt: d.Request.Landed.At, Gates: held})
	}
	return nil
}

// heldBack are the gates that would not have let it land. Duo answers are not replayed.
func heldBack(d reconcile.Decision) []pull.Verdict {
	var held []pull.Verdict
	for _, gate := range []pull.Gate{pull.GateApproval, pull.GateSignatures} {
		if v := d.Verdict(gate); v.State != pull.Pass {
			held = append(held, v)
		}
	}
	return held
}

const (
	patience    = 5
	longestWait = 15 * time.Minute
)

// patiently tries again what GitHub put off, and waits as long as it asks.
func (b *backtest) patiently(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || pull.ClassOf(err) != pull.Transient || attempt == patience {
			return err
		}
		wait := max(pull.Delay(err), time.Duration(attempt)*time.Second)
		if wait > longestWait {
			return err
		}
		b.bar.clear()
		fmt.Fprintf(b.err, "Waiting %s for GitHub: %v\n", wait.Round(time.Second), err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// print says what was found; stopped is why that is not the whole.
func (b *backtest) print(out io.Writer, asJSON bool, stopped error) error {
	if asJSON {
		if err := json.NewEncoder(out).Encode(b); err != nil {
			return fmt.Errorf("printing the result: %w", err)
		}
	} else {
		b.list(out)
	}
	switch {
	case stopped != nil:
		return fmt.Errorf("ended early, by %w; go on with --from %d", stopped, b.Next)
	case len(b.Different) > 0:
		return exitCode{1, errors.New("some landings would have been held back")}
	case len(b.Unreadable) > 0:
		return errors.New("some landings could not be replayed")
	}
	return nil
}

func (b *backtest) list(out io.Writer) {
	for _, r := range b.Different {
		fmt.Fprintf(out, "%s  %s\n  merged %s as %.10s\n", r.Ref, visible(r.Title), r.MergedAt.Format(time.DateOnly), r.Landed)
		printVerdicts(out, r.Gates, "  ")
		fmt.Fprintln(out)
	}
	for _, r := range b.Unreadable {
		fmt.Fprintf(out, "%s could not be replayed: %s\n\n", r.Ref, visible(r.Error))
	}
	fmt.Fprintf(out, "%s replayed: %d would have been held back, %d would have asked for a Duo confirmation.\n",
		strings.TrimSpace(counted(b.Checked, "landing")), len(b.Different), b.Duo)
}
