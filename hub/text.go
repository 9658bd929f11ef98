package hub

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// textBudget is how many bytes of files are kept in memory, by object id.
const textBudget = 16 << 20

// textFacts is the answer to a query for one blob.
type textFacts struct {
	Repository *struct {
		Object *blobFacts `json:"object"`
	} `json:"repository"`
	points
}

// text reads a file by its object id, once: what an object holds never changes. Where GraphQL's rendering of it does not
// hash to the id, the bytes themselves are asked for; what is larger than limit is not.
func (h *Hub) text(ctx context.Context, repo pull.Repo, source pull.Source, limit int) (pull.Source, error) {
	if text, ok := h.texts.get(source.Blob); ok {
		source.Text, source.Unreadable = text, unreadableText(source.Path, text, limit)
		return source, nil
	}
	if err := validID(source.Blob); err != nil {
		return source, err
	}
	var found textFacts
	q := newQuery("Text", named(repo), fmt.Sprintf("repository(owner: $owner, name: $name) { object(oid: %q) { ...Text } }", source.Blob))
	if err := h.ask(ctx, repo.Installation, q, &found, nil); err != nil {
		return source, fmt.Errorf("reading %s: %w", source.Path, err)
	}
	if found.Repository == nil || found.Repository.Object == nil || found.Repository.Object.OID != source.Blob {
		return source, transient(codeTrouble, "GitHub does not show %s", source.Path)
	}
	blob := found.Repository.Object
	if blob.ByteSize > limit {
		source.Unreadable = tooLarge(source.Path, blob.ByteSize, limit)
		return source, nil
	}
	var err error
	if blob.Text != nil && !blob.Truncated && hashObject("blob", []byte(*blob.Text), len(source.Blob)) == source.Blob {
		source.Text = *blob.Text
		source.Unreadable = unreadableText(source.Path, source.Text, limit)
	} else if source, err = h.bytesOf(ctx, repo, source, limit); err != nil {
		return source, err
	}
	if source.Unreadable == "" {
		h.texts.put(source.Blob, source.Text, len(source.Text)+1)
	}
	return source, nil
}
