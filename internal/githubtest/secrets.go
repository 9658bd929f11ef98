package githubtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// mint makes a token or code that nobody can guess, and remembers it.
func (s *Server) mint(prefix string, octets int) string {
	token := prefix + randomHex(octets)
	s.minted = append(s.minted, token)
	return token
}

// Secrets are every token and sign-in code that was ever handed out: what nobody but its holder may see.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.minted)
}

// Written is everything that can be read on this GitHub, as one text for each place: check runs, statuses, comments, pull
// requests, and every git object that holds text.
func (s *Server) Written() (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for _, r := range s.repos {
		name := r.owner.login + "/" + r.name
		for _, c := range r.checkRuns {
			text, err := json.Marshal([]any{c.name, c.externalID, c.detailsURL, c.output, c.actions})
			if err != nil {
				return nil, fmt.Errorf("writing down check run %d: %w", c.ID, err)
			}
			all[fmt.Sprintf("check run %s of %s on %.7s (%d)", c.name, name, c.sha, c.ID)] = string(text)
		}
		for sha, list := range r.statuses {
			for _, status := range list {
				all[fmt.Sprintf("status %s of %s on %.7s (%d)", status.context, name, sha, status.ID)] = status.description + " " + status.target
			}
		}
		for _, p := range r.pulls {
			all[fmt.Sprintf("%s#%d", name, p.Number)] = p.title + "\n" + p.body
			for _, c := range p.comments {
				all[fmt.Sprintf("comment %d on %s#%d", c.ID, name, p.Number)] = c.body
			}
		}
		objects, err := runGit(r.git.dir, nil, "cat-file", "--batch", "--batch-all-objects", "--unordered")
		if err != nil {
			return nil, fmt.Errorf("reading the objects of %s: %w", name, err)
		}
		all["git objects of "+name] = strings.ToValidUTF8(string(objects), "?")
	}
	return all, nil
}
