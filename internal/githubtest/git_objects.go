package githubtest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Identity is a name in a commit, with the moment it carries.
type Identity struct {
	Name, Email string
	When        time.Time
}

func (i Identity) String() string {
	return fmt.Sprintf("%s <%s> %d %s", i.Name, i.Email, i.When.Unix(), i.When.Format("-0700"))
}

// commitObject is a parsed commit. Payload is the raw object without its signature header: what was signed.
type commitObject struct {
	SHA       string
	Tree      string
	Parents   []string
	Author    Identity
	Committer Identity
	Message   string
	Signature string
	Payload   string
}

// treeEntry is one entry of a tree.
type treeEntry struct {
	Mode string // as git writes it: 100644, 100755, 120000, 160000, 40000
	Name string // raw bytes
	ID   string
}

// kind is the type of object that the entry names.
func (e treeEntry) kind() string {
	switch e.Mode {
	case "40000":
		return "tree"
	case "160000":
		return "commit"
	}
	return "blob"
}

// commit reads and parses a commit.
func (g *gitRepo) commit(sha string) (*commitObject, error) {
	if c := g.store.commits[sha]; c != nil {
		return c, nil
	}
	o, err := g.store.object(sha)
	if err != nil {
		return nil, err
	}
	if o.kind != "commit" {
		return nil, fmt.Errorf("object %s is a %s, not a commit", sha, o.kind)
	}
	c := parseCommit(sha, string(o.data))
	g.store.commits[sha] = c
	return c, nil
}

// tree reads and parses a tree.
func (g *gitRepo) tree(id string) ([]treeEntry, error) {
	if t, ok := g.store.trees[id]; ok {
		return t, nil
	}
	o, err := g.store.object(id)
	if err != nil {
		return nil, err
	}
	if o.kind != "tree" {
		return nil, fmt.Errorf("object %s is a %s, not a tree", id, o.kind)
	}
	t := parseTree(o.data)
	g.store.trees[id] = t
	return t, nil
}

// blob reads a blob.
func (g *gitRepo) blob(id string) ([]byte, error) {
	o, err := g.store.object(id)
	if err == nil && o.kind != "blob" {
		err = fmt.Errorf("object %s is a %s, not a blob", id, o.kind)
	}
	return o.data, err
}

func parseCommit(sha, raw string) *commitObject {
	c := &commitObject{SHA: sha}
	head, message, _ := strings.Cut(raw, "\n\n")
	c.Message = message
	var payload, signature []string
	signing := false
	for _, line := range strings.Split(head, "\n") {
		key, value, _ := strings.Cut(line, " ")
		if key != "" {
			signing = key == "gpgsig"
		}
		if signing {
			signature = append(signature, value)
			continue
		}
		payload = append(payload, line)
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Author = parseIdentity(value)
		case "committer":
			c.Committer = parseIdentity(value)
		}
	}
	c.Signature = strings.Join(signature, "\n")
	c.Payload = strings.Join(payload, "\n") + "\n\n" + message
	return c
}

func parseIdentity(s string) Identity {
	name, rest, _ := strings.Cut(s, " <")
	email, when, _ := strings.Cut(rest, "> ")
	seconds, zone, _ := strings.Cut(when, " ")
	unix, _ := strconv.ParseInt(seconds, 10, 64)
	at := time.Unix(unix, 0).UTC()
	if z, err := time.Parse("-0700", zone); err == nil {
		at = at.In(z.Location())
	}
	return Identity{Name: name, Email: email, When: at}
}

// formatCommit writes a commit as git would; the signature, if any, goes after the other headers, to the letter: a newline at its
// end is one more line of the header, as in the commits that GitHub itself signs.
func formatCommit(c commitObject) gitObject {
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n", c.Author, c.Committer)
	if c.Signature != "" {
		fmt.Fprintf(&b, "gpgsig %s\n", strings.ReplaceAll(c.Signature, "\n", "\n "))
	}
	fmt.Fprintf(&b, "\n%s", c.Message)
	return gitObject{"commit", b.Bytes()}
}

func parseTree(data []byte) []treeEntry {
	var entries []treeEntry
	for len(data) > 0 {
		head, rest, _ := bytes.Cut(data, []byte{0})
		mode, name, _ := bytes.Cut(head, []byte(" "))
		entries = append(entries, treeEntry{string(mode), string(name), hex.EncodeToString(rest[:20])})
		data = rest[20:]
	}
	return entries
}

// formatTree writes a tree in git's own order, in which a folder sorts as if its name ended in a slash.
func formatTree(entries []treeEntry) gitObject {
	sortKey := func(e treeEntry) string {
		if e.Mode == "40000" {
			return e.Name + "/"
		}
		return e.Name
	}
	slices.SortFunc(entries, func(a, b treeEntry) int { return strings.Compare(sortKey(a), sortKey(b)) })
	var b bytes.Buffer
	for _, e := range entries {
		id, _ := hex.DecodeString(e.ID)
		fmt.Fprintf(&b, "%s %s\x00%s", e.Mode, e.Name, id)
	}
	return gitObject{"tree", b.Bytes()}
}
