package duobot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// problem is one thing wrong with the file, with the line it is on and how to mend it.
type problem struct {
	at  token.Position
	err error
}

func (r *peopleReader) refuseSyntax(err error) {
	at, text := token.Position{Line: 1, Column: 1}, err.Error()
	var located yaml.Error
	if errors.As(err, &located) {
		text = located.GetMessage()
		if tk := located.GetToken(); tk != nil && tk.Position != nil {
			at = *tk.Position
		}
	}
	r.refuse(at, "this is not valid YAML: "+text, "check quotes, brackets and indentation")
}

func (r *peopleReader) refuse(at token.Position, text, mend string) {
	var line string
	if i := at.Line - 1; i >= 0 && i < len(r.lines) {
		line = strings.TrimRight(r.lines[i], "\r")
	}
	r.problems = append(r.problems, problem{at,
		fmt.Errorf("%s:%d:%d: %s\n    %.200s\n    %s", r.file, at.Line, at.Column, text, line, mend)})
}

// refusal is all problems as one error, in the order of the file.
func (r *peopleReader) refusal() error {
	slices.SortStableFunc(r.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.at.Line, b.at.Line), cmp.Compare(a.at.Column, b.at.Column))
	})
	errs := make([]error, len(r.problems))
	for i, p := range r.problems {
		errs[i] = p.err
	}
	return errors.Join(errs...)
}

func position(node ast.Node) token.Position {
	if tk := node.GetToken(); tk != nil && tk.Position != nil {
		return *tk.Position
	}
	return token.Position{Line: 1, Column: 1}
}
