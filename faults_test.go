package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/chaos"
	"github.com/sallyport/sallyport/internal/pgtest"
	"github.com/sallyport/sallyport/internal/story"
)

var onlyCells = flag.String("cells", "*/*/*", "run only the cells of the fault matrix whose name matches this pattern: DATABASE/WHAT/WAY")

// atOnce is how many cells run at a time: they wait more than they work.
const atOnce = 10

// cell is one effect that goes wrong in one way, on one database.
type cell struct {
	name   string
	effect chaos.Effect
	way    chaos.Way
	relay  *pgtest.Relay // nil is SQLite
	dir    string
	log    string
	err    error
	done   chan struct{}
}

// TestFaultMatrix lets everything that Sallyport does to the world go wrong in every way, starts the program anew, and
// holds the end against every promise: on SQLite all of it, on PostgreSQL each effect in one way, and each commit in all.
func TestFaultMatrix(t *testing.T) {
	cells := matrix(t)
	if len(cells) == 0 {
		t.Fatalf("no cell is called %s", *onlyCells)
	}
	free := make(chan struct{}, atOnce)
	for _, c := range cells {
		go func() {
			free <- struct{}{}
			defer func() { <-free; close(c.done) }()
			c.err = c.suffer()
		}()
	}
	for _, c := range cells {
		t.Run(c.name, func(t *testing.T) {
			if <-c.done; c.err == nil {
				return
			}
			t.Error(c.err)
			if testing.Verbose() {
				t.Logf("sallyport's log:\n%s", c.log)
			}
		})
	}
}

func matrix(t *testing.T) []*cell {
	var cells []*cell
	for i, e := range chaos.Effects {
		for j, w := range chaos.Ways {
			for _, database := range []string{"sqlite", "postgres"} {
				c := &cell{name: database + "/" + strings.NewReplacer(" ", "_", ":", "").Replace(e.Name) + "/" + w.Word(),
					effect: e, way: w, done: make(chan struct{})}
				wanted := e.Commit == "" || database == "postgres"
				if database == "postgres" && e.Commit == "" {
					wanted = i%len(chaos.Ways) == j
				}
				if named, err := path.Match(*onlyCells, c.name); err != nil || !named || !wanted {
					continue
				}
				c.dir = t.TempDir()
				if database == "postgres" {
					c.relay = pgtest.NewRelay(t, pgtest.Database(t))
				}
				cells = append(cells, c)
			}
		}
	}
	return cells
}

func (c *cell) suffer() error {
	o := story.Options{Dir: c.dir, Validate: true, Launch: launchProcess(os.Getenv), Command: commandOf(os.Getenv)}
	if c.relay != nil {
		o.Database = c.relay.URL
	}
	w, err := story.New(o)
	if err != nil {
		return err
	}
	defer func() { c.log = w.Log() }()
	town := chaos.New(w, 1)
	town.Relay = c.relay
	if err := town.Suffer(context.Background(), c.effect, c.way); err != nil {
		return errors.Join(err, w.Close())
	}
	return errors.Join(wholeLedger(w), w.Close(), asPublished(w))
}

func asPublished(w *story.World) error {
	var errs []error
	for _, v := range w.GitHub.Violations() {
		errs = append(errs, fmt.Errorf("not as GitHub publishes it: %s", v))
	}
	return errors.Join(errs...)
}

// wholeLedger has the operator's command check the ledger, against the checkpoint outside the database too.
func wholeLedger(w *story.World) error {
	if status, err := w.Stop(); err != nil || status != 0 {
		return fmt.Errorf("stopping: status %d, %w", status, err)
	}
	return w.Command(context.Background(), "ledger", "verify", "--config", filepath.Join(w.Dir, "sallyport.yml"))
}

// TestFaultMatrixIsInTheDocs holds the table of docs/reliability.md to the one that the tests live by.
func TestFaultMatrixIsInTheDocs(t *testing.T) {
	text, err := os.ReadFile("docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := chaos.Table(); !strings.Contains(string(text), want) {
		t.Errorf("docs/reliability.md lacks this table:\n%s", want)
	}
}
