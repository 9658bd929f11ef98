package hub

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// restRules reads rulesets where GraphQL does not know them. A server without that address has no rulesets at all.
func (h *Hub) restRules(ctx context.Context, repo pull.Repo, branch string, rules *pull.Rules) error {
	for page := 1; page <= maxPages; page++ {
		var found []struct {
			Type       string `json:"type"`
			Source     string `json:"ruleset_source"`
			ID         int64  `json:"ruleset_id"`
			Parameters struct {
				Strict bool `json:"strict_required_status_checks_policy"`
				Checks []struct {
					Context string `json:"context"`
					App     int64  `json:"integration_id"`
				} `json:"required_status_checks"`
				Methods []string `json:"allowed_merge_methods"`
			} `json:"parameters"`
		}
		address := fmt.Sprintf("repos/%s/%s/rules/branches/%s?per_page=100&page=%d", repo.Owner, repo.Name,
			strings.ReplaceAll(url.PathEscape(branch), "%2F", "/"), page)
		err := h.rest(ctx, request{installation: repo.Installation, operation: "rules"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
			req, err := c.NewRequest("GET", address, nil)
			if err != nil {
				return nil, err
			}
			return c.Do(ctx, req, &found)
		})
		var f *pull.Failure
		if errors.As(err, &f) && f.Code == codeNotFound && page == 1 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the rules of %s: %w", branch, err)
		}
		for _, r := range found {
			n := ruleFacts{Type: strings.ToUpper(r.Type), Ruleset: &rulesetFacts{ID: r.ID, Name: fmt.Sprintf("%d of %s", r.ID, r.Source), Enforcement: "ACTIVE"}}
			n.Parameters = &ruleParameters{Strict: r.Parameters.Strict, Methods: r.Parameters.Methods}
			for _, c := range r.Parameters.Checks {
				n.Parameters.Checks = append(n.Parameters.Checks, ruleCheck{Context: c.Context, Integration: c.App})
			}
			addRule(rules, n)
		}
		if len(found) < 100 {
			return nil
		}
	}
	return permanent("pull-too-large", "the branch %s has more rules than can be read", branch)
}

// moveLooking moves a ref where GitHub offers no compare-and-swap. Between the look and the move somebody may push; the
// move is not forced, and what it moves to descends from what was seen, so GitHub then refuses it. A deletion has no such
// guard, and is not done.
func (h *Hub) moveLooking(ctx context.Context, repo pull.Repo, m pull.RefMove) error {
	if strings.Trim(m.After, "0") == "" {
		return permanent("no-compare-and-swap", "this GitHub cannot delete a branch only if nobody pushed to it meanwhile")
	}
	at, err := h.refAt(ctx, repo, m.Ref)
	if err != nil {
		return fmt.Errorf("looking where %s is: %w", m.Ref, err)
	}
	if at != m.Before {
		return transient("base-modified", "%s is at %.10s, not at %.10s", m.Ref, at, m.Before)
	}
	ref := &github.Reference{Ref: &m.Ref, Object: &github.GitObject{SHA: &m.After}}
	call := request{installation: repo.Installation, operation: "move", write: true}
	err = h.rest(ctx, call, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		if at == pull.NoCommit {
			_, resp, err = c.Git.CreateRef(ctx, repo.Owner, repo.Name, ref)
		} else {
			_, resp, err = c.Git.UpdateRef(ctx, repo.Owner, repo.Name, ref, false)
		}
		return resp, err
	})
	var f *pull.Failure
	if errors.As(err, &f) && f.Class == pull.Permanent && f.Code != codeAuth {
		return moveRefusal(graphError{Message: f.Error(), Type: map[bool]string{true: "FORBIDDEN"}[f.Code == codePermission]})
	}
	return err
}

// refAt is where a ref stands, [pull.NoCommit] where there is none.
func (h *Hub) refAt(ctx context.Context, repo pull.Repo, name string) (string, error) {
	var ref *github.Reference
	err := h.rest(ctx, request{installation: repo.Installation, operation: "ref"}, func(ctx context.Context, c *github.Client) (resp *github.Response, err error) {
		ref, resp, err = c.Git.GetRef(ctx, repo.Owner, repo.Name, strings.TrimPrefix(name, "refs/"))
		return resp, err
	})
	var f *pull.Failure
	if errors.As(err, &f) && f.Code == codeNotFound {
		return pull.NoCommit, nil
	}
	return ref.GetObject().GetSHA(), err
}
