package hub

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// issueFacts are what tells an issue of ours from others. go-github's own type does not know the app.
type issueFacts struct {
	Number int    `json:"number"`
	Body   string `json:"body"`
	App    *struct {
		ID int64 `json:"id"`
	} `json:"performed_via_github_app"`
}

// OpenIssue opens an issue and returns its number. A lost answer is Unknown: the issue may be there.
func (h *Hub) OpenIssue(ctx context.Context, repo pull.Repo, title, body string) (int, error) {
	var made issueFacts
	r := request{installation: repo.Installation, operation: "issue", write: true}
	err := h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		in := map[string]string{"title": clip(title, 250), "body": clip(body, maxText-3)}
		req, err := c.NewRequest(http.MethodPost, fmt.Sprintf("repos/%s/%s/issues", repo.Owner, repo.Name), in)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, req, &made)
	})
	if err == nil && made.Number == 0 {
		err = &pull.Failure{Class: pull.Unknown, Code: codeUnknown, Err: fmt.Errorf("GitHub's answer names no issue")}
	}
	if err != nil {
		return 0, fmt.Errorf("opening an issue in %s: %w", repo.FullName(), err)
	}
	return made.Number, nil
}

// The bounds of a search for an issue of ours.
const (
	issuePage  = 100
	issuePages = 10
)

// FindIssue finds an issue that this app opened and whose text has the mark, among those changed since then; 0 for none.
// What somebody else wrote does not count, whatever it says.
func (h *Hub) FindIssue(ctx context.Context, repo pull.Repo, mark string, since time.Time) (int, error) {
	query := url.Values{"state": {"all"}, "sort": {"created"}, "direction": {"asc"}, "per_page": {fmt.Sprint(issuePage)},
		"since": {since.UTC().Format(time.RFC3339)}}
	for n := 1; n <= issuePages; n++ {
		query.Set("page", fmt.Sprint(n))
		found, err := h.issues(ctx, repo, query)
		if err != nil {
			return 0, fmt.Errorf("looking for an issue in %s: %w", repo.FullName(), err)
		}
		for _, i := range found {
			if i.App != nil && i.App.ID == h.app && strings.Contains(i.Body, mark) {
				return i.Number, nil
			}
		}
		if len(found) < issuePage {
			return 0, nil
		}
	}
	return 0, permanent(codeNotFound, "looking for an issue in %s: more than %d changed since %s", repo.FullName(), issuePage*issuePages, since.UTC().Format(time.RFC3339))
}

func (h *Hub) issues(ctx context.Context, repo pull.Repo, query url.Values) (found []issueFacts, err error) {
	r := request{installation: repo.Installation, operation: "issues"}
	err = h.rest(ctx, r, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		req, err := c.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/issues?%s", repo.Owner, repo.Name, query.Encode()), nil)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, req, &found)
	})
	return found, err
}
