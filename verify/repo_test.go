package verify

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1" //nolint:gosec // git's own object names
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/duobot/signature"
)

// repo is a real git repository that is written object by object, so that every forgery can be made.
type repo struct {
	t    testing.TB
	dir  string
	made map[string][]byte // without git's header
}

func newRepo(t testing.TB) *repo {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"objects/info", "objects/pack", "refs/heads", "refs/notes", "refs/tags"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r := &repo{t, dir, map[string][]byte{}}
	r.file("HEAD", "ref: refs/heads/main\n")
	r.file("config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
	return r
}

func (r *repo) file(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) remove(name string) {
	r.t.Helper()
	if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) copy(from, to string) {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, from))
	if err != nil {
		r.t.Fatal(err)
	}
	r.file(to, string(text))
}

func (r *repo) ref(name, sha string) { r.file(name, sha+"\n") }

// write stores an object and gives its name.
func (r *repo) write(kind string, content []byte) string {
	r.t.Helper()
	whole := append(fmt.Appendf(nil, "%s %d\x00", kind, len(content)), content...)
	sum := sha1.Sum(whole) //nolint:gosec // git's own object names
	id := hex.EncodeToString(sum[:])
	if _, done := r.made[id]; done {
		return id
	}
	r.made[id] = content
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(whole); err != nil {
		r.t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		r.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(r.dir, "objects", id[:2]), 0o700); err != nil {
		r.t.Fatal(err)
	}
	r.file("objects/"+id[:2]+"/"+id[2:], b.String())
	return id
}

// files is the content of a directory, by path.
type files map[string]string

func (f files) with(path, text string) files {
	other := maps.Clone(f)
	other[path] = text
	return other
}

func (r *repo) tree(f files) string {
	r.t.Helper()
	dirs, entries := map[string]files{}, map[string]string{}
	for path, text := range f {
		if dir, rest, deeper := strings.Cut(path, "/"); deeper {
			if dirs[dir] == nil {
				dirs[dir] = files{}
			}
			dirs[dir][rest] = text
			continue
		}
		entries[path] = "100644 " + path + "\x00" + r.raw(r.write("blob", []byte(text)))
	}
	for dir, below := range dirs {
		entries[dir+"/"] = "40000 " + dir + "\x00" + r.raw(r.tree(below))
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		b.WriteString(entries[key])
	}
	return r.write("tree", []byte(b.String()))
}

func (r *repo) raw(id string) string {
	b, err := hex.DecodeString(id)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

// payload is an unsigned commit's bytes.
func payload(tree string, parents []string, who, message string, at time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, p := range parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	stamp := fmt.Sprintf("%s <%s@acme.example> %d +0000", who, who, at.Unix())
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", stamp, stamp, message)
	return b.String()
}

// commit stores a commit, signed where there is a key.
func (r *repo) commit(text string, key *signature.Signer, at time.Time) string {
	r.t.Helper()
	if key == nil {
		return r.write("commit", []byte(text))
	}
	o, err := signature.ParseCommit([]byte(text))
	if err != nil {
		r.t.Fatal(err)
	}
	raw, _, err := key.SignCommit(o, at)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.write("commit", raw)
}

func (r *repo) object(id string) []byte {
	r.t.Helper()
	content, ok := r.made[id]
	if !ok {
		r.t.Fatalf("there is no object %s", id)
	}
	return content
}
