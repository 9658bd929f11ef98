package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/client"
)

// gateFlags are the flags of gate.
type gateFlags struct {
	server, tokenFile, caFile, user, branch, repository string
	wait, asJSON                                        bool
	timeout                                             time.Duration
}

func newGate() *cobra.Command {
	f := gateFlags{}
	cmd := &cobra.Command{
		Use:   "gate SHA",
		Short: "Say by the exit status whether a commit went through the gate",
		Long: `Gate asks a Sallyport server whether the commit landed through the gate, or was confirmed over the API. It is for the first
step of a pipeline: what has not gone through the gate is not deployed. SHA is a whole SHA, or whatever git calls a
commit in this folder (HEAD, main).

With --wait it looks again until the answer is final or --timeout is over, and says what it waits for. With --branch and
--repository only a landing there counts; with --user only what that person confirmed.

The settings also come from SALLYPORT_SERVER, SALLYPORT_TOKEN, SALLYPORT_TOKEN_FILE and SALLYPORT_CA_FILE. The token
needs the scope check; with read as well, gate tells which gates hold a pull request back.

Exit status: 0 it went through the gate, 1 it did not, 2 nobody can tell.`,
		Example: "  sallyport gate $GITHUB_SHA --server https://sallyport.example.com --token-file token\n" +
			"  sallyport gate HEAD --wait --timeout 5m --branch main --repository acme/jobs\n" +
			"  sallyport gate --json $CI_COMMIT_SHA | jq -r .pull_request.ref",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			g, err := f.gate(cmd)
			if err != nil {
				return err
			}
			sha, err := commitNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return g.run(cmd.Context(), sha)
		},
	}
	cmd.Flags().StringVar(&f.server, "server", "", "the Sallyport server's `URL`")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "`FILE` with an API token")
	cmd.Flags().StringVar(&f.caFile, "ca-file", "", "PEM `FILE` of the authorities to trust")
	cmd.Flags().StringVar(&f.user, "user", "", "only what this person confirmed counts: a Duo name, or github:LOGIN")
	cmd.Flags().StringVar(&f.branch, "branch", "", "only a landing on this branch counts")
	cmd.Flags().StringVar(&f.repository, "repository", "", "only a landing in this repository counts, as OWNER/NAME")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait until the answer is final")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 10*time.Minute, "how long to wait, and how long the server may be out of reach")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the answer as JSON")
	return cmd
}

// gate is one question to the server.
type gate struct {
	gateFlags
	client    *client.Client
	out, err  io.Writer
	waitsSaid string
}

func (f gateFlags) gate(cmd *cobra.Command) (*gate, error) {
	token := os.Getenv("SALLYPORT_TOKEN")
	if path := cmp.Or(f.tokenFile, os.Getenv("SALLYPORT_TOKEN_FILE")); path != "" {
		var err error
		if token, err = client.ReadToken(path); err != nil {
			return nil, err
		}
	}
	c, err := client.New(client.Config{Server: cmp.Or(f.server, os.Getenv("SALLYPORT_SERVER")), Token: token,
		CAFile: cmp.Or(f.caFile, os.Getenv("SALLYPORT_CA_FILE"))})
	if err != nil {
		return nil, fmt.Errorf("%w (--server, --token-file)", err)
	}
	return &gate{gateFlags: f, client: c, out: cmd.OutOrStdout(), err: cmd.ErrOrStderr()}, nil
}

var wholeSHA = regexp.MustCompile(`^[0-9a-f]{40}$`)

// commitNamed resolves what is no whole SHA in the repository at hand.
func commitNamed(ctx context.Context, name string) (string, error) {
	if wholeSHA.MatchString(name) {
		return name, nil
	}
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}").Output()
	sha := strings.TrimSpace(string(out))
	if err != nil || !wholeSHA.MatchString(sha) {
		return "", fmt.Errorf("%q is neither a whole SHA nor a commit of the repository in this folder", name)
	}
	return sha, nil
}

const (
	gatePace    = time.Second
	gatePaceTop = 10 * time.Second
)

// run looks until the answer is final, time is over, or, without --wait, once.
func (g *gate) run(ctx context.Context, sha string) error {
	deadline := time.Now().Add(g.timeout)
	for pace := gatePace; ; pace = min(pace*3/2, gatePaceTop) {
		a, err := g.client.Check(ctx, sha, g.user, false)
		var refused *client.RefusedError
		switch {
		case errors.As(err, &refused) && refused.Status != http.StatusTooManyRequests && refused.Status < 500:
			return err // no waiting mends a token
		case err == nil && (final(a) || !g.wait):
			return g.tell(a)
		case time.Now().Add(pace).After(deadline) || !g.wait:
			if err != nil {
				return err
			}
			return g.tell(a)
		case err != nil:
			fmt.Fprintf(g.err, "Trying again: %v\n", err)
		default:
			g.sayWhat(ctx, a)
		}
		if refused != nil {
			pace = max(pace, refused.After)
		}
		select {
		case <-time.After(pace):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// final answers do not change by themselves.
func final(a client.Answer) bool {
	return a.Valid || !slices.Contains([]string{"no-record", "not-landed", "awaiting-phone", "texted", "duo-unsent"}, a.Code)
}

// sayWhat says what is waited for, again only when it changes.
func (g *gate) sayWhat(ctx context.Context, a client.Answer) {
	what := a.Message
	if p := a.Pull; p != nil {
		if standing, err := g.client.Standing(ctx, p.Repository, p.Number); err == nil {
			what = fmt.Sprintf("%s is %s. %s", p.Ref, standing.State, strings.Join(standing.Waits(), " "))
		}
	}
	if what != g.waitsSaid {
		g.waitsSaid = what
		fmt.Fprintf(g.err, "Waiting: %s\n", visible(strings.TrimSpace(what)))
	}
}

// tell prints the answer and turns it into an exit status.
func (g *gate) tell(a client.Answer) error {
	if a.Valid && !g.here(a) {
		a.Valid, a.Code, a.Next = false, "elsewhere", "Check --branch and --repository"
		a.Message = "The commit went through the gate, but not on this branch of this repository."
	}
	if g.asJSON {
		if err := json.NewEncoder(g.out).Encode(a); err != nil {
			return fmt.Errorf("printing the answer: %w", err)
		}
	} else {
		fmt.Fprintln(g.out, visible(a.Message))
		if !a.Valid && a.Next != "" {
			fmt.Fprintln(g.out, "Next: "+visible(a.Next))
		}
	}
	if !a.Valid {
		return exitCode{1, errors.New("not through the gate: " + a.Code)}
	}
	return nil
}

// here reports whether the landing is where it was asked for. A key that was merely confirmed is nowhere.
func (g *gate) here(a client.Answer) bool {
	if g.branch == "" && g.repository == "" {
		return true
	}
	return a.Code == "landed" && a.Pull != nil && (g.branch == "" || a.Pull.Branch == g.branch) &&
		(g.repository == "" || strings.EqualFold(a.Pull.Repository, g.repository))
}
