package hub

import (
	"context"
	"sync"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// sharedAge is how long an organization's shared file is believed unseen: every repository without a file of its own
// asks for it on every pass.
const sharedAge = time.Minute

// shared remembers each owner's shared file. The zero value is ready.
type shared struct {
	mu    sync.Mutex
	files map[string]sharedFile
}

type sharedFile struct {
	source pull.Source
	at     time.Time
}

// SharedLanding reads the bulldozer configuration that an owner keeps for all repositories: bulldozer.yml in the
// repository named .github. It is absent where there is no such file, or the app may not see it.
func (h *Hub) SharedLanding(ctx context.Context, repo pull.Repo) (pull.Source, error) {
	h.shared.mu.Lock()
	known, ok := h.shared.files[repo.Owner]
	h.shared.mu.Unlock()
	if ok && h.now().Sub(known.at) < sharedAge {
		return known.source, nil
	}
	source, found, err := h.fileIn(ctx, repo, repo.Owner+"/.github", "bulldozer.yml", "HEAD")
	if err != nil {
		return pull.Source{}, err
	}
	if !found {
		source = pull.Source{}
	}
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	if h.shared.files == nil || len(h.shared.files) >= 1000 {
		h.shared.files = map[string]sharedFile{}
	}
	h.shared.files[repo.Owner] = sharedFile{source, h.now()}
	return source, nil
}
