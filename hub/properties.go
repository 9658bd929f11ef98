package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// Properties reads the repository's custom properties, anew each time. Where GitHub does not show them to the app, they are
// unread, and whatever rests on them is in doubt.
func (h *Hub) Properties(ctx context.Context, repo pull.Repo) (*pull.Properties, error) {
	var listed []struct {
		Name  string          `json:"property_name"`
		Value json.RawMessage `json:"value"`
	}
	err := h.rest(ctx, request{installation: repo.Installation, operation: "properties"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		ask, err := c.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/properties/values", repo.Owner, repo.Name), nil)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, ask, &listed)
	})
	var failure *pull.Failure
	if errors.As(err, &failure) && (failure.Code == codePermission || failure.Code == codeNotFound) {
		return &pull.Properties{Unread: "GitHub does not show the app the repository's custom properties"}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the custom properties of %s: %w", repo.FullName(), err)
	}
	found := &pull.Properties{Values: map[string]pull.Property{}}
	for _, p := range listed {
		value, ok := propertyOf(p.Value)
		if !ok {
			return nil, transient(codeTrouble, "GitHub's value of the property %s is neither a text nor a list of texts", clip(p.Name, 100))
		}
		if len(value.Values) > 0 {
			found.Values[p.Name] = value
		}
	}
	return found, nil
}

// propertyOf reads a value. An empty one is none.
func propertyOf(text json.RawMessage) (p pull.Property, ok bool) {
	var one *string
	if json.Unmarshal(text, &one) == nil {
		if one != nil && *one != "" {
			p.Values = []string{*one}
		}
		return p, true
	}
	p.Many = true
	return p, json.Unmarshal(text, &p.Values) == nil
}
