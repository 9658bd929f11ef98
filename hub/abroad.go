package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// abroad reads the teams of other organisations, each through the app's own installation there: to the repository's,
// GitHub shows none of them, and of a whole organisation only who wants to be seen. Where the app is not installed, a team
// is missing. Nobody who reads the repository need know who is in them, so that they are secret, whatever they are at home.
func (h *Hub) abroad(ctx context.Context, repo pull.Repo, teams []*team) error {
	installed := map[string]int64{}
	for _, t := range teams {
		if !t.abroad {
			continue
		}
		org := strings.ToLower(t.org)
		if _, known := installed[org]; !known {
			id, err := h.installationOn(ctx, t.org)
			if err != nil {
				return err
			}
			installed[org] = id
		}
		if err := h.readAbroad(ctx, installed[org], t); err != nil {
			return err
		}
		t.secret = t.secret || installed[org] != repo.Installation
	}
	return nil
}

// readAbroad reads one team through the installation; 0 is none.
func (h *Hub) readAbroad(ctx context.Context, installation int64, t *team) error {
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
