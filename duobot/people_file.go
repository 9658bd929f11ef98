package duobot

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxPeopleFile is far above any real people file, in bytes.
const maxPeopleFile = 1 << 20

var personKeys = []string{"name", "github", "duo", "pgp"}

// ParsePeople reads a people file: a YAML list of {name, github: [login…], duo: user, pgp: [fingerprint…]}. The
// file's name appears in errors only. Anything that is not exactly that is refused: unknown and duplicate keys,
// anchors, two people with one name, login, Duo user or fingerprint. The error lists every problem, each as
// file:line:column, the offending line, and how to mend it.
func ParsePeople(file string, text []byte) (*People, error) {
	r := &peopleReader{
		file:   file,
		lines:  strings.Split(string(text), "\n"),
		people: &People{logins: map[string]int{}, prints: map[string]int{}},
		names:  map[string]token.Position{},
		users:  map[string]token.Position{},
	}
	r.read(text)
	if err := r.refusal(); err != nil {
		return nil, err
	}
	return r.people, nil
}

// peopleReader walks the syntax tree, so that every problem can say where it is.
type peopleReader struct {
	file     string
	lines    []string
	people   *People
	names    map[string]token.Position
	users    map[string]token.Position
	problems []problem
}

func (r *peopleReader) read(text []byte) {
	start := token.Position{Line: 1, Column: 1}
	switch {
	case len(text) > maxPeopleFile:
		r.refuse(start, fmt.Sprintf("the file has %d bytes", len(text)), "keep it under 1 MiB")
		return
	case !utf8.Valid(text):
		line := 1 + bytes.Count(text[:firstInvalid(text)], []byte("\n"))
		r.refuse(token.Position{Line: line, Column: 1}, "the file is not UTF-8", "save it as UTF-8")
		return
	}
	tree, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.refuseSyntax(err)
		return
	}
	root, ok := r.root(tree)
	if !ok {
		return
	}
	for _, entry := range root.Values {
		r.person(entry)
	}
}

func (r *peopleReader) root(tree *ast.File) (*ast.SequenceNode, bool) {
	var bodies []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		r.refuse(token.Position{Line: 1, Column: 1}, "the file lists nobody", "list at least one person, or write []")
		return nil, false
	case len(bodies) > 1:
		r.refuse(position(bodies[1]), "a second YAML document", "keep everybody in one list")
		return nil, false
	}
	root, ok := bodies[0].(*ast.SequenceNode)
	if !ok {
		r.refuse(position(bodies[0]), "the file is not a list of people", `begin each person with "- name: …"`)
	}
	return root, ok
}

func (r *peopleReader) person(entry ast.Node) {
	fields, ok := r.fields(entry)
	if !ok {
		return
	}
	index := len(r.people.list)
	person := Person{Name: r.name(entry, fields["name"])}
	if node := fields["duo"]; node != nil {
		person.Duo = r.duo(node)
	}
	for _, node := range r.list(fields["github"], "a list of logins") {
		person.GitHub = append(person.GitHub, r.login(node, index))
	}
	for _, node := range r.list(fields["pgp"], "a list of fingerprints") {
		person.PGP = append(person.PGP, r.fingerprint(node, index))
	}
	if fields["github"] == nil {
		r.refuse(position(entry), "this person has no github logins", "add github: [LOGIN]")
	}
	r.people.list = append(r.people.list, person)
}

// fields splits a mapping into its values by key, each key known and given once.
func (r *peopleReader) fields(entry ast.Node) (map[string]ast.Node, bool) {
	mapping, ok := entry.(*ast.MappingNode)
	if !ok {
		r.refuse(position(entry), "this is not a person", "write name:, github:, duo: and pgp: keys")
		return nil, false
	}
	fields := map[string]ast.Node{}
	for _, pair := range mapping.Values {
		key := pair.Key.GetToken().Value
		switch _, twice := fields[key]; {
		case !slices.Contains(personKeys, key):
			r.refuse(position(pair.Key), fmt.Sprintf("unknown key %q", key), "the keys are name, github, duo and pgp")
		case twice:
			r.refuse(position(pair.Key), fmt.Sprintf("key %q is given twice", key), "keep one of them")
		default:
			fields[key] = pair.Value
		}
	}
	return fields, true
}

func firstInvalid(text []byte) int {
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}
