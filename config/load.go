package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Load reads the server's configuration from a file and from environment variables, which env looks up; the path ""
// means variables alone. A variable wins over a *_file key and that over a plain key. The error is a *Problems that
// tells everything at once, or says why the file could not be opened.
func Load(path string, env func(string) (string, bool)) (Server, error) {
	l := loader{
		env: env, dir: filepath.Dir(path), doc: &document{file: path, discreet: true},
		given: map[string]value{}, blamed: map[string]bool{}, found: map[string]value{},
	}
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return Server{}, fmt.Errorf("reading the configuration: %w", err)
		}
		root := l.doc.open(text)
		if root == nil {
			return Server{}, l.doc.done()
		}
		l.collect(root, "")
	}
	server := l.server()
	if problems := l.doc.done(); problems != nil {
		return Server{}, problems
	}
	return server, nil
}

// collect walks the file's mappings down to scalars.
func (l *loader) collect(n ast.Node, prefix string) {
	what := "the configuration"
	if prefix != "" {
		what = strings.TrimSuffix(prefix, ".")
	}
	f, ok := l.doc.mapping(n, what, known(prefix)...)
	if !ok {
		return
	}
	for key, child := range f.values {
		full := prefix + key
		if len(known(full+".")) > 0 {
			l.collect(child, full+".")
			continue
		}
		if text, ok := l.scalar(child, full); ok {
			l.given[full] = value{text, f.keys[key], full}
		} else {
			l.blamed[strings.TrimSuffix(full, fileSuffix)] = true
		}
	}
}

// scalar takes numbers too, as an app id is one, and true and false.
func (l *loader) scalar(n ast.Node, what string) (string, bool) {
	if i, ok := n.(*ast.IntegerNode); ok {
		return fmt.Sprint(i.Value), true
	}
	if b, ok := n.(*ast.BoolNode); ok {
		return fmt.Sprint(b.Value), true
	}
	return l.doc.text(n, what)
}

func (l *loader) server() Server {
	server := Server{
		Address: "127.0.0.1:8080", Database: Secret(sqlitePrefix + filepath.Join(l.dir, "sallyport.db")),
		GitHub: GitHub{WebURL: "https://github.com", V3URL: "https://api.github.com", V4URL: "https://api.github.com/graphql"},
		Sweep:  5 * time.Minute, Recovery: time.Minute, Watchdog: 10 * time.Minute, Lease: 2 * time.Minute, KeyringMaxAge: 24 * time.Hour,
		DuoAPI: DuoAPI{Validity: 10 * time.Minute, PerPerson: 10, PerToken: 100},
	}
	for _, s := range settings {
		l.apply(&server, s)
	}
	if server.PublicURL == "" {
		server.PublicURL = "http://" + server.Address
	}
	if path, ok := strings.CutPrefix(server.Database.Reveal(), sqlitePrefix); ok && server.CheckpointFile == "" {
		server.CheckpointFile = strings.TrimSuffix(path, filepath.Ext(path)) + ".checkpoint"
	}
	l.together("duo.host", "duo.ikey", "duo.skey")
	l.together("github.oauth.client_id", "github.oauth.client_secret")
	return server
}

func (l *loader) apply(server *Server, s setting) {
	v, ok := l.find(s)
	switch {
	case ok:
		l.found[s.key] = v
		if err := s.set(server, v.text, l.dir); err != nil {
			l.refuse(s.key, v, err)
		}
	case s.need != "" && !l.blamed[s.key]:
		l.missing(s, s.need)
	}
}

// together holds keys that are only useful as a group.
func (l *loader) together(keys ...string) {
	first := slices.IndexFunc(keys, func(key string) bool { return l.found[key].text != "" })
	if first < 0 {
		return
	}
	for _, s := range settings {
		if slices.Contains(keys, s.key) && l.found[s.key].text == "" && !l.blamed[s.key] {
			l.missing(s, "it is needed beside "+keys[first])
		}
	}
}
