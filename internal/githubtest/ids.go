package githubtest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// object is a JSON object on its way out.
type object = map[string]any

// seeded reads the system's randomness; a type of its own so that the key's source is named in one place.
type seeded struct{}

func (seeded) Read(p []byte) (int, error) { return rand.Read(p) }

// nextID hands out the numeric ids that GitHub would; they never repeat, across all kinds of thing.
func (s *Server) nextID() int64 {
	s.lastID++
	return s.lastID
}

// nodeID is the opaque GraphQL id of a numbered thing. Kinds: U, BOT, O, T, R, PR, PRR, IC, LA, CR, CS, SC, A, BPR, RRS, RRU.
func nodeID(kind string, id int64) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString([]byte("sim:"+strconv.FormatInt(id, 10)))
}

// gitNodeID is the opaque GraphQL id of a git object or ref (kinds C, TREE, B, REF) in a repository.
func gitNodeID(kind string, repo int64, name string) string {
	return kind + "_" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "sim:%d:%s", repo, name))
}

// parseNodeID undoes nodeID and gitNodeID; name is empty for numbered things.
func parseNodeID(node string) (kind string, id int64, name string, ok bool) {
	kind, encoded, found := strings.Cut(node, "_")
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if !found || err != nil {
		return "", 0, "", false
	}
	number, found := strings.CutPrefix(string(raw), "sim:")
	number, name, _ = strings.Cut(number, ":")
	id, err = strconv.ParseInt(number, 10, 64)
	return kind, id, name, found && err == nil
}

// node finds what a node id names: *Account, *Team, *Repo, *Pull, *Review, *Comment, *Label, *CheckRun, *CheckSuite,
// *Status or *App; for git objects gitNode. nil when there is none.
func (s *Server) node(node string) any {
	kind, id, name, ok := parseNodeID(node)
	if !ok {
		return nil
	}
	if name != "" {
		if r := s.repos[id]; r != nil {
			return gitNode{Repo: r, Kind: kind, Name: name}
		}
		return nil
	}
	switch kind {
	case "U", "BOT", "O":
		return found(s.accounts[id])
	case "T":
		return found(s.teams[id])
	case "A":
		return found(s.apps[id])
	case "R":
		return found(s.repos[id])
	}
	for _, r := range s.repos {
		if n := r.node(kind, id); n != nil {
			return n
		}
	}
	return nil
}

// gitNode names a git object (by object id) or a ref (by full name) of a repository.
type gitNode struct {
	Repo *Repo
	Kind string
	Name string
}

// found turns a missing map entry into a nil interface.
func found[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// randomHex is n random bytes in hexadecimal: tokens, codes.
func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return fmt.Sprintf("%x", b)
}

// newGUID is a delivery's id in the usual form.
func newGUID() string {
	h := randomHex(16)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
