package hub

import (
	"context"

	"github.com/sallyport/sallyport/pull"
)

// Blob reads a policy text by its git object id, whatever branch it is on. The answer is Unreadable where the object
// is no plain text of a policy's size. It fails with code "not-found" where the repository has no such object.
func (h *Hub) Blob(ctx context.Context, repo pull.Repo, path, oid string) (pull.Source, error) {
	if err := validID(oid); err != nil {
		return pull.Source{}, err
	}
	return h.bytesOf(ctx, repo, pull.Source{Path: path, Blob: oid}, policySize)
}
