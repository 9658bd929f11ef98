package command

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress draws a bar on a terminal; anywhere else it writes a plain line for every tenth of long work.
type progress struct {
	out      io.Writer // nil: nobody watches
	what     string
	total    int
	terminal bool
	tenths   int // that were told
}

const (
	barCells = 30
	// plainLeast is how much there must be to do for plain lines to be worth their room in a log.
	plainLeast = 10
)

func newProgress(out io.Writer, what string, total int) *progress {
	return &progress{out: out, what: what, total: total, terminal: onTerminal(out)}
}

func onTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show says that so many are done.
func (p *progress) show(done int) {
	switch {
	case p.out == nil || p.total == 0:
	case p.terminal:
		full := done * barCells / p.total
		fmt.Fprintf(p.out, "\r%s [%s%s] %d/%d", p.what, strings.Repeat("█", full), strings.Repeat("·", barCells-full), done, p.total)
	case p.total >= plainLeast && done*10/p.total > p.tenths:
		p.tenths = done * 10 / p.total
		fmt.Fprintf(p.out, "%s %d/%d\n", p.what, done, p.total)
	}
}

// clear takes the bar away again.
func (p *progress) clear() {
	if p.out != nil && p.terminal {
		fmt.Fprint(p.out, "\r\x1b[2K")
	}
}
