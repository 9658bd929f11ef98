package command

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/client"
	"github.com/sallyport/sallyport/prereceive"
)

func newHook() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Run as a hook of a git server",
		Long:  "Hook runs as a hook of a git server such as GitHub Enterprise Server. See docs/duo-bot.md for how to install it.",
	}
	cmd.AddCommand(newPreReceive())
	return cmd
}

// hookSettings are the keys of the hook's file, which flags and variables override.
type hookSettings struct {
	Server     string   `yaml:"server"`
	TokenFile  string   `yaml:"token_file"`
	CAFile     string   `yaml:"ca_file"`
	Branches   []string `yaml:"branches"`
	Wait       string   `yaml:"wait"`
	User       string   `yaml:"user"`
	Repository string   `yaml:"repository"`
}

const defaultHookWait = "4s"

func newPreReceive() *cobra.Command {
	var flags hookSettings
	var path string
	cmd := &cobra.Command{
		Use:   "pre-receive",
		Short: "Let guarded branches move only when whoever pushes confirms on their phone",
		Long: `Pre-receive reads git's lines (OLD NEW REF) on standard input. For a guarded branch it computes from the trees which paths
change, both names of a rename included, and reads .sallyport.yml at OLD. Where a rule asks for Duo, whoever pushes is
asked through the Sallyport server, with the new commit's SHA as the key, and the push waits for --wait. A push that is
turned away says why and what to do; the answer on the phone counts for the next try. Commits that Sallyport itself
lands pass. Deletion, force pushes, and whatever cannot be told are refused.

Who pushes is --user, else SALLYPORT_HOOK_USER, else the login in GITHUB_USER_LOGIN (GitHub Enterprise Server) or
GL_USERNAME (GitLab), for which the server's people file names the Duo user. The other settings come from flags, else from the variables SALLYPORT_SERVER,
SALLYPORT_TOKEN_FILE, SALLYPORT_CA_FILE and SALLYPORT_HOOK_WAIT, else from the --config file, whose keys are server,
token_file, ca_file, branches, wait, user and repository.

Exit status: 0 the push may go through, 1 it may not.`,
		Example: "  sallyport hook pre-receive --config /etc/sallyport/hook.yml\n" +
			"  sallyport hook pre-receive --server https://sallyport.example.com --token-file /etc/sallyport/token --branch main",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := flags.hook(path)
			if err == nil {
				h.Out = cmd.ErrOrStderr()
				err = h.Run(cmd.Context(), cmd.InOrStdin())
			}
			return turnedAway(cmd, err)
		},
	}
	cmd.Flags().StringVarP(&path, "config", "c", "", "the hook's configuration `FILE`")
	cmd.Flags().StringVar(&flags.Server, "server", "", "the Sallyport server's `URL`")
	cmd.Flags().StringVar(&flags.TokenFile, "token-file", "", "`FILE` with a token of scopes push and check")
	cmd.Flags().StringVar(&flags.CAFile, "ca-file", "", "PEM `FILE` of the authorities to trust")
	cmd.Flags().StringSliceVar(&flags.Branches, "branch", nil, "`PATTERN` of guarded branches (repeatable); default: the repository's HEAD")
	cmd.Flags().StringVar(&flags.Wait, "wait", "", "how long to wait for the phone (default "+defaultHookWait+")")
	cmd.Flags().StringVar(&flags.User, "user", "", "who pushes: a Duo name, or github:LOGIN")
	cmd.Flags().StringVar(&flags.Repository, "repository", "", "OWNER/NAME, as the phone shows it")
	return cmd
}

// turnedAway tells whoever pushes why, in lines that git will show them.
func turnedAway(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	var refusal *prereceive.Refusal
	if !errors.As(err, &refusal) {
		return exitCode{1, fmt.Errorf("refused: %w", err)}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "sallyport: %s\n", visible(refusal.Message))
	if refusal.Next != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "sallyport: Next: %s.\n", visible(refusal.Next))
	}
	return exitCode{1, errors.New("refused: " + refusal.Code)}
}

// hook lays flags over variables over the file.
func (s hookSettings) hook(path string) (*prereceive.Hook, error) {
	file, err := readHookFile(path)
	if err != nil {
		return nil, err
	}
	env := os.Getenv
	token, err := client.ReadToken(cmp.Or(s.TokenFile, env("SALLYPORT_TOKEN_FILE"), file.TokenFile))
	if err != nil {
		return nil, err
	}
	server, err := client.New(client.Config{Server: cmp.Or(s.Server, env("SALLYPORT_SERVER"), file.Server), Token: token,
		CAFile: cmp.Or(s.CAFile, env("SALLYPORT_CA_FILE"), file.CAFile)})
	if err != nil {
		return nil, err
	}
	wait, err := time.ParseDuration(cmp.Or(s.Wait, env("SALLYPORT_HOOK_WAIT"), file.Wait, defaultHookWait))
	if err != nil || wait < 0 || wait > 10*time.Minute {
		return nil, errors.New("wait is not a period of at most 10m")
	}
	h := &prereceive.Hook{Server: server, Branches: file.Branches, Wait: wait, Poll: 500 * time.Millisecond,
		User:       cmp.Or(s.User, env("SALLYPORT_HOOK_USER"), login(env("GITHUB_USER_LOGIN")), login(env("GL_USERNAME")), file.User),
		Repository: cmp.Or(s.Repository, env("GITHUB_REPO_NAME"), env("GL_PROJECT_PATH"), file.Repository)}
	if len(s.Branches) > 0 {
		h.Branches = s.Branches
	}
	return h, nil
}

func login(name string) string {
	if name == "" {
		return ""
	}
	return "github:" + name
}

// readHookFile refuses what it does not know: a setting with a slip would leave a branch unguarded.
func readHookFile(path string) (hookSettings, error) {
	var s hookSettings
	if path == "" {
		return s, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("reading the hook's configuration: %w", err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&s); err != nil {
		return s, fmt.Errorf("%s: %s", path, yaml.FormatError(err, false, true))
	}
	for _, file := range []*string{&s.TokenFile, &s.CAFile} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(filepath.Dir(path), *file)
		}
	}
	return s, nil
}
