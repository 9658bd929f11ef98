package duobot

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

var (
	loginPattern       = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$`)
	fingerprintPattern = regexp.MustCompile(`^(?:[0-9A-F]{40}|[0-9A-F]{64})$`)
)

func (r *peopleReader) name(entry, node ast.Node) string {
	if node == nil {
		r.refuse(position(entry), "this person has no name", "add name: NAME")
		return ""
	}
	name, ok := r.scalar(node, "a name")
	if !ok {
		return ""
	}
	r.once(r.names, name, node, fmt.Sprintf("the name %q", name))
	return name
}

// duo reads the Duo user name. Duo ignores its case.
func (r *peopleReader) duo(node ast.Node) string {
	user, ok := r.scalar(node, "a Duo user name")
	if ok {
		r.once(r.users, strings.ToLower(user), node, fmt.Sprintf("the Duo user %q", user))
	}
	return user
}

func (r *peopleReader) once(seen map[string]token.Position, key string, node ast.Node, what string) {
	if first, twice := seen[key]; twice {
		r.refuse(position(node), fmt.Sprintf("%s is already taken on line %d", what, first.Line),
			"give each person their own; list one human's accounts under one entry")
		return
	}
	seen[key] = position(node)
}

func (r *peopleReader) login(node ast.Node, index int) string {
	login, ok := r.scalar(node, "a GitHub login")
	switch key := strings.ToLower(login); {
	case !ok:
	case !loginPattern.MatchString(login):
		r.refuse(position(node), fmt.Sprintf("%q is not a GitHub login of a person", login),
			"write the login as in the profile's address, without @")
	default:
		r.unique(r.people.logins, key, index, node, fmt.Sprintf("the login %q", login))
	}
	return login
}

func (r *peopleReader) fingerprint(node ast.Node, index int) string {
	text, ok := r.scalar(node, "an OpenPGP fingerprint")
	fingerprint := plainFingerprint(text)
	switch {
	case !ok:
	case !fingerprintPattern.MatchString(fingerprint):
		r.refuse(position(node), fmt.Sprintf("%q is not a full fingerprint", text),
			"write all 40 hexadecimal digits (64 for a version 6 key), as gpg --list-keys shows them")
	default:
		r.unique(r.people.prints, fingerprint, index, node, "this fingerprint")
	}
	return fingerprint
}

func (r *peopleReader) unique(seen map[string]int, key string, index int, node ast.Node, what string) {
	if owner, twice := seen[key]; twice {
		whose := "this person"
		if owner != index {
			whose = fmt.Sprintf("%q", r.people.list[owner].Name)
		}
		r.refuse(position(node), fmt.Sprintf("%s is already listed for %s", what, whose),
			"keep it in one place: it can name one human only")
		return
	}
	seen[key] = index
}

func (r *peopleReader) list(node ast.Node, what string) []ast.Node {
	if node == nil {
		return nil
	}
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		r.refuse(position(node), "this is not "+what, "put it in brackets: [ONE, TWO]")
		return nil
	}
	return sequence.Values
}

// scalar is a value's own text: what looks like a number to YAML (a login of digits, a fingerprint like 1E10…)
// must not be read as one.
func (r *peopleReader) scalar(node ast.Node, what string) (string, bool) {
	switch node.Type() {
	case ast.StringType, ast.IntegerType, ast.FloatType, ast.InfinityType:
	default:
		r.refuse(position(node), "this is not "+what, "write it as plain text, in quotes if need be")
		return "", false
	}
	text := node.GetToken().Value
	odd := func(c rune) bool { return !unicode.IsPrint(c) }
	if text == "" || strings.TrimSpace(text) != text || len(text) > 255 || strings.ContainsFunc(text, odd) {
		r.refuse(position(node), fmt.Sprintf("%.80q cannot be %s", text, what),
			"use 1 to 255 visible characters, with no space at either end")
		return "", false
	}
	return text, true
}
