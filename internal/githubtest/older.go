package githubtest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// undefined lists, as GitHub words it, the fields of a document that this server is too old to know.
func (s *Server) undefined(query string) []object {
	var out []object
	for _, name := range s.opts.Lacks {
		typ, field, ok := strings.Cut(name, ".")
		if ok && regexp.MustCompile(`(?m)^\s*`+field+`\b[ ({]?`).MatchString(query) {
			out = append(out, object{"message": fmt.Sprintf("Field '%s' doesn't exist on type '%s'", field, typ), "path": []string{typ, field},
				"extensions": object{"code": "undefinedField", "typeName": typ, "fieldName": field}})
		}
	}
	return out
}

// absent reports whether a REST address is one that this server is too old to have.
func (s *Server) absent(r *http.Request) bool {
	for _, part := range s.opts.Lacks {
		if strings.HasPrefix(part, "/") && strings.Contains(r.URL.Path, part) {
			return true
		}
	}
	return false
}
