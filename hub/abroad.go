package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// elsewhere remembers the app's installations in other organisations, by the organisation's name in lower case. It knows nothing
// of where there is none: who installs the app there is heard of by one replica, and looked for by all.
type elsewhere struct {
	mu sync.Mutex
	on map[string]int64
}

func (e *elsewhere) get(org string) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.on[org]
}

// put remembers an installation; 0 forgets it.
func (e *elsewhere) put(org string, installation int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if installation == 0 {
		delete(e.on, org)
		return
	}
	if e.on == nil {
		e.on = map[string]int64{}
	}
	e.on[org] = installation
}

// abroad reads the teams of other organisations, each through the app's own installation there: to the repository's,
// GitHub shows none of them, and of a whole organisation only who wants to be seen. Where the app is not installed, a team
// is missing. Nobody who reads the repository need know who is in them, so that they are secret, whatever they are at home.
func (h *Hub) abroad(ctx context.Context, repo pull.Repo, teams []*team) error {
	asked := map[string]int64{}
	for _, t := range teams {
		if !t.abroad {
			continue
		}
		installation, err := h.readThere(ctx, asked, t)
		if err != nil {
			return err
		}
		t.secret = t.secret || installation != repo.Installation
	}
	return nil
}

// readThere reads one team through the installation that is remembered, and where GitHub does not show it to that one, through
// the one that it names now: it was removed, suspended or made anew since. asked is what GitHub has named in this look.
func (h *Hub) readThere(ctx context.Context, asked map[string]int64, t *team) (int64, error) {
	org := strings.ToLower(t.org)
	installation, known := asked[org]
	if remembered := h.elsewhere.get(org); remembered != 0 && !known {
		err := h.readAbroad(ctx, remembered, t)
		if err == nil && !t.missing || err != nil && pull.ClassOf(err) != pull.Permanent {
			return remembered, err
		}
	}
	if !known {
		var err error
		if installation, err = h.installationOn(ctx, t.org); err != nil {
			return 0, err
		}
		asked[org] = installation
		h.elsewhere.put(org, installation)
	}
	return installation, h.readAbroad(ctx, installation, t)
}

// readAbroad reads one team through the installation; 0 is none.
func (h *Hub) readAbroad(ctx context.Context, installation int64, t *team) error {
	t.members, t.after = nil, nil
	if t.done, t.missing = false, installation == 0; t.missing {
		return nil
	}
	for range maxPages {
		variables, selection := t.question(0)
		var found standingFacts
		hidden := func(e graphError) bool { return e.at("t0") && (e.missing() || e.forbidden()) }
		if err := h.ask(ctx, installation, newQuery("Abroad", variables, selection), &found, hidden); err != nil {
			return fmt.Errorf("reading @%s through the installation there: %w", t.name, err)
		}
		if err := t.take(found.parts, 0); err != nil || t.done {
			return err
		}
	}
	return permanent("standing-too-large", "a team has more than %d pages of members", maxPages)
}

// installationOn finds the app's installation in an organisation; 0 where there is none that works.
func (h *Hub) installationOn(ctx context.Context, org string) (int64, error) {
	var found *github.Installation
	err := h.rest(ctx, request{operation: "installation"}, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		found, resp, err = c.Apps.FindOrganizationInstallation(ctx, org)
		return resp, err
	})
	var failure *pull.Failure
	switch {
	case errors.As(err, &failure) && failure.Code == codeNotFound:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("looking for the app's installation in %s: %w", org, err)
	case found.SuspendedAt != nil:
		return 0, nil
	}
	return found.GetID(), nil
}
