package signature

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"
)

// TestThreat43Confirmed is about what counts as word that the keys were fetched anew.
func TestThreat43Confirmed(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) *fstest.MapFile { return &fstest.MapFile{ModTime: now.Add(-d)} }
	for _, c := range []struct {
		name string
		dir  fstest.MapFS
		want time.Time
	}{
		{"the newest key file", fstest.MapFS{"a.asc": ago(3 * time.Hour), "b.asc": ago(2 * time.Hour)}, now.Add(-2 * time.Hour)},
		{"the stamp", fstest.MapFS{"a.asc": ago(3 * time.Hour), FreshFile: ago(time.Hour)}, now.Add(-time.Hour)},
		{"an old stamp in spite of a new key", fstest.MapFS{"a.asc": ago(time.Minute), FreshFile: ago(time.Hour)}, now.Add(-time.Hour)},
		{"other files say nothing", fstest.MapFS{"a.asc": ago(3 * time.Hour), "notes.txt": ago(0), "sub/b.asc": ago(0)}, now.Add(-3 * time.Hour)},
		{"a clock a little ahead", fstest.MapFS{"a.asc": ago(-time.Minute)}, now.Add(time.Minute)},
		{"a key from the future", fstest.MapFS{"a.asc": ago(-time.Hour), "b.asc": ago(time.Hour)}, now.Add(-time.Hour)},
		{"a stamp from the future", fstest.MapFS{"a.asc": ago(time.Minute), FreshFile: ago(-time.Hour)}, time.Time{}},
		{"nothing", fstest.MapFS{"notes.txt": ago(0)}, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Confirmed(c.dir, now)
			if err != nil || !got.Equal(c.want) {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
	if _, err := Confirmed(missingDir{}, now); err == nil {
		t.Error("no error for a directory that is not there")
	}
}

// TestConfirmedFollowsLinks reads a directory of links, as mounted secrets are.
func TestConfirmedFollowsLinks(t *testing.T) {
	dir, yesterday := t.TempDir(), time.Now().Add(-24*time.Hour).Truncate(time.Second)
	file := filepath.Join(dir, "real")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "a.asc")); err != nil {
		t.Fatal(err)
	}
	got, err := Confirmed(os.DirFS(dir), time.Now())
	if err != nil || !got.Equal(yesterday) {
		t.Errorf("%s, %v; want %s", got, err, yesterday)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := Confirmed(os.DirFS(dir), time.Now()); err == nil {
		t.Error("no error for a link to nowhere")
	}
}

// TestThreat43Stale is about the last moment at which a keyring counts.
func TestThreat43Stale(t *testing.T) {
	key := publicKey(t, fuzzEntity(t))
	load := func(dir fs.FS, confirmed time.Time, maxAge time.Duration) *Ring {
		r, err := LoadRing(dir, confirmed, maxAge)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		name string
		ring *Ring
		at   time.Time
		want string
	}{
		{"just in time", load(files(key), y2020, time.Hour), y2020.Add(time.Hour), Good},
		{"too late", load(files(key), y2020, time.Hour), y2020.Add(time.Hour + time.Second), KeyringStale},
		{"never confirmed", load(files(key), time.Time{}, time.Hour), y2020, KeyringStale},
		{"any age", load(files(key), y2020, 0), y2020.Add(10 * year), Good},
		{"no keys that could be revoked", load(files(), time.Time{}, time.Hour), y2020, Good},
		{"no ring", nil, y2020, Good},
	} {
		if got := codeOf(c.ring.Stale(c.at)); got != c.want {
			t.Errorf("%s: code %q, want %q", c.name, got, c.want)
		}
	}
}
