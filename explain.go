package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

func newExplain() *cobra.Command {
	path, asJSON := "", false
	cmd := &cobra.Command{
		Use:   "explain OWNER/REPO#N",
		Short: "Say what the gates think of a pull request, and why",
		Long: `Explain reads a pull request from GitHub as the app and prints every gate's verdict with its reasons. It changes
nothing and needs no running server: only the configuration's GitHub section, and the people file and keyring.
What only a server knows (Duo answers) counts as not given.

Exit status: 0 every gate passes, 1 one does not, 2 it could not be found out.`,
		Example: "  sallyport explain --config sallyport.yml acme/jobs#7\n  sallyport explain --json acme/jobs#7 | jq '.[].state'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := config.Load(path, os.LookupEnv)
			if err != nil {
				return fmt.Errorf("the configuration is not good:\n%w", err)
			}
			d, err := explain(cmd.Context(), cfg, args[0])
			if err != nil {
				return err
			}
			return printDecision(cmd.OutOrStdout(), d, asJSON)
		},
	}
	cmd.Flags().StringVarP(&path, "config", "c", "", "the server's configuration file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdicts as JSON")
	return cmd
}

func explain(ctx context.Context, cfg config.Server, ref string) (reconcile.Decision, error) {
	var none reconcile.Decision
	name, number, err := parseRef(ref)
	if err != nil {
		return none, err
	}
	files, err := readFiles(cfg)
	if err != nil {
		return none, err
	}
	log := slog.New(slog.DiscardHandler)
	github, err := newHub(cfg, log, newMetrics())
	if err != nil {
		return none, err
	}
	repos, err := github.Repos(ctx)
	if err != nil {
		return none, fmt.Errorf("listing the app's repositories: %w", err)
	}
	r := &reconcile.Reconciler{GitHub: github, People: files.People, Ring: files.Ring, App: cfg.GitHub.App.IntegrationID,
		PublicURL: cfg.PublicURL, Log: log, Now: time.Now}
	for _, repo := range repos {
		if strings.EqualFold(repo.FullName(), name) {
			return r.Explain(ctx, repo, number)
		}
	}
	return none, fmt.Errorf("the app is not installed on %s, or the repository does not exist", name)
}

func parseRef(ref string) (name string, number int, err error) {
	name, digits, ok := strings.Cut(ref, "#")
	number, err = strconv.Atoi(digits)
	if !ok || err != nil || number < 1 || strings.Count(name, "/") != 1 {
		return "", 0, fmt.Errorf("%q does not name a pull request; write OWNER/REPO#N", ref)
	}
	return name, number, nil
}

func printDecision(out io.Writer, d reconcile.Decision, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(out).Encode(d.Verdicts); err != nil {
			return fmt.Errorf("printing the verdicts: %w", err)
		}
	} else if !d.Gated {
		fmt.Fprintf(out, "%s: the target branch has no policy, so nothing is gated\n", d.Request.Ref())
	} else {
		fmt.Fprintf(out, "%s  %s\n\n%s", d.Request.Ref(), d.Request.Title, d.Why())
	}
	for _, v := range d.Verdicts {
		if v.Gate != pull.GateAutomerge && v.State != pull.Pass {
			return exitCode{1, errors.New("not every gate passes")}
		}
	}
	return nil
}
