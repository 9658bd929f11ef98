package story

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed demo.txtar
var demo []byte

// PlayDemo tells the demo's story: what the script says to people goes to Say, the rest happens.
func (w *World) PlayDemo(ctx context.Context) error {
	archive := txtar.Parse(demo)
	for _, f := range archive.Files {
		if err := os.WriteFile(filepath.Join(w.Dir, f.Name), f.Data, 0o600); err != nil {
			return fmt.Errorf("unpacking the demo: %w", err)
		}
	}
	for line := range strings.Lines(string(archive.Comment)) {
		if err := w.playLine(ctx, strings.TrimSpace(line)); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) playLine(ctx context.Context, line string) error {
	if line == "" {
		return nil
	}
	if said, ok := strings.CutPrefix(line, "# "); ok {
		w.Say("\n" + said)
		return nil
	}
	words, err := split(line)
	if err != nil {
		return err
	}
	if words[0] == "policy" {
		words[1] = filepath.Join(w.Dir, words[1])
	}
	return w.Run(ctx, words[0], words[1:])
}

// split cuts a line at spaces, except between single quotes.
func split(line string) ([]string, error) {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	if strings.Count(line, "'")%2 == 1 {
		return nil, errors.New("a quote is not closed: " + line)
	}
	return words, nil
}
