package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const socket = ".s.PGSQL.5432"

// Pair starts a server for one test alone, and another one that follows it: nothing is committed before both have it. It
// returns the URL under which whoever is in charge is found, and what ends the first at once and puts the other in charge.
func Pair(t testing.TB) (server string, failOver func(context.Context) error) {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	first, stop, err := Start("")
	if err != nil {
		t.Fatal(err)
	}
	cleanly(t, stop)
	u, err := url.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	home := u.Query().Get("host")
	second, stopSecond, err := follow(bin, home)
	if err != nil {
		t.Fatal(err)
	}
	cleanly(t, stopSecond)
	if err := synchronous(first); err != nil {
		t.Fatal(err)
	}
	door := t.TempDir()
	if err := os.Symlink(filepath.Join(home, socket), filepath.Join(door, socket)); err != nil {
		t.Fatal(err)
	}
	return "postgres://sallyport@/postgres?host=" + url.QueryEscape(door), func(ctx context.Context) error {
		if err := stop(); err != nil {
			return err
		}
		if out, err := inPlace(filepath.Join(bin, "pg_ctl"), "promote", "-w", "-D", filepath.Join(second, "data")); err != nil {
			return fmt.Errorf("promoting the other server: %w: %s", err, out)
		}
		next := filepath.Join(door, "next")
		return errors.Join(os.Symlink(filepath.Join(second, socket), next), os.Rename(next, filepath.Join(door, socket)), ctx.Err())
	}
}

func cleanly(t testing.TB, stop func() error) {
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// follow starts a server that repeats what the one in home does.
func follow(bin, home string) (second string, stop func() error, err error) {
	if second, err = os.MkdirTemp("", "pg"); err != nil {
		return "", nil, fmt.Errorf("making a folder for PostgreSQL: %w", err)
	}
	if err := handOver(second); err != nil {
		return "", nil, err
	}
	out, err := inPlace(filepath.Join(bin, "pg_basebackup"), "-h", home, "-U", "sallyport", "-D", filepath.Join(second, "data"),
		"-R", "-X", "stream", "-c", "fast", "--no-sync")
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("copying a PostgreSQL cluster: %w\n%s", err, out), os.RemoveAll(second))
	}
	stop, err = guard(bin, second, filepath.Join(second, "data"), nil)
	return second, stop, err
}

func inPlace(name string, args ...string) ([]byte, error) {
	c := command(name, args...)
	c.Dir = "/"
	return c.CombinedOutput()
}

// synchronous has a server wait for its follower with each commit, from now on.
func synchronous(server string) error {
	for _, sql := range []string{"ALTER SYSTEM SET synchronous_standby_names TO '*'", "SELECT pg_reload_conf()"} {
		if err := execute(server, sql); err != nil {
			return fmt.Errorf("having a server wait for its follower: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for follows := false; !follows; time.Sleep(10 * time.Millisecond) {
		if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')").Scan(&follows); err != nil {
			return fmt.Errorf("waiting for the follower: %w", err)
		}
	}
	return nil
}
