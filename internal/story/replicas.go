package story

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // opens the database as a newer program would
)

// StartSecond launches another replica on the same database. Webhooks and questions go to the first while it lives.
func (w *World) StartSecond(ctx context.Context) error {
	process, err := w.launchSecond()
	if err != nil {
		return err
	}
	w.second = process
	return w.until(ctx, "the second is ready", func(ctx context.Context) (string, bool) {
		w.address, w.other = w.other, w.address
		defer func() { w.address, w.other = w.other, w.address }()
		return w.ready(ctx)
	})
}

func (w *World) launchSecond() (process Process, err error) {
	if w.other, err = freeAddress(); err != nil {
		return nil, err
	}
	return w.launchReplica("second", w.other)
}

// launchReplica starts the program with the first one's configuration, at another address.
func (w *World) launchReplica(name, address string) (Process, error) {
	text, err := os.ReadFile(filepath.Join(w.Dir, "sallyport.yml"))
	if err != nil {
		return nil, err
	}
	text = bytes.Replace(text, []byte(fmt.Sprintf("address: %q", w.address)), []byte(fmt.Sprintf("address: %q", address)), 1)
	file := filepath.Join(w.Dir, name+".yml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	return w.Launch(file, filepath.Join(w.Dir, name+".log"))
}

// startThird launches one more replica, to which nobody sends anything: it only works.
func startThird(ctx context.Context, w *World, _ []string) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	if w.third, err = w.launchReplica("third", address); err != nil {
		return err
	}
	return w.until(ctx, "the third is ready", func(ctx context.Context) (string, bool) {
		text, err := os.ReadFile(filepath.Join(w.Dir, "third.log"))
		return fmt.Sprint(string(text), err), strings.Contains(string(text), `"msg":"listening"`)
	})
}

// pausing is what a process can do that can be stopped.
type pausing interface {
	Pause() error
	Resume() error
}

// pauseFirst stops the replica that everything is sent to, as a hypervisor stops a machine; from then on everything goes to
// the second.
func pauseFirst(_ context.Context, w *World, _ []string) error {
	process, able := w.server.(pausing)
	if !able || w.second == nil {
		return errors.New("there is nothing that can be paused, or no second replica")
	}
	if err := process.Pause(); err != nil {
		return err
	}
	w.stopped = w.server
	w.server, w.second = w.second, w.server
	w.balance()
	return nil
}

// resume lets the paused replica go on as if nothing had happened.
func resume(_ context.Context, w *World, _ []string) error {
	process, able := w.stopped.(pausing)
	if w.stopped = nil; !able {
		return errors.New("nothing is paused")
	}
	return process.Resume()
}

func restartDatabase(ctx context.Context, w *World, _ []string) error {
	if w.Restart == nil {
		return errors.New("this database cannot be restarted")
	}
	return w.Restart(ctx)
}

func failOverDatabase(ctx context.Context, w *World, _ []string) error {
	if w.FailOver == nil {
		return errors.New("this database has no other server")
	}
	return w.FailOver(ctx)
}

// lease shortens how long a replica may be silent; before the start.
func lease(_ context.Context, w *World, args []string) error {
	if len(args) != 1 {
		return errors.New("needs a time")
	}
	return w.addSetting("lease: " + args[0])
}

// newerDatabase is what a newer version of the program does to the database: it adds.
func newerDatabase(ctx context.Context, w *World, _ []string) error {
	const next = `ALTER TABLE pulls ADD COLUMN invented_later text NOT NULL DEFAULT ''`
	const version = `INSERT INTO sallyport_migrations (version_id, is_applied) VALUES (99999, true)`
	driver, source := "pgx", w.Database
	if source == "" {
		driver, source = "sqlite", w.sqliteFile()
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	for _, statement := range []string{next, version} {
		if err == nil {
			_, err = db.ExecContext(ctx, statement)
		}
	}
	return errors.Join(err, db.Close())
}

func (w *World) replicaLog() string { return filepath.Join(w.Dir, "second.log") }

// KillSecond ends the second replica as a power cut would.
func (w *World) KillSecond() error {
	process := w.second
	w.second = nil
	if process == nil {
		return errors.New("there is no second replica")
	}
	return process.Kill()
}

// balance sends everything to the replica that is left.
func (w *World) balance() {
	w.address, w.other = w.other, w.address
	w.App.SetWebhook(w.URL()+"/api/github/hook", w.signs.github)
}

// secondRefused sees that a second process does not share a database that belongs to one.
func secondRefused(ctx context.Context, w *World, args []string) error {
	process, err := w.launchSecond()
	if err != nil {
		return err
	}
	want := strings.Join(args, " ")
	err = w.until(ctx, "the second says why it ends", func(context.Context) (string, bool) {
		text, _ := os.ReadFile(w.replicaLog())
		return string(text), strings.Contains(string(text), want)
	})
	_ = process.Kill() // it has ended by itself
	return err
}

// startRefused sees that the program ends by itself, and what it says.
func startRefused(ctx context.Context, w *World, args []string) error {
	process, err := w.launchReplica("refused", w.address)
	if err != nil {
		return err
	}
	want := strings.Join(args, " ")
	err = w.until(ctx, "it says why it ends", func(context.Context) (string, bool) {
		text, _ := os.ReadFile(filepath.Join(w.Dir, "refused.log"))
		return string(text), strings.Contains(string(text), want)
	})
	_ = process.Kill() // it has ended by itself
	return err
}
