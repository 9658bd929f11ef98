package githubtest

import (
	"bytes"
	"context"
	"encoding/base64"
	"path"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

// treeNode is a tree; at is the folder it was reached as, where known.
type treeNode struct {
	repo *Repo
	id   string
	at   string
}

// entryNode is a tree's entry; path is from the root as far as known.
type entryNode struct {
	repo *Repo
	treeEntry
	path string
}

// blobNode is a blob with its content.
type blobNode struct {
	repo *Repo
	id   string
	data []byte
}

func resolveTrees(e *graphql.Engine) {
	e.Fields("GitObject", map[string]graphql.Resolver{
		"oid":                graphql.Get(func(v any) any { _, id := gitIdentity(v); return id }),
		"abbreviatedOid":     graphql.Get(func(v any) any { _, id := gitIdentity(v); return id[:7] }),
		"repository":         graphql.Get(func(v any) any { r, _ := gitIdentity(v); return r }),
		"commitResourcePath": graphql.Get(func(v any) any { return commitPath(v) }),
		"commitUrl":          graphql.Get(func(v any) any { r, _ := gitIdentity(v); return r.s.url + commitPath(v) }),
	})
	e.Field("Tree", "entries", graphql.On(treeEntries))
	e.Fields("TreeEntry", map[string]graphql.Resolver{
		"name":       graphql.Get(func(n *entryNode) any { return strings.ToValidUTF8(n.Name, "\uFFFD") }),
		"nameRaw":    graphql.Get(func(n *entryNode) any { return base64.StdEncoding.EncodeToString([]byte(n.Name)) }),
		"path":       graphql.Get(func(n *entryNode) any { return strings.ToValidUTF8(n.path, "\uFFFD") }),
		"pathRaw":    graphql.Get(func(n *entryNode) any { return base64.StdEncoding.EncodeToString([]byte(n.path)) }),
		"extension":  graphql.Get(func(n *entryNode) any { return path.Ext(n.Name) }),
		"oid":        graphql.Get(func(n *entryNode) any { return n.ID }),
		"type":       graphql.Get(func(n *entryNode) any { return n.kind() }),
		"mode":       graphql.On(entryMode),
		"size":       graphql.On(entrySize),
		"repository": graphql.Get(func(n *entryNode) any { return n.repo }),
		"object":     graphql.On(entryObject),
		"submodule":  graphql.On(entrySubmodule),
	})
	e.Fields("Blob", map[string]graphql.Resolver{
		"byteSize":    graphql.Get(func(b *blobNode) any { return len(b.data) }),
		"isBinary":    graphql.Get(func(b *blobNode) any { return b.binary() }),
		"isTruncated": graphql.Get(func(b *blobNode) any { return len(b.data) > blobTextLimit }),
		"text":        graphql.Get(func(b *blobNode) any { return b.text() }),
	})
}

// gitIdentity is the repository and the object id of a git object's node.
func gitIdentity(v any) (*Repo, string) {
	switch n := v.(type) {
	case *commitNode:
		return n.repo, n.SHA
	case *treeNode:
		return n.repo, n.id
	case *blobNode:
		return n.repo, n.id
	}
	return nil, ""
}

func commitPath(v any) string {
	r, id := gitIdentity(v)
	return "/" + r.fullName() + "/commit/" + id
}

// gitObjectOf is the node of a git object; nil when there is none. at is the path by which it was found.
func gitObjectOf(ctx context.Context, r *Repo, id, at string) (any, error) {
	if err := mustHold(ctx, r, "contents", "read"); err != nil {
		return nil, err
	}
	o, err := r.git.store.object(id)
	if err != nil {
		return nil, nil
	}
	switch o.kind {
	case "commit":
		return r.commitNode(id), nil
	case "tree":
		return &treeNode{r, id, at}, nil
	case "blob":
		return &blobNode{r, id, o.data}, nil
	}
	return nil, nil
}

// repositoryObject finds an object by id or expression; what does not exist is null, not an error.
func repositoryObject(ctx context.Context, r *Repo, args graphql.Args) (any, error) {
	oid, expression := args.String("oid"), args.String("expression")
	if oid == "" && expression == "" {
		return nil, nil
	}
	at := ""
	if oid == "" {
		id, err := r.git.resolve(expression, r.main)
		if err != nil {
			return nil, nil
		}
		oid = id
		_, at, _ = strings.Cut(expression, ":")
	}
	return gitObjectOf(ctx, r, oid, strings.Trim(at, "/"))
}

func treeEntries(_ context.Context, t *treeNode, _ graphql.Args) (any, error) {
	entries, err := t.repo.git.tree(t.id)
	if err != nil {
		return nil, err
	}
	nodes := make([]*entryNode, len(entries))
	for i, entry := range entries {
		nodes[i] = &entryNode{t.repo, entry, path.Join(t.at, entry.Name)}
	}
	return nodes, nil
}

// entryMode is the mode as the number it is: 100644 in git's octal comes out as 33188.
func entryMode(_ context.Context, n *entryNode, _ graphql.Args) (any, error) {
	mode, err := strconv.ParseInt(n.Mode, 8, 32)
	return mode, err
}

func entrySize(_ context.Context, n *entryNode, _ graphql.Args) (any, error) {
	if n.kind() != "blob" {
		return 0, nil
	}
	data, err := n.repo.git.blob(n.ID)
	return len(data), err
}

func entryObject(ctx context.Context, n *entryNode, _ graphql.Args) (any, error) {
	if n.kind() == "commit" {
		return nil, nil
	}
	return gitObjectOf(ctx, n.repo, n.ID, n.path)
}

func entrySubmodule(_ context.Context, n *entryNode, _ graphql.Args) (any, error) {
	if n.kind() != "commit" {
		return nil, nil
	}
	raw := base64.StdEncoding.EncodeToString([]byte(n.path))
	return object{"name": n.path, "nameRaw": raw, "path": n.path, "pathRaw": raw, "branch": nil,
		"gitUrl": n.repo.s.url + "/" + n.repo.owner.login + "/" + n.Name + ".git", "subprojectCommitOid": n.ID}, nil
}

// blobTextLimit is where GitHub cuts a blob's text.
const blobTextLimit = 512_000

// binary guesses as git does: a NUL near the beginning.
func (b *blobNode) binary() bool {
	return bytes.IndexByte(b.data[:min(len(b.data), 8000)], 0) >= 0
}

func (b *blobNode) text() any {
	if b.binary() {
		return nil
	}
	return strings.ToValidUTF8(string(b.data[:min(len(b.data), blobTextLimit)]), "\uFFFD")
}
