package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sallyport/sallyport/ledger"
)

// maxCheckpoint bounds what is read of the file.
const maxCheckpoint = 64 << 10

// fileMode lets monitoring read how far the ledger has come; there is nothing secret in it.
const fileMode = 0o644

// CheckLedger compares the database with what is known of it outside: the checkpoint file, and what this process saw
// itself. Where they agree, the file is brought up to date. It is what stands between a restored older database and a
// landing, so a file that cannot be read or written is an error.
func (s *Store) CheckLedger(ctx context.Context) error {
	s.outside.Lock()
	defer s.outside.Unlock()
	if known := s.known; known != nil {
		if err := s.compare(ctx, *known, "this process's memory"); err != nil {
			return err
		}
	}
	kept, err := s.readFile()
	if err != nil {
		return err
	}
	if kept != nil {
		if err := s.compare(ctx, *kept, "the file "+filepath.Base(s.CheckpointFile)); err != nil {
			return err
		}
	}
	c, err := checkpoint(ctx, s.db)
	if err != nil {
		return wrap("reading the ledger's state", err)
	}
	s.known = &c
	if s.CheckpointFile == "" || kept != nil && *kept == c {
		return nil
	}
	return s.replaceFile(c)
}

// readFile reads the checkpoint that was kept; nil when there is none. Its signature is not asked for: whoever can write
// the file can also delete it.
func (s *Store) readFile() (*ledger.Checkpoint, error) {
	if s.CheckpointFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.CheckpointFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || len(text) > maxCheckpoint {
		return nil, fmt.Errorf("reading the checkpoint file: %w", errors.Join(err, tooLong(text)))
	}
	c, err := ledger.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading the checkpoint file %s: %w", s.CheckpointFile, err)
	}
	return &c, nil
}

func tooLong(text []byte) error {
	if len(text) > maxCheckpoint {
		return errors.New("it is longer than 64 KiB")
	}
	return nil
}

// drafts are the files that are about to take a checkpoint file's place. Whoever is killed meanwhile leaves one behind.
const drafts = ".checkpoint-*"

// draftAge is far beyond the moments in which a draft takes its place, whichever process beside this one writes it.
const draftAge = time.Hour

// clearDrafts removes what others left behind. What cannot be removed stands in nobody's way.
func clearDrafts(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, drafts))
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && time.Since(info.ModTime()) > draftAge {
			_ = os.Remove(name)
		}
	}
}

// replaceFile puts the checkpoint in the file's place, at once and for good: a crash leaves the old one or the new one.
func (s *Store) replaceFile(c ledger.Checkpoint) error {
	if s.CheckpointFile == "" {
		return nil
	}
	text, err := c.Sign(s.Signer)
	if err != nil {
		return err
	}
	dir := filepath.Dir(s.CheckpointFile)
	clearDrafts(dir)
	f, err := os.CreateTemp(dir, drafts)
	if err != nil {
		return fmt.Errorf("writing the checkpoint file: %w", err)
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(fileMode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.CheckpointFile)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("writing the checkpoint file: %w", errors.Join(err, ignoreAbsent(os.Remove(f.Name()))))
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
