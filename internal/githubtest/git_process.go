package githubtest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// process is a git command that stays and answers over pipes: starting git anew would cost more than the answer.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

func startGit(dir string, args ...string) (*process, error) {
	p := &process{cmd: gitCommand(dir, args...)}
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting git %s: %w", args[0], err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting git %s: %w", args[0], err)
	}
	p.in, p.out, p.cmd.Stderr = in, bufio.NewReaderSize(out, 1<<16), &p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting git %s: %w", args[0], err)
	}
	return p, nil
}

func (p *process) write(b []byte) error {
	_, err := p.in.Write(b)
	return err
}

func (p *process) line() (string, error) {
	line, err := p.out.ReadString('\n')
	return strings.TrimSuffix(line, "\n"), err
}

// end closes the process's input, waits for it, and returns what it complained of.
func (p *process) end() string {
	p.in.Close()
	io.Copy(io.Discard, p.out)
	p.cmd.Wait()
	return strings.TrimSpace(p.stderr.String())
}
