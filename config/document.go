package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits that no honest file reaches and that keep a hostile one cheap.
const (
	fileBytes   = 256 << 10
	nestingMost = 20
	keysMost    = 200    // in one mapping; the YAML library compares every key with every other
	tokenMost   = 60_000 // a full-sized policy in ordinary style has fewer
	blankMost   = 100
	problemMost = 50
)

// document is a YAML file on its way to becoming a value. It gathers problems instead of stopping at the first.
type document struct {
	file     string
	lines    []string
	problems []Problem
	cautions []Problem // what does no harm by itself, in order
	more     int       // problems beyond problemMost
	// expressions counts the regular expressions that were read.
	expressions int
	// forms counts what policy-bot's globs stand for once their braces are written out.
	forms    int
	discreet bool // lines may hold secrets: excerpts stop at the key
}

// open reads the text into a tree, or says why it cannot be read at all: then the node is nil.
func (d *document) open(text []byte) ast.Node {
	if !d.readable(text) {
		return nil
	}
	source := strings.TrimPrefix(string(text), "\uFEFF")
	d.lines = strings.Split(source, "\n")
	if !d.dense() {
		return nil
	}
	tokens, ok := d.tokens(source)
	if !ok {
		return nil
	}
	return d.parse(tokens)
}

func (d *document) readable(text []byte) bool {
	switch {
	case len(text) > fileBytes:
		d.refuseAt(1, 1, fmt.Sprintf("the file has %d bytes, more than %d KiB", len(text), fileBytes>>10), "shorten it")
	case !utf8.Valid(text):
		line := 1 + bytes.Count(text[:firstInvalid(text)], []byte("\n"))
		d.lines = strings.Split(string(text), "\n")
		d.refuseAt(line, 1, "the file is not UTF-8", "save it as UTF-8")
	default:
		return true
	}
	return false
}

// dense refuses long stretches of blank lines, on which the YAML library takes time that grows with their cube.
func (d *document) dense() bool {
	blank := 0
	for i, line := range d.lines {
		if blank++; strings.TrimSpace(line) != "" {
			blank = 0
		}
		if blank > blankMost {
			d.refuseAt(i+1, 1, fmt.Sprintf("more than %d blank lines in a row", blankMost), "delete them")
			return false
		}
	}
	return true
}

func firstInvalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// parse turns tokens into the one tree that they may hold. The library has panicked on hostile text before; a panic
// here is a file that cannot be read, not a server that stops.
func (d *document) parse(tokens token.Tokens) (root ast.Node) {
	defer func() {
		if recover() != nil {
			d.refuseAt(1, 1, "the file is not YAML that can be read", "write it more plainly")
			root = nil
		}
	}()
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		d.refuseAt(1, 1, "the file is empty", "fill it, or delete it")
	case len(bodies) > 1:
		d.refuse(bodies[1], "a second YAML document begins here", "keep everything in one document, without ---")
	case d.shallow(bodies[0]):
		return bodies[0]
	}
	return nil
}

func (d *document) syntax(err error) {
	var located yaml.Error
	if errors.As(err, &located) && located.GetToken() != nil {
		d.refuseToken(located.GetToken(), located.GetMessage(), "correct the YAML; indent with spaces, quote text with special characters")
		return
	}
	d.refuseAt(1, 1, "the file is not YAML", "correct the YAML")
}

// shallow refuses what is nested deeper than people write.
func (d *document) shallow(root ast.Node) bool {
	deep := tooDeep(root, nestingMost)
	if deep != nil {
		d.refuse(deep, fmt.Sprintf("nested deeper than %d levels", nestingMost), "flatten it")
	}
	return deep == nil
}

func tooDeep(n ast.Node, left int) ast.Node {
	var children []ast.Node
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, value := range n.Values {
			children = append(children, value.Value)
		}
	case *ast.SequenceNode:
		children = n.Values
	default:
		return nil
	}
	if left == 0 {
		return n
	}
	for _, child := range children {
		if deep := tooDeep(child, left-1); deep != nil {
			return deep
		}
	}
	return nil
}

func (d *document) refuse(n ast.Node, text, mend string) { d.refuseToken(start(n), text, mend) }

func (d *document) refuseToken(t *token.Token, text, mend string) {
	if t == nil || t.Position == nil {
		d.refuseAt(1, 1, text, mend)
		return
	}
	d.refuseAt(t.Position.Line, t.Position.Column, text, mend)
}

func (d *document) refuseAt(line, col int, text, mend string) {
	if len(d.problems) == problemMost {
		d.more++
		return
	}
	problem := Problem{File: d.file, Line: max(line, 1), Col: max(col, 1), Text: text, Mend: mend}
	if problem.Line <= len(d.lines) {
		problem.Excerpt = excerpt(d.lines[problem.Line-1])
	}
	if d.discreet {
		problem.Excerpt = keyOnly(problem.Excerpt)
	}
	d.add(problem)
}

func (d *document) caution(n ast.Node, text, mend string) {
	at := start(n).Position
	if len(d.cautions) < problemMost {
		d.cautions = append(d.cautions, Problem{File: d.file, Line: at.Line, Col: at.Column, Text: text, Mend: mend, Excerpt: excerpt(d.lines[at.Line-1])})
	}
}

// refuseWhole tells of something that stands nowhere in the file.
func (d *document) refuseWhole(text, mend string) {
	d.add(Problem{File: d.file, Text: text, Mend: mend})
}

func (d *document) add(p Problem) {
	if len(d.problems) == problemMost {
		d.more++
		return
	}
	d.problems = append(d.problems, p)
}

// start is the token at which a person sees the node begin; a block mapping's own token is its first colon.
func start(n ast.Node) *token.Token {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken()
	}
	if n == nil {
		return nil
	}
	return n.GetToken()
}
