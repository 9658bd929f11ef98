package hub

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// carried is a tree that GitHub has not made: another one with some files changed.
type carried struct {
	onto  string
	files []pull.File
}

// uploadTree makes a tree that GitHub has not made. Doing it twice is harmless.
func (h *Hub) uploadTree(ctx context.Context, repo pull.Repo, id string) error {
	c, ok := h.carried.get(id)
	if !ok {
		return nil
	}
	var made *github.Tree
	err := h.rest(ctx, request{installation: repo.Installation, operation: "merged-tree"}, func(ctx context.Context, client *github.Client) (resp *github.Response, err error) {
		made, resp, err = client.Git.CreateTree(ctx, repo.Owner, repo.Name, c.onto, entriesOf(c.files))
		return resp, err
	})
	switch {
	case err != nil:
		return err
	case made.GetSHA() != id:
		return permanent("candidate-mismatch", "GitHub calls the tree %.10s, its bytes are %.10s", made.GetSHA(), id)
	}
	return nil
}

// entriesOf are files as GitHub takes them; one without an id is removed.
func entriesOf(files []pull.File) []*github.TreeEntry {
	var out []*github.TreeEntry
	for _, f := range files {
		kind, mode := "blob", fmt.Sprintf("%06o", uint32(cmp.Or(f.NewMode, f.OldMode)))
		if cmp.Or(f.NewMode, f.OldMode) == pull.Submodule {
			kind = "commit"
		}
		e := &github.TreeEntry{Path: &f.Path, Mode: &mode, Type: &kind}
		if f.NewMode != pull.Absent {
			e.SHA = &f.NewID
		}
		out = append(out, e)
	}
	return out
}
