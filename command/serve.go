package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport/sallyport/config"
)

func newServe() *cobra.Command {
	path := ""
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Serve takes GitHub's webhooks, judges pull requests, asks people through Duo and lands what is agreed to.

Every key of the configuration file may also be given as an environment variable (SALLYPORT_DATABASE,
SALLYPORT_GITHUB_APP_WEBHOOK_SECRET, …), and every secret as a file (webhook_secret_file, …). It logs one JSON line
per event to standard error and stops within 15 seconds of SIGTERM, finishing or releasing what it was doing.`,
		Example: "  sallyport serve --config /etc/sallyport/sallyport.yml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), cfg, cmd.ErrOrStderr(), false)
		},
	}
	configFlag(cmd, &path)
	return cmd
}

// The bounds of a stop, which together stay under 15 seconds.
const httpGrace = 3 * time.Second

// serve runs until ctx ends, then stops taking, finishes or releases what runs, and returns.
func serve(ctx context.Context, cfg config.Server, logs io.Writer, openPages bool) error {
	log := slog.New(slog.NewJSONHandler(logs, nil))
	a, err := newApp(ctx, cfg, log, openPages)
	if err != nil {
		return err
	}
	defer a.store.Close()
	listener, err := net.Listen("tcp", cfg.Address)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	log.Info("listening", "address", listener.Addr().String(), "configuration", cfg.String())
	if cfg.GitHub.App.WebhookSecretOld != "" {
		log.Warn("webhook_secret_old is still believed: take it out once GitHub signs with the new one")
	}

	web := &http.Server{Handler: a.server.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	web.RegisterOnShutdown(a.server.Stop)
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() { fail(web.Serve(listener)) }()
	go a.watchFiles(ctx)

	err = a.run(ctx)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpGrace)
	defer cancel()
	err = errors.Join(err, web.Shutdown(grace))
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serving: %w", cause))
	}
	log.Info("stopped")
	return err
}
