package gitdir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// maxObject bounds what is read into memory for one object.
const maxObject = 64 << 20

// process is a git that answers line by line until its input ends.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(cmd *exec.Cmd) (*process, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting git: %w", err)
	}
	return &process{cmd, in, bufio.NewReaderSize(out, 1<<16)}, nil
}

func (p *process) end() error {
	_ = p.in.Close()
	_, _ = io.Copy(io.Discard, p.out)
	return p.cmd.Wait()
}

// batch reads objects.
type batch struct{ *process }

type object struct {
	kind    string
	content []byte
}

// read asks for one object. What git gives is not believed yet.
func (b batch) read(id string) (object, error) {
	if _, err := io.WriteString(b.in, id+"\n"); err != nil {
		return object{}, fmt.Errorf("asking git for %s: %w", id, err)
	}
	head, err := b.out.ReadString('\n')
	if err != nil {
		return object{}, fmt.Errorf("git gave up on %s, whose objects may be damaged: %w", id, err)
	}
	words := strings.Fields(head)
	if len(words) == 2 && words[1] == "missing" {
		return object{}, fmt.Errorf("%s: %w", id, ErrMissing)
	}
	if len(words) != 3 || words[0] != id {
		return object{}, fmt.Errorf("git answers %q about %s", strings.TrimSpace(head), id)
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil || size < 0 {
		return object{}, fmt.Errorf("git gives %s the size %q", id, words[2])
	}
	return b.content(id, words[1], size)
}

func (b batch) content(id, kind string, size int64) (object, error) {
	if size > maxObject {
		_, err := io.CopyN(io.Discard, b.out, size+1)
		return object{}, errors.Join(fmt.Errorf("%s has %d bytes, more than are read", id, size), err)
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(b.out, content); err != nil {
		return object{}, fmt.Errorf("reading %s: %w", id, err)
	}
	_, err := b.out.Discard(1)
	return object{kind, content}, err
}
