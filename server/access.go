package server

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	grantedFor = time.Minute
	// refusedFor is short: somebody who was just let in should not stand before a closed door for long.
	refusedFor = 10 * time.Second
	maxGrants  = 20_000
	maxAnswer  = 1 << 20
)

// errSignedOut is GitHub no longer knowing the viewer's token.
var errSignedOut = errors.New("the viewer's token is no longer valid")

// access asks GitHub, with the viewer's own token, which repositories the viewer may read.
type access struct {
	api    string
	client *http.Client
	now    func() time.Time

	mu     sync.Mutex
	grants map[grantKey]grant
}

type grantKey struct {
	viewer [sha256.Size]byte
	repo   string
}

// grant is GitHub's answer: the repository's id, or 0 when the viewer may not read it, and whether they administer it.
type grant struct {
	repo  int64
	admin bool
	until time.Time
}

func newAccess(c Config) *access {
	return &access{api: c.GitHub.APIURL, client: c.Client, now: c.Now, grants: map[grantKey]grant{}}
}

// readable is the id of the repository that the viewer knows by this name, or 0 when GitHub shows them none.
func (a *access) readable(ctx context.Context, token, owner, name string) (int64, error) {
	g, err := a.granted(ctx, token, owner, name)
	return g.repo, err
}

// granted is what GitHub lets the viewer do with the repository of this name. An answer is believed for a minute at most.
func (a *access) granted(ctx context.Context, token, owner, name string) (grant, error) {
	key := grantKey{sha256.Sum256([]byte(token)), strings.ToLower(owner + "/" + name)}
	a.mu.Lock()
	known, ok := a.grants[key]
	a.mu.Unlock()
	if ok && a.now().Before(known.until) {
		return known, nil
	}
	var found struct {
		ID          int64 `json:"id"`
		Permissions struct {
			Admin bool `json:"admin"`
		} `json:"permissions"`
	}
	asked := a.now()
	ok, err := a.get(ctx, token, "/repos/"+url.PathEscape(owner)+"/"+url.PathEscape(name), &found)
	if err != nil {
		return grant{}, fmt.Errorf("asking whether the viewer may read the repository: %w", err)
	}
	given := grant{until: asked.Add(refusedFor)}
	if ok && found.ID != 0 {
		given = grant{found.ID, found.Permissions.Admin, asked.Add(grantedFor)}
	}
	a.keep(key, given)
	return given, nil
}

func (a *access) keep(key grantKey, given grant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.grants) >= maxGrants {
		clear(a.grants)
	}
	a.grants[key] = given
}

// whoIs names the account behind a token.
func (a *access) whoIs(ctx context.Context, token string) (string, error) {
	var user struct {
		Login string `json:"login"`
	}
	ok, err := a.get(ctx, token, "/user", &user)
	if err == nil && (!ok || user.Login == "") {
		err = errors.New("github named nobody")
	}
	return user.Login, err
}

// get reads a resource as the viewer; false when GitHub does not show it to them.
func (a *access) get(ctx context.Context, token, path string, into any) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.api+path, nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/vnd.github+json")
	res, err := a.client.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusOK:
		return true, json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(into)
	case res.StatusCode == http.StatusUnauthorized:
		return false, errSignedOut
	case limited(res):
		return false, fmt.Errorf("github asks to be left alone (status %d)", res.StatusCode)
	case res.StatusCode >= 500:
		return false, fmt.Errorf("github answered with status %d", res.StatusCode)
	}
	return false, nil
}

// limited tells a rate limit from a refusal: GitHub uses 403 for both.
func limited(res *http.Response) bool {
	return res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusForbidden &&
		(res.Header.Get("X-RateLimit-Remaining") == "0" || res.Header.Get("Retry-After") != "")
}
