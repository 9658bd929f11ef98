package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
)

// Own starts a server for one test alone. It returns the URL of an empty database, and what restarts the server as a power
// cut would: with every connection broken, and recovery from its log.
func Own(t testing.TB) (server string, restart func(context.Context) error) {
	t.Helper()
	server, stop, err := Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	home := u.Query().Get("host")
	return server, func(ctx context.Context) error {
		bin, err := programs()
		if err != nil {
			return err
		}
		c := command(filepath.Join(bin, "pg_ctl"), "restart", "-m", "immediate", "-w", "-D", filepath.Join(home, "data"),
			"-l", filepath.Join(home, "log"))
		c.Dir = "/"
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("restarting PostgreSQL: %w: %s", err, out)
		}
		return errors.Join(ctx.Err(), await(server))
	}
}
