package hub

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

const (
	// treesPerQuery keeps one query within what GitHub answers in its ten seconds.
	treesPerQuery = 100
	// treeBudget is how many tree entries are kept in memory, some 15 MB.
	treeBudget = 100_000
)

// tree is a directory as git stores it, in git's order. It never changes, and is never written to once made.
type tree []entry

type entry struct {
	name string // raw bytes, not always UTF-8
	mode pull.Mode
	id   string
}

func (t tree) find(name string) (entry, bool) {
	i := slices.IndexFunc(t, func(e entry) bool { return e.name == name })
	if i < 0 {
		return entry{}, false
	}
	return t[i], true
}

// weight is what the tree counts for in the cache: an empty one is not free.
func (t tree) weight() int { return len(t) + 1 }

var objectIDForm = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// validID guards the places where an object id becomes part of a query or an address.
func validID(id string) error {
	if objectIDForm.MatchString(id) {
		return nil
	}
	return permanent(codeRefused, "%q is not a git object id", clip(id, 80))
}

// decode reads a tree and proves that it is the one its id names, whole and in git's own bytes.
func (l *listingFacts) decode() (tree, error) {
	t := make(tree, len(l.Entries))
	for i, e := range l.Entries {
		t[i] = entry{name: string(e.NameRaw), mode: pull.Mode(e.Mode), id: e.OID}
	}
	if err := t.prove(l.OID); err != nil {
		return nil, err
	}
	return t, nil
}

// wanted is a directory to be fetched: by id, or by a path below a commit where the id is not known yet.
type wanted struct {
	id   string
	path string // "COMMIT:directory"
}

// treeFacts is the answer to a query for trees: an object per alias, and the repository's id under its own name.
type treeFacts struct {
	Repository map[string]*listingFacts `json:"repository"`
	points
}

// fetchTrees reads directories in as few requests as fit. A path that does not exist is left out; an id that does
// not exist is an error.
func (h *Hub) fetchTrees(ctx context.Context, repo pull.Repo, list []wanted) (map[string]tree, error) {
	found := map[string]tree{}
	for batch := range slices.Chunk(list, treesPerQuery) {
		if err := h.fetchBatch(ctx, repo, batch, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (h *Hub) fetchBatch(ctx context.Context, repo pull.Repo, batch []wanted, found map[string]tree) error {
	q, err := treeQuery(repo, batch)
	if err != nil {
		return err
	}
	var answer treeFacts
	if err := h.ask(ctx, repo.Installation, q, &answer, nil); err != nil {
		return fmt.Errorf("reading %d directories: %w", len(batch), err)
	}
	for i, w := range batch {
		listing := answer.Repository[fmt.Sprintf("t%d", i)]
		if w.id != "" && (listing == nil || listing.OID != w.id) {
			return transient(codeTrouble, "GitHub does not show directory %s of %s", w.id, repo.FullName())
		}
		if w.id == "" && (listing == nil || listing.Entries == nil) {
			continue // nothing at that path, or a file
		}
		t, err := listing.decode()
		if err != nil {
			return err
		}
		found[listing.OID] = t
		h.trees.put(listing.OID, t, t.weight())
	}
	return nil
}

func treeQuery(repo pull.Repo, batch []wanted) (query, error) {
	variables := named(repo)
	var b strings.Builder
	b.WriteString("repository(owner: $owner, name: $name) {\n")
	for i, w := range batch {
		if w.id == "" {
			name := fmt.Sprintf("p%d", i)
			variables = append(variables, variable{name, "String!", w.path})
			fmt.Fprintf(&b, "t%d: object(expression: $%s) { ...Listing }\n", i, name)
			continue
		}
		if err := validID(w.id); err != nil {
			return query{}, err
		}
		fmt.Fprintf(&b, "t%d: object(oid: %q) { ...Listing }\n", i, w.id)
	}
	b.WriteString("}")
	return newQuery("Trees", variables, b.String()), nil
}
