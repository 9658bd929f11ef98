package hub

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// RemotePolicy reads a policy file of another repository ("owner/name"), with the rights that the app has on repo. An
// empty path means policy-bot's usual file, an empty ref the default branch. What is not there, or not readable, is an
// unreadable source, which blocks.
func (h *Hub) RemotePolicy(ctx context.Context, repo pull.Repo, remote, path, ref string) (pull.Source, error) {
	source, _, err := h.fileIn(ctx, repo, remote, cmp.Or(path, policyBotPath), cmp.Or(ref, "HEAD"))
	return source, err
}

// fileIn reads a file of any repository that the app may see. Where it is not found, the source is unreadable and says
// so.
func (h *Hub) fileIn(ctx context.Context, repo pull.Repo, remote, path, ref string) (pull.Source, bool, error) {
	owner, name, _ := strings.Cut(remote, "/")
	source := pull.Source{Path: remote + ":" + path}
	var found struct {
		Repository *struct {
			Object *blobFacts `json:"object"`
		} `json:"repository"`
		points
	}
	q := newQuery("RemotePolicy", []variable{{"owner", "String!", owner}, {"name", "String!", name}, {"file", "String!", ref + ":" + path}},
		"repository(owner: $owner, name: $name) { object(expression: $file) { ...Text } }")
	absent := func(e graphError) bool { return e.at("repository") && (e.missing() || e.forbidden()) }
	if err := h.ask(ctx, repo.Installation, q, &found, absent); err != nil {
		return pull.Source{}, false, fmt.Errorf("reading the policy in %s: %w", remote, err)
	}
	if found.Repository == nil || found.Repository.Object == nil || found.Repository.Object.OID == "" {
		source.Unreadable = fmt.Sprintf("%s has no file %s at %s, or the app may not see it", remote, path, ref)
		return source, false, nil
	}
	blob := found.Repository.Object
	source.Blob = blob.OID
	switch {
	case blob.ByteSize > policySize:
		source.Unreadable = tooLarge(path, blob.ByteSize, policySize)
	case blob.Text == nil || blob.Truncated || hashObject("blob", []byte(*blob.Text), len(blob.OID)) != blob.OID:
		source.Unreadable = path + " is not plain UTF-8 text"
	default:
		source.Text, source.Unreadable = *blob.Text, unreadableText(path, *blob.Text, policySize)
	}
	return source, true, nil
}
