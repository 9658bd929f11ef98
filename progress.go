package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress draws a bar on a terminal, and nothing anywhere else.
type progress struct {
	out   io.Writer // nil: nobody watches
	what  string
	total int
}

const barCells = 30

func newProgress(out io.Writer, what string, total int) progress {
	if f, ok := out.(*os.File); ok && total > 0 {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return progress{out, what, total}
		}
	}
	return progress{}
}

// show says that so many are done.
func (p progress) show(done int) {
	if p.out == nil {
		return
	}
	full := done * barCells / p.total
	fmt.Fprintf(p.out, "\r%s [%s%s] %d/%d", p.what, strings.Repeat("█", full), strings.Repeat("·", barCells-full), done, p.total)
}

// clear takes the bar away again.
func (p progress) clear() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[2K")
	}
}
