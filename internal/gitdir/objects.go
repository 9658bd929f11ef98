package gitdir

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // git's own object names
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"github.com/sallyport/sallyport/pull"
)

// keptAtMost bounds the memory for trees that are read again and again.
const keptAtMost = 64 << 20

// Entry is one name in a directory.
type Entry struct {
	Name string
	Mode pull.Mode
	ID   string
}

// Commit is the raw commit object, without git's header in front.
func (d *Dir) Commit(id string) ([]byte, error) { return d.read(id, "commit") }

// Blob is a file's content.
func (d *Dir) Blob(id string) ([]byte, error) { return d.read(id, "blob") }

// Tree lists a directory in git's order.
func (d *Dir) Tree(id string) ([]Entry, error) {
	raw, err := d.read(id, "tree")
	if err != nil {
		return nil, err
	}
	entries, err := parseTree(raw, d.digits/2)
	if err != nil {
		return nil, fmt.Errorf("reading tree %s: %w", id, err)
	}
	return entries, nil
}

func (d *Dir) read(id, kind string) ([]byte, error) {
	if err := d.isID(id); err != nil {
		return nil, err
	}
	o, kept := d.kept[id]
	if !kept {
		var err error
		if o, err = d.fetch(id); err != nil {
			return nil, err
		}
		d.keep(id, o)
	}
	if o.kind != kind {
		return nil, fmt.Errorf("%s is a %s and should be a %s", id, o.kind, kind)
	}
	return o.content, nil
}

// fetch reads an object and proves that it is what its id names.
func (d *Dir) fetch(id string) (object, error) {
	if d.objects == nil {
		p, err := start(d.borrowed("cat-file", "--batch"))
		if err != nil {
			return object{}, err
		}
		d.objects = &batch{p}
	}
	o, err := d.objects.read(id)
	if err != nil {
		return object{}, err
	}
	if named := d.name(o); named != id {
		return object{}, fmt.Errorf("what is stored as %s hashes to %s", id, named)
	}
	return o, nil
}

func (d *Dir) name(o object) string {
	var h hash.Hash = sha1.New() //nolint:gosec // git's own object names
	if d.digits == 2*sha256.Size {
		h = sha256.New()
	}
	fmt.Fprintf(h, "%s %d\x00", o.kind, len(o.content))
	h.Write(o.content)
	return hex.EncodeToString(h.Sum(nil))
}

func (d *Dir) keep(id string, o object) {
	if d.weight > keptAtMost {
		d.kept, d.weight = map[string]object{}, 0
	}
	d.kept[id] = o
	d.weight += len(o.content) + len(id)
}

// parseTree reads mode, name and binary id of each entry.
func parseTree(raw []byte, idBytes int) ([]Entry, error) {
	var list []Entry
	for len(raw) > 0 {
		mode, rest, ok := bytes.Cut(raw, []byte(" "))
		if !ok {
			return nil, errors.New("an entry has no name")
		}
		name, rest, ok := bytes.Cut(rest, []byte{0})
		if !ok || len(rest) < idBytes || len(name) == 0 || bytes.IndexByte(name, '/') >= 0 {
			return nil, errors.New("an entry is cut short")
		}
		m, err := strconv.ParseUint(string(mode), 8, 32)
		if err != nil {
			return nil, fmt.Errorf("an entry has the mode %q", mode)
		}
		list = append(list, Entry{string(name), pull.Mode(m), hex.EncodeToString(rest[:idBytes])})
		raw = rest[idBytes:]
	}
	return list, nil
}
