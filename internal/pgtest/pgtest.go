// Package pgtest starts throwaway PostgreSQL servers for tests: on a socket of their own, without a TCP port, gone
// when the test program ends, however it ends. Without PostgreSQL installed it fails, naming what to install.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const install = "PostgreSQL's server programs were not found: install the Debian package postgresql"

// running is a started server. Its stop holds the pipe to the server's guard, which must not be collected as garbage.
type running struct {
	url  string
	stop func() error
}

// shared is the one server of the test program; it ends with the program.
var shared = sync.OnceValues(func() (running, error) {
	url, stop, err := Start("")
	return running{url, stop}, err
})

var databases atomic.Int64

// Database creates an empty database for one test and returns its URL. All tests of a program share one server.
func Database(t testing.TB) string {
	t.Helper()
	return create(t, "template1")
}

// Copy creates a database for one test as a copy of another one of Database's, to which nobody may be connected. That
// is quicker than bringing the tables of an empty one up to date.
func Copy(t testing.TB, of string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, strings.TrimPrefix(u.Path, "/"))
}

func create(t testing.TB, template string) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := execute(server.url, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("creating a database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(server.url, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	u, err := url.Parse(server.url)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func execute(server, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, sql)
	return errors.Join(err, c.Close(ctx))
}

// Start starts a server in a new folder under dir, or under the system's temporary folder when dir is empty; a test
// program that runs as root needs a dir that other users may enter. It returns the URL of an empty database and a
// function that stops the server and deletes its folder. Writes are not forced to disk unless a setting such as
// "fsync=on" says so; settings are given as NAME=VALUE.
func Start(dir string, settings ...string) (server string, stop func() error, err error) {
	bin, err := programs()
	if err != nil {
		return "", nil, err
	}
	home, err := os.MkdirTemp(dir, "pg")
	if err != nil {
		return "", nil, fmt.Errorf("making a folder for PostgreSQL: %w", err)
	}
	server, stop, err = start(bin, home, settings)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(home))
	}
	return server, stop, nil
}

func start(bin, home string, settings []string) (string, func() error, error) {
	if err := handOver(home); err != nil {
		return "", nil, err
	}
	data := filepath.Join(home, "data")
	initdb := command(filepath.Join(bin, "initdb"), "-D", data, "-U", "sallyport", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir = home
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("creating a PostgreSQL cluster: %w\n%s", err, out)
	}
	stop, err := guard(bin, home, data, settings)
	if err != nil {
		return "", nil, err
	}
	server := "postgres://sallyport@/postgres?host=" + url.QueryEscape(home)
	if err := await(server); err != nil {
		log, _ := os.ReadFile(filepath.Join(home, "log"))
		return "", nil, errors.Join(fmt.Errorf("waiting for PostgreSQL: %w\n%s", err, bytes.TrimSpace(log)), stop())
	}
	return server, stop, nil
}

// guard runs the server under a shell that waits for our end of a pipe to close. That happens when the test program
// ends, even when it is killed, so no server outlives its test.
func guard(bin, home, data string, settings []string) (stop func() error, err error) {
	const script = `home=$1; shift; "$@" >"$home/log" 2>&1 & cat >/dev/null
pid=$(head -n 1 "$home/data/postmaster.pid"); kill -QUIT $pid; wait; while kill -0 $pid 2>/dev/null; do sleep 0.05; done; rm -rf "$home"`
	settings = append([]string{"listen_addresses=", "unix_socket_directories=" + home, "max_connections=200",
		"fsync=off", "full_page_writes=off", "shared_buffers=64MB"}, settings...)
	args := []string{"-c", script, "guard", home, filepath.Join(bin, "postgres"), "-D", data}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	sh := command("/bin/sh", args...)
	sh.Dir = "/"
	pipe, err := sh.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := sh.Start(); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	return sync.OnceValue(func() error { return end(pipe, sh, home) }), nil
}

// end waits for the shell, whose own exit status is that of a server told to quit, and removes what only root can.
func end(pipe io.Closer, sh *exec.Cmd, home string) error {
	err := pipe.Close()
	_ = sh.Wait()
	return errors.Join(err, os.RemoveAll(home))
}

func await(server string) error {
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = execute(server, "SELECT 1"); err == nil {
			return nil
		}
	}
	return err
}

// programs finds the folder of the newest server programs; Debian keeps them out of PATH.
func programs() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		real, err := filepath.EvalSymlinks(p) // the other programs may be there alone
		return filepath.Dir(real), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New(install)
	}
	return filepath.Dir(slices.Max(found)), nil
}
