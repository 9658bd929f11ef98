package githubtest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Lack takes parts away, as Options.Lacks does.
func (s *Server) Lack(parts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Lacks = append(slices.Clone(s.opts.Lacks), parts...)
}

func (s *Server) lacks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.Lacks
}

// unmovable reports whether updateRefs does not take refs of that name. The state must be locked.
func (s *Server) unmovable(ref string) bool {
	return slices.ContainsFunc(s.opts.Lacks, func(part string) bool {
		return strings.HasPrefix(part, "refs/") && strings.HasPrefix(ref, part)
	})
}

// undefined lists, as GitHub words it, the fields of a document that this server is too old to know.
func (s *Server) undefined(query string) []object {
	var out []object
	for _, name := range s.lacks() {
		typ, field, ok := strings.Cut(name, ".")
		if ok && regexp.MustCompile(`(?m)(?:^\s*|\{ )`+field+`\b[ ({]?`).MatchString(query) {
			out = append(out, object{"message": fmt.Sprintf("Field '%s' doesn't exist on type '%s'", field, typ), "path": []string{typ, field},
				"extensions": object{"code": "undefinedField", "typeName": typ, "fieldName": field}})
		}
	}
	return out
}

// absent reports whether a REST address is one that this server is too old to have.
func (s *Server) absent(r *http.Request) bool {
	for _, part := range s.lacks() {
		if strings.HasPrefix(part, "/") && strings.Contains(r.URL.Path, part) {
			return true
		}
	}
	return false
}
