package signature

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// FreshFile is the file by which whoever refreshes a keyring says so: touching it confirms every key that is there.
const FreshFile = ".fresh"

// Confirmed is when the keyring's content was last confirmed to be up to date. Where the
// directory holds FreshFile, that file's modification alone counts, so that adding one key does not vouch for the
// others; where it does not, the newest modification of any *.asc counts. A file that claims to be from the future
// proves nothing, and a keyring that nothing confirms gives the zero time.
func Confirmed(dir fs.FS, now time.Time) (at time.Time, err error) {
	info, err := fs.Stat(dir, FreshFile)
	switch {
	case err == nil:
		return sane(info.ModTime(), now), nil
	case !errors.Is(err, fs.ErrNotExist):
		return time.Time{}, fmt.Errorf("looking at the keyring's %s: %w", FreshFile, err)
	}
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return time.Time{}, fmt.Errorf("listing the keyring: %w", err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), keySuffix) {
			continue
		}
		info, err := fs.Stat(dir, entry.Name()) // what a link points to, not the link
		if err != nil {
			return time.Time{}, fmt.Errorf("looking at %s: %w", entry.Name(), err)
		}
		if m := sane(info.ModTime(), now); m.After(at) {
			at = m
		}
	}
	return at, nil
}

// sane is the moment that a file's time proves: none when it lies further ahead than clocks differ.
func sane(modified, now time.Time) time.Time {
	if modified.After(now.Add(maxSkew)) {
		return time.Time{}
	}
	return modified.UTC()
}

// Stale reports, as a *Fault with code keyring-stale, that the ring was not confirmed for too long to be believed at
// that moment. A ring without keys has nothing that could have been revoked since.
func (r *Ring) Stale(at time.Time) error {
	if r == nil || r.MaxAge <= 0 || len(r.keys) == 0 || at.Sub(r.ReadAt) <= r.MaxAge {
		return nil
	}
	confirmed := "never"
	if !r.ReadAt.IsZero() {
		confirmed = stamp(r.ReadAt)
	}
	return fault(KeyringStale, "The keyring has not been refreshed for too long, so revocations may be missing.",
		"confirmed", confirmed, "max-age", r.MaxAge.String())
}
