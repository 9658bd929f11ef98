package githubtest

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
)

// gitObject is a git object's type ("blob", "tree", "commit", "tag") and its bytes.
type gitObject struct {
	kind string
	data []byte
}

// id is the object's name.
func (o gitObject) id() string {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", o.kind, len(o.data))
	h.Write(o.data)
	return hex.EncodeToString(h.Sum(nil))
}

// objectStore is the object database of a repository and its forks. Objects never change, so each is read from git
// at most once.
type objectStore struct {
	dir     string
	objects map[string]gitObject
	commits map[string]*commitObject
	trees   map[string][]treeEntry
	reader  *process
}

func newObjectStore(dir string) *objectStore {
	return &objectStore{dir: dir, objects: map[string]gitObject{}, commits: map[string]*commitObject{}, trees: map[string][]treeEntry{}}
}

// object reads an object by its full id.
func (st *objectStore) object(id string) (gitObject, error) {
	if o, ok := st.objects[id]; ok {
		return o, nil
	}
	if len(id) != 40 || strings.Trim(id, "0123456789abcdef") != "" {
		return gitObject{}, fmt.Errorf("no object %q", id)
	}
	if st.reader == nil {
		p, err := startGit(st.dir, "cat-file", "--batch")
		if err != nil {
			return gitObject{}, err
		}
		st.reader = p
	}
	o, err := st.read(id)
	if err != nil {
		return gitObject{}, err
	}
	st.objects[id] = o
	return o, nil
}

func (st *objectStore) read(id string) (gitObject, error) {
	if err := st.reader.write([]byte(id + "\n")); err != nil {
		return gitObject{}, fmt.Errorf("reading object %s: %w", id, err)
	}
	head, err := st.reader.line()
	if err != nil {
		return gitObject{}, fmt.Errorf("reading object %s: %w", id, err)
	}
	var kind string
	var size int
	if n, _ := fmt.Sscanf(head, id+" %s %d", &kind, &size); n != 2 {
		return gitObject{}, fmt.Errorf("reading object: %s", head)
	}
	data := make([]byte, size+1)
	if _, err := io.ReadFull(st.reader.out, data); err != nil {
		return gitObject{}, fmt.Errorf("reading object %s: %w", id, err)
	}
	return gitObject{kind, data[:size]}, nil
}

// write stores objects through one git process, which checks each of them, and remembers them.
func (st *objectStore) write(objects ...gitObject) error {
	var fresh []gitObject
	for _, o := range objects {
		if _, known := st.objects[o.id()]; !known {
			fresh = append(fresh, o)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if _, err := runGit(st.dir, packOf(fresh), "unpack-objects", "-q"); err != nil {
		return err
	}
	for _, o := range fresh {
		st.objects[o.id()] = o
	}
	return nil
}

func (st *objectStore) close() {
	if st.reader != nil {
		st.reader.end()
		st.reader = nil
	}
}

var packKinds = map[string]byte{"commit": 1, "tree": 2, "blob": 3, "tag": 4}

// deflaters are kept because each one is a megabyte of tables.
var deflaters = sync.Pool{New: func() any {
	z, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	return z
}}

// packOf is a pack file of whole objects, the form in which git takes many objects at once.
func packOf(objects []gitObject) []byte {
	z := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(z)
	var pack bytes.Buffer
	pack.WriteString("PACK")
	binary.Write(&pack, binary.BigEndian, [2]uint32{2, uint32(len(objects))})
	for _, o := range objects {
		size := len(o.data)
		b := packKinds[o.kind]<<4 | byte(size&0x0f)
		for size >>= 4; size > 0; size >>= 7 {
			pack.WriteByte(b | 0x80)
			b = byte(size & 0x7f)
		}
		pack.WriteByte(b)
		z.Reset(&pack)
		z.Write(o.data)
		z.Close()
	}
	sum := sha1.Sum(pack.Bytes())
	pack.Write(sum[:])
	return pack.Bytes()
}
