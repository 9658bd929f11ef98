package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// addLimits adds what classic protection has against anybody's landing, and against ours.
func (h *Hub) addLimits(rules *pull.Rules, base *targetFacts) {
	if base == nil || base.Protection == nil {
		return
	}
	p := base.Protection
	if p.Locked {
		rules.Locked = classic
	}
	if p.Deployments {
		rules.Deployments = classic
	}
	if p.Restricts && h.leftOut(p.Allowed) {
		rules.Restricted = classic
	}
	rules.ReviewsClassic = p.Reviews && h.leftOut(p.Excused)
}

// leftOut reports whether this app is certainly not among those who are named.
func (h *Hub) leftOut(named *page[allowanceFacts]) bool {
	ours := func(n allowanceFacts) bool { return n.Actor != nil && n.Actor.ID == h.app }
	return named != nil && !named.PageInfo.HasNextPage && !slices.ContainsFunc(named.Nodes, ours)
}

// updaters finds a rule that lets nobody move the target branch and that we may not pass by. What GitHub does not show is
// no obstacle: the landing is then tried, and refused with GitHub's own words.
func (h *Hub) updaters(ctx context.Context, repo pull.Repo, rules []ruleFacts) (string, error) {
	for _, rule := range rules {
		if rule.Type != "UPDATE" || rule.Ruleset == nil || rule.Ruleset.Enforcement != "ACTIVE" {
			continue
		}
		bypass, err := h.bypass(ctx, repo, rule.Ruleset.ID)
		if err != nil {
			return "", fmt.Errorf("reading who may pass by the ruleset %s: %w", rule.Ruleset.Name, err)
		}
		if bypass == never {
			return "ruleset " + rule.Ruleset.Name, nil
		}
	}
	return "", nil
}

const never = "never"

// Bar says which of the rulesets bar us: those that we may not pass by with a commit pushed to the branch. That we may is
// believed for a while; that we may not is asked every time, since somebody may be mending it.
func (h *Hub) Bar(ctx context.Context, repo pull.Repo, rulesets []pull.Ruleset) ([]pull.Ruleset, error) {
	out := slices.Clone(rulesets)
	for i, rs := range out {
		if h.passes.fresh(repo.Installation, rs.ID, h.now()) {
			out[i].Barred = false
			continue
		}
		bypass, err := h.bypass(ctx, repo, rs.ID)
		if err != nil {
			return nil, fmt.Errorf("reading who may pass by the ruleset %s: %w", rs.Name, err)
		}
		if out[i].Barred = bypass == never || bypass == "pull_requests_only"; !out[i].Barred {
			h.passes.learn(repo.Installation, rs.ID, h.now())
		}
	}
	return out, nil
}

// bypass is GitHub's word on whether we may pass a ruleset by; empty where it does not say.
func (h *Hub) bypass(ctx context.Context, repo pull.Repo, ruleset int64) (string, error) {
	var found struct {
		Bypass string `json:"current_user_can_bypass"`
	}
	call := request{installation: repo.Installation, operation: "ruleset"}
	err := h.rest(ctx, call, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		req, err := c.NewRequest("GET", fmt.Sprintf("repos/%s/%s/rulesets/%d", repo.Owner, repo.Name, ruleset), nil)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, req, &found)
	})
	var f *pull.Failure
	if errors.As(err, &f) && (f.Code == codeNotFound || f.Code == codePermission) {
		return "", nil
	}
	return found.Bypass, err
}

// passes remembers which rulesets each installation may pass by. The zero value is ready.
type passes struct {
	mu    sync.Mutex
	known map[[2]int64]time.Time
}

func (p *passes) fresh(installation, ruleset int64, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.known[[2]int64{installation, ruleset}]
	return ok && now.Sub(at) < grantsAge
}

func (p *passes) learn(installation, ruleset int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= 1000 {
		p.known = map[[2]int64]time.Time{}
	}
	p.known[[2]int64{installation, ruleset}] = now
}

// wants are the permissions without which nothing lands.
var wants = []string{"checks", "contents", "pull_requests"}

// grantsAge is how long an installation's permissions are believed.
const grantsAge = 5 * time.Minute

// grants remembers what each installation may do. The zero value is ready.
type grants struct {
	mu    sync.Mutex
	known map[int64]grant
}

type grant struct {
	lacks []string
	at    time.Time
}

// Lacks names the permissions that landing needs and that the installation was not given; "workflows" among them, which
// matters only to changes of workflow files, and "merge_queues", which matters only to landings through a merge queue.
func (h *Hub) Lacks(ctx context.Context, repo pull.Repo) ([]string, error) {
	h.grants.mu.Lock()
	known, ok := h.grants.known[repo.Installation]
	h.grants.mu.Unlock()
	if ok && h.now().Sub(known.at) < grantsAge && len(known.lacks) == 0 {
		return nil, nil
	}
	var found struct {
		Permissions map[string]string `json:"permissions"` // go-github's own type does not know all of them
	}
	err := h.rest(ctx, request{operation: "installation"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		req, err := c.NewRequest("GET", fmt.Sprintf("app/installations/%d", repo.Installation), nil)
		if err != nil {
			return nil, err
		}
		return c.Do(ctx, req, &found)
	})
	if err != nil {
		return nil, fmt.Errorf("reading what installation %d may do: %w", repo.Installation, err)
	}
	lacks := lacking(found.Permissions)
	h.grants.mu.Lock()
	defer h.grants.mu.Unlock()
	if h.grants.known == nil || len(h.grants.known) >= 1000 {
		h.grants.known = map[int64]grant{}
	}
	h.grants.known[repo.Installation] = grant{lacks, h.now()}
	return lacks, nil
}

func lacking(have map[string]string) []string {
	var lacks []string
	for _, name := range append(slices.Clone(wants), "merge_queues", "workflows") {
		if have[name] != "write" {
			lacks = append(lacks, name)
		}
	}
	return lacks
}
