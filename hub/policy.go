package hub

import (
	"context"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

const (
	policyPath    = ".sallyport.yml"
	policyBotPath = ".policy.yml" // policy-bot's; read only where ours is absent
	bulldozerPath = ".bulldozer.yml"
	policySize    = 256 << 10
)

// policy reads the policy file of the base tip. It is absent only when the proven root tree has no such entry; a file
// that is there and cannot be read is unreadable, which blocks.
func (h *Hub) policy(ctx context.Context, repo pull.Repo, root tree, base *targetFacts) (pull.Source, error) {
	ours, err := h.fileAt(ctx, repo, root, policyPath, base.Target.File)
	if err != nil || ours.Present() {
		return ours, err
	}
	return h.fileAt(ctx, repo, root, policyBotPath, base.Target.Bot)
}

// fileAt reads a file at the root of the proven tree. file is GraphQL's rendering of it, where there is one.
func (h *Hub) fileAt(ctx context.Context, repo pull.Repo, root tree, path string, file *fileFacts) (pull.Source, error) {
	e, ok := root.find(path)
	if !ok {
		return pull.Source{}, nil
	}
	source := pull.Source{Path: path, Blob: e.id, Unreadable: unreadableMode(path, e.mode)}
	if source.Unreadable != "" {
		return source, nil
	}
	var blob *blobFacts
	if file != nil && file.OID == e.id {
		blob = file.Object
	}
	if blob != nil && blob.ByteSize > policySize {
		source.Unreadable = tooLarge(path, blob.ByteSize, policySize)
		return source, nil
	}
	if blob != nil && blob.Text != nil && !blob.Truncated && hashObject("blob", []byte(*blob.Text), len(e.id)) == e.id {
		source.Text = *blob.Text
		source.Unreadable = unreadableText(path, source.Text, policySize)
		return source, nil
	}
	return h.bytesOf(ctx, repo, source, policySize)
}

func unreadableMode(path string, m pull.Mode) string {
	switch m {
	case pull.Symlink:
		return path + " is a symbolic link; it must be a plain file"
	case pull.Submodule:
		return path + " is a submodule; it must be a plain file"
	case pull.Directory:
		return path + " is a directory; it must be a plain file"
	}
	return ""
}

func tooLarge(path string, size, limit int) string {
	return fmt.Sprintf("%s is %d bytes long; the limit is %d", path, size, limit)
}

func unreadableText(path, text string, limit int) string {
	switch {
	case len(text) > limit:
		return tooLarge(path, len(text), limit)
	case !utf8.ValidString(text):
		return path + " is not UTF-8 text"
	}
	for i := range len(text) {
		if text[i] == 0 {
			return path + " is binary"
		}
	}
	return ""
}

// bytesOf reads the file by its id, byte for byte, where GraphQL's rendering of it does not hash to that id:
// binary content, odd encodings, or a base that moved while it was read.
func (h *Hub) bytesOf(ctx context.Context, repo pull.Repo, source pull.Source, limit int) (pull.Source, error) {
	var blob *github.Blob
	err := h.rest(ctx, request{installation: repo.Installation, operation: "blob"}, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		blob, resp, err = c.Git.GetBlob(ctx, repo.Owner, repo.Name, source.Blob)
		return resp, err
	})
	if err != nil {
		return pull.Source{}, fmt.Errorf("reading %s: %w", source.Path, err)
	}
	if blob.GetSize() > limit {
		source.Unreadable = tooLarge(source.Path, blob.GetSize(), limit)
		return source, nil
	}
	content, err := base64.StdEncoding.DecodeString(blob.GetContent())
	if err != nil || hashObject("blob", content, len(source.Blob)) != source.Blob {
		return pull.Source{}, transient(codeTrouble, "GitHub's copy of %s does not match its id", source.Path)
	}
	if source.Unreadable = unreadableText(source.Path, string(content), limit); source.Unreadable == "" {
		source.Text = string(content)
	}
	return source, nil
}
