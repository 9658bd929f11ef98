package config

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// The scopes of an API token.
const (
	ScopePush  = "push"  // may ask people for Duo confirmations
	ScopeCheck = "check" // may ask whether something was confirmed
	ScopeRead  = "read"  // may read verdicts
	ScopeAudit = "audit" // may read the whole ledger
	// ScopeFreeze may stop landings on a branch, and let them go on.
	ScopeFreeze = "freeze"
	ScopeAdmin  = "admin" // may learn people's roles and teams where no verdict shows them
)

// Token is a holder of an API token and what it may do. The token itself is nowhere, only its digest.
type Token struct {
	Name   string
	Scopes []string
	// Users are the people whom it may ask about, as Duo names or github:LOGIN; empty for everybody.
	Users []string
	// Repositories are those that it may see, as OWNER/NAME or OWNER/*; empty for all.
	Repositories []string
	digest       [sha256.Size]byte
}

// Allows reports whether the token has the scope.
func (t Token) Allows(scope string) bool { return slices.Contains(t.Scopes, scope) }

// Tokens are the API tokens that the server honours. The zero value honours none.
type Tokens struct{ list []Token }

// LoadTokens reads a tokens file: a YAML list of {name, sha256, scopes: [push, check, read, audit, freeze, admin]}, where sha256 is the hex
// digest of the token, narrowed where it is so wished by users: [...] and repositories: [...]. The error is a *Problems, or says why the file could not be opened.
func LoadTokens(path string) (Tokens, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Tokens{}, fmt.Errorf("reading the tokens: %w", err)
	}
	d := &document{file: path, discreet: true}
	var tokens Tokens
	if root := d.open(text); root != nil {
		tokens = d.tokenList(root)
	}
	if problems := d.done(); problems != nil {
		return Tokens{}, problems
	}
	return tokens, nil
}

// Find gives the holder of a token. Every digest is compared, each in constant time, so that the time taken tells
// nothing about which tokens there are.
func (t Tokens) Find(token string) (Token, bool) {
	digest := sha256.Sum256([]byte(token))
	found := -1
	for i := range t.list {
		same := subtle.ConstantTimeCompare(digest[:], t.list[i].digest[:])
		found = subtle.ConstantTimeSelect(same, i, found)
	}
	if found < 0 || token == "" {
		return Token{}, false
	}
	return t.list[found], true
}

func (d *document) tokenList(root ast.Node) Tokens {
	var tokens Tokens
	if s, ok := root.(*ast.SequenceNode); ok && len(s.Values) == 0 {
		return tokens
	}
	names, digests := map[string]bool{}, map[[sha256.Size]byte]bool{}
	for _, entry := range d.list(root, "the tokens file") {
		token, ok := d.token(entry)
		if !ok {
			continue
		}
		if names[token.Name] {
			d.refuse(entry, fmt.Sprintf("a token named %q is there already", token.Name), "give each token a name of its own")
		}
		if digests[token.digest] {
			d.refuse(entry, "this sha256 is there already", "give each holder a token of their own")
		}
		names[token.Name], digests[token.digest] = true, true
		tokens.list = append(tokens.list, token)
	}
	return tokens
}

func (d *document) token(n ast.Node) (Token, bool) {
	before := len(d.problems)
	f, ok := d.mapping(n, "a token", "name", "sha256", "scopes", "users", "repositories")
	if !ok {
		return Token{}, false
	}
	for _, key := range []string{"name", "sha256", "scopes"} {
		if !f.has(key) {
			d.refuseToken(f.at, "the token has no "+key, "add "+key+":")
			ok = false
		}
	}
	if !ok {
		return Token{}, false
	}
	var t Token
	t.Name = d.name(f.values["name"])
	t.digest = d.digest(f.values["sha256"])
	for _, entry := range d.list(f.values["scopes"], "scopes") {
		t.Scopes = append(t.Scopes, d.word(entry, "a scope", ScopePush, ScopeCheck, ScopeRead, ScopeAudit, ScopeFreeze, ScopeAdmin))
	}
	t.Users = d.limits(f, "users", tokenUser, "write Duo names or github:LOGIN")
	t.Repositories = d.limits(f, "repositories", tokenRepository, "write OWNER/NAME or OWNER/*")
	return t, len(d.problems) == before
}

var (
	tokenUser       = regexp.MustCompile(`^(github:)?[A-Za-z0-9._@+\\'-][A-Za-z0-9._@+\\ '\[\]-]{0,99}$`)
	tokenRepository = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*/(\*|[A-Za-z0-9._-]+)$`)
)

// limits reads what narrows a token. A list that is there and empty would narrow to nothing, or to everything in the
// eyes of a hasty reader: it is refused.
func (d *document) limits(f fields, key string, shape *regexp.Regexp, mend string) []string {
	if !f.has(key) {
		return nil
	}
	var all []string
	for _, entry := range d.list(f.values[key], key) {
		text, ok := d.text(entry, "an entry of "+key)
		if ok && !shape.MatchString(text) {
			d.refuse(entry, fmt.Sprintf("%.60q cannot stand in %s", text, key), mend)
		}
		all = append(all, text)
	}
	return all
}

func (d *document) digest(n ast.Node) (digest [sha256.Size]byte) {
	text, ok := d.text(n, "sha256")
	if !ok {
		return digest
	}
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != sha256.Size {
		d.refuse(n, "this is not a SHA-256 digest", "write 64 hex digits, in quotes: printf %s TOKEN | sha256sum")
		return digest
	}
	if copy(digest[:], raw); digest == sha256.Sum256(nil) {
		d.refuse(n, "this is the digest of nothing", "make a token of at least 32 random characters and write its digest")
	}
	return digest
}
