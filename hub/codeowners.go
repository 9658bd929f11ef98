package hub

import (
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// codeownersPlaces are where GitHub looks for the file; the first that is there counts.
var codeownersPlaces = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

// codeownersSize is the size from which GitHub no longer reads the file. Neither do we, but we say so.
const codeownersSize = 3 << 20

// Codeowners reads the CODEOWNERS file at the base that r was read at. It is absent only where the proven trees of that
// base have none. Directories and text are kept by their ids, so that it is asked for again only after it changed.
func (h *Hub) Codeowners(ctx context.Context, r pull.Request) (pull.Source, error) {
	source, err := h.findCodeowners(ctx, r)
	if err != nil {
		return pull.Source{}, fmt.Errorf("looking for the code owners of %s: %w", r.Repo.FullName(), err)
	}
	if !source.Present() || source.Unreadable != "" {
		return source, nil
	}
	if source, err = h.text(ctx, r.Repo, source, codeownersSize); err != nil {
		return pull.Source{}, fmt.Errorf("reading the code owners of %s: %w", r.Repo.FullName(), err)
	}
	return source, nil
}

func (h *Hub) findCodeowners(ctx context.Context, r pull.Request) (pull.Source, error) {
	roots, err := h.directories(ctx, r.Repo, r.Base.Tree)
	if err != nil {
		return pull.Source{}, err
	}
	root := roots[r.Base.Tree]
	var below []string
	for _, place := range codeownersPlaces {
		folder, _, nested := strings.Cut(place, "/")
		if e, ok := root.find(folder); nested && ok && e.mode == pull.Directory {
			below = append(below, e.id)
		}
	}
	folders, err := h.directories(ctx, r.Repo, below...)
	if err != nil {
		return pull.Source{}, err
	}
	for _, place := range codeownersPlaces {
		in, name := root, place
		if folder, file, nested := strings.Cut(place, "/"); nested {
			e, _ := root.find(folder)
			in, name = folders[e.id], file
		}
		if e, ok := in.find(name); ok {
			return pull.Source{Path: place, Blob: e.id, Unreadable: unreadableMode(place, e.mode)}, nil
		}
	}
	return pull.Source{}, nil
}

// directories are trees by their ids: from memory, and the others in one request.
func (h *Hub) directories(ctx context.Context, repo pull.Repo, ids ...string) (map[string]tree, error) {
	found := map[string]tree{}
	var missing []wanted
	for _, id := range ids {
		if t, ok := h.trees.get(id); ok {
			found[id] = t
			continue
		}
		missing = append(missing, wanted{id: id})
	}
	if len(missing) == 0 {
		return found, nil
	}
	fetched, err := h.fetchTrees(ctx, repo, missing)
	for id, t := range fetched {
		found[id] = t
	}
	return found, err
}
