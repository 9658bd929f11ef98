package hub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// dispensable is a part of our queries that a GitHub Enterprise Server may be too old to know, and what takes its place.
type dispensable struct {
	field   string // Type.field
	text    *regexp.Regexp
	instead string
	lost    string // for the log
}

var dispensables = []dispensable{
	{"Ref.rules", regexp.MustCompile(`rules\(first: 100(?:, after: \$rules)?\) \{ \.\.\.RulePage \}`), "", "rulesets are read through REST, where there are any"},
	{"PullRequest.autoMergeRequest", regexp.MustCompile(`autoMergeRequest \{ enabledAt \}`), "", "auto-merge is never seen to be on"},
	{"PullRequest.isMergeQueueEnabled", regexp.MustCompile(`isMergeQueueEnabled`), "", "there is no merge queue"},
	{"BranchProtectionRule.lockBranch", regexp.MustCompile(`lockBranch`), "", "branches cannot be locked"},
	{"BranchProtectionRule.bypassPullRequestAllowances", regexp.MustCompile(`bypassPullRequestAllowances\(first: 100\) \{\n.*\n.*\n +\}`), "", "what reviews GitHub itself requires by branch protection shows when it refuses"},
	{"BranchProtectionRule.requiresDeployments", regexp.MustCompile(`requiresDeployments`), "", "deployments cannot be required"},
	{"PullRequestReview.fullDatabaseId", regexp.MustCompile(`\bfullDatabaseId\n`), "fullDatabaseId: databaseId\n", "ids of reviews are the short ones"},
	{"IssueComment.fullDatabaseId", regexp.MustCompile(`\bfullDatabaseId\n`), "fullDatabaseId: databaseId\n", "ids of comments are the short ones"},
}

const swapField = "Mutation.updateRefs"

// older is what this GitHub was found not to know. The zero value is ready.
type older struct {
	mu      sync.Mutex
	missing map[string]bool
}

func (o *older) lacks(field string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.missing[field]
}

// undefinedError is GitHub's word that it does not know fields of a query.
type undefinedError struct{ fields []string }

func (e *undefinedError) Error() string {
	return "this GitHub does not know " + strings.Join(e.fields, ", ")
}

// learn takes in what GitHub does not know, and reports whether the query can do without. What it cannot do without is a
// server too old to serve: better to say so than to guess.
func (h *Hub) learn(e *undefinedError) error {
	h.older.mu.Lock()
	defer h.older.mu.Unlock()
	for _, field := range e.fields {
		i := slices.IndexFunc(dispensables, func(d dispensable) bool { return d.field == field })
		switch {
		case i < 0 && field != swapField:
			return permanent("github-too-old", "this GitHub Enterprise Server does not know %s, without which nothing can be judged: update the server", field)
		case h.older.missing[field]:
			continue // another query found out first
		}
		lost := "branches are moved after a look, without compare-and-swap"
		if i >= 0 {
			lost = dispensables[i].lost
		}
		h.log.Warn("github_lacks", "field", field, "instead", lost)
		if h.older.missing == nil {
			h.older.missing = map[string]bool{}
		}
		h.older.missing[field] = true
	}
	return nil
}

// fit rewrites a query for what this GitHub knows, dropping fragments and variables that are then unused.
func (h *Hub) fit(q query) query {
	h.older.mu.Lock()
	missing := slices.Collect(maps.Keys(h.older.missing))
	h.older.mu.Unlock()
	if len(missing) == 0 {
		return q
	}
	text := q.text
	for _, d := range dispensables {
		if slices.Contains(missing, d.field) {
			text = d.text.ReplaceAllString(text, d.instead)
		}
	}
	return q.pruned(text)
}

var declaration = regexp.MustCompile(`[(,] ?\$(\w+): [A-Za-z!\[\]]+`)

// pruned drops what nothing refers to any more: GraphQL refuses documents that declare it.
func (q query) pruned(text string) query {
	head, rest, _ := strings.Cut(text, " {\n")
	for name := range fragments {
		if strings.Contains(rest, "fragment "+name+" on ") && strings.Count(rest, "..."+name) == 0 {
			rest = strings.Replace(rest, fragments[name]+"\n", "", 1)
		}
	}
	used := map[string]any{}
	var kept []string
	for _, m := range declaration.FindAllStringSubmatch(head, -1) {
		if regexp.MustCompile(`\$` + m[1] + `\b`).MatchString(rest) {
			kept, used[m[1]] = append(kept, strings.TrimLeft(m[0], "(, ")), q.variables[m[1]]
		}
	}
	head, _, _ = strings.Cut(head, "(")
	if len(kept) > 0 {
		head += "(" + strings.Join(kept, ", ") + ")"
	}
	q.text, q.variables = head+" {\n"+rest, used
	return q
}

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
