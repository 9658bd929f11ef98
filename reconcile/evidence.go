package reconcile

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// intent is the landing as it is written down before anything is asked of GitHub: what is to land, and on what grounds.
func (d Decision) intent() (pull.Intent, error) {
	digest := d.rawDigest()
	grounds, err := d.grounds(pull.Landed{SHA: d.Binding.Merge, Tree: d.Binding.Tree}, digest)
	return pull.Intent{Binding: d.Binding, Title: d.Request.Title, CommitSHA256: digest, Evidence: grounds}, err
}

// grounds are those of a landing in an attestation's words.
func (d Decision) grounds(landed pull.Landed, digest string) (pull.Grounds, error) {
	text, err := json.Marshal(d.Describe(landed, digest).Brief())
	if err != nil {
		return "", fmt.Errorf("writing down the grounds of a landing: %w", err)
	}
	return pull.Grounds(text), nil
}

// digestOf is that of the bytes that landed, which are held against their name. They came with the look that found them, or
// are read; that they cannot be read keeps nobody from writing down that it landed.
func (p *pass) digestOf(ctx context.Context, repo pull.Repo, got pull.Landed) string {
	if digest := digestSeen(got); digest != "" {
		return digest
	}
	c, err := p.GitHub.Commit(ctx, repo, got.SHA)
	if err != nil {
		p.log.Warn("the landed commit could not be read", "sha", got.SHA, "error", err.Error())
	}
	return commitDigest(c)
}

// digestSeen is that of the bytes which came with the look; empty where none did, or none that make the commit's name.
func digestSeen(got pull.Landed) string {
	if got.Commit == nil {
		return ""
	}
	return commitDigest(*got.Commit)
}
