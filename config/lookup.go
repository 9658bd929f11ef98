package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// value is a scalar as given: in the file at a token, or in a variable.
type value struct {
	text string
	at   *token.Token
	from string // the key or the variable
}

// loader gathers what is given and makes a Server of it.
type loader struct {
	env   func(string) (string, bool)
	dir   string // relative paths start here
	doc   *document
	given map[string]value // by key, as the file has them
	found map[string]value // by key, once precedence is settled
	// blamed are keys that a problem was told of: calling them missing as well would mislead.
	blamed map[string]bool
}

// find settles precedence: variable, file named by a variable, file named by a key, key. Blank is as good as absent.
func (l *loader) find(s setting) (value, bool) {
	if v, ok := l.variable(s.key); ok {
		return v, true
	}
	if s.secret {
		for _, lookup := range []func(string) (value, bool){l.variable, l.key} {
			if v, ok := lookup(s.key + fileSuffix); ok {
				return l.file(s.key, v)
			}
		}
	}
	return l.key(s.key)
}

func (l *loader) variable(key string) (value, bool) {
	text, ok := l.env(variable(key))
	return value{text: text, from: "the variable " + variable(key)}, ok && strings.TrimSpace(text) != ""
}

func (l *loader) key(key string) (value, bool) {
	v, ok := l.given[key]
	return v, ok
}

// file reads a secret from the file that v names. Editors end files with a line break that is no part of a secret.
func (l *loader) file(key string, v value) (value, bool) {
	text, err := os.ReadFile(resolve(l.dir, v.text))
	if err != nil {
		l.refuse(key, v, faulty{"names a file that cannot be read: " + reason(err), "correct the path; a relative one starts at the configuration file's folder"})
		return value{}, false
	}
	v.text = strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(v.text) == "" {
		l.refuse(key, v, faulty{"names an empty file", "put the secret into it"})
		return value{}, false
	}
	return v, true
}

func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

func (l *loader) missing(s setting, why string) {
	keys := s.key
	if s.secret {
		keys += " or " + s.key + fileSuffix
	}
	l.doc.refuseWhole(fmt.Sprintf("%s is missing: %s", s.key, why), fmt.Sprintf("set the key %s, or the variable %s", keys, variable(s.key)))
}

func (l *loader) refuse(key string, v value, err error) {
	l.blamed[key] = true
	var f faulty
	errors.As(err, &f)
	text := fmt.Sprintf("%s %v", v.from, err)
	if v.at == nil {
		l.doc.refuseWhole(text, f.mend)
		return
	}
	l.doc.refuseToken(v.at, text, f.mend)
}
