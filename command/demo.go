package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/internal/story"
)

func newDemo() *cobra.Command {
	keep := false
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play the whole story on this machine, without any account",
		Long: `Demo starts the real server on an embedded SQLite file, a simulated GitHub that holds a real git repository of Nomad
jobs, and a simulated Duo. Then it plays, live and narrated: a staging change that lands by itself, a production
change that waits for an admin and for a phone, and an attack. Everything stays on this machine and is gone at the
end; with --keep it is left running to play with.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return playDemo(cmd.Context(), cmd.OutOrStdout(), keep)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave everything running until interrupted")
	return cmd
}

func playDemo(ctx context.Context, out io.Writer, keep bool) (err error) {
	dir, err := os.MkdirTemp("", "sallyport-demo-")
	if err != nil {
		return fmt.Errorf("making a place for the demo: %w", err)
	}
	defer func() {
		if err == nil {
			err = os.RemoveAll(dir)
		}
	}()
	began := time.Now()
	w, err := story.New(story.Options{Dir: dir, Launch: Inside(ctx, true), Say: narrator(out)})
	if err != nil {
		return err
	}
	defer func() {
		if closing := w.Close(); err == nil {
			err = closing
		}
	}()
	fmt.Fprintf(out, "Sallyport   %s\nGitHub      %s   (simulated; a real git repository behind it)\nDuo         %s   (simulated; the phones)\n",
		w.URL(), w.GitHub.URL(), w.Duo.PhoneURL())
	if err := w.PlayDemo(ctx); err != nil {
		return fmt.Errorf("the demo went wrong: %w (the log is %s)", err, w.LogFile())
	}
	fmt.Fprintf(out, "\nThat took %.1f seconds. Pages: %s  and  %s/%s/pull/3\n", time.Since(began).Seconds(), w.URL(), w.URL(), w.Repo.FullName())
	if keep {
		fmt.Fprintf(out, toTry, w.LogFile(), filepath.Join(dir, "sallyport.yml"), w.Repo.FullName(), filepath.Join(dir, "policy.yml"))
		<-ctx.Done()
	}
	return nil
}

const toTry = `
It is left running; the log is %[1]s. To look around, in another terminal:

  sallyport explain  --config %[2]s %[3]s#3
  sallyport simulate --config %[2]s --approve ana %[3]s#3
  sallyport backtest --config %[2]s --policy %[4]s %[3]s

Press Ctrl-C to end it.
`

// narrator tells the story to people: what the script says stands out, what happens is indented.
func narrator(out io.Writer) func(string) {
	return func(line string) {
		if said, ok := strings.CutPrefix(line, "\n"); ok {
			fmt.Fprintf(out, "\n%s\n", said)
			return
		}
		fmt.Fprintf(out, "    %s\n", line)
	}
}

// Inside runs the server in this process: the same program as `serve`, with its pages open to everybody if wished.
func Inside(ctx context.Context, openPages bool) func(string, string) (story.Process, error) {
	return func(path, logPath string) (story.Process, error) {
		cfg, err := config.Load(path, func(string) (string, bool) { return "", false })
		if err != nil {
			return nil, err
		}
		log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
		p := &inside{stop: stop, done: make(chan error, 1)}
		go func() {
			defer log.Close()
			p.done <- serve(ctx, cfg, log, openPages)
		}()
		return p, nil
	}
}

type inside struct {
	stop context.CancelFunc
	done chan error
}

func (p *inside) Stop() (int, error) {
	p.stop()
	if err := <-p.done; err != nil {
		return 2, err
	}
	return 0, nil
}

// Kill cannot kill the process that the demo itself runs in; the demo never asks.
func (p *inside) Kill() error {
	_, err := p.Stop()
	return err
}
