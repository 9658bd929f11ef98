package hub

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
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
	{"PullRequestParameters.allowedMergeMethods", regexp.MustCompile(`\.\.\. on PullRequestParameters \{ allowedMergeMethods \}`), "", "rulesets name no methods of merging"},
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
	rest = withoutUnused(rest)
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

// withoutUnused drops the fragments that nothing refers to, those among them that only dropped ones did. Each is found by its name:
// its text may have been rewritten.
func withoutUnused(text string) string {
	used := map[string]bool{}
	for _, use := range fragmentUse.FindAllStringSubmatch(text, -1) {
		used[use[1]] = true
	}
	for _, at := range fragmentStart.FindAllStringSubmatchIndex(text, -1) {
		if used[text[at[2]:at[3]]] {
			continue
		}
		_, rest, _ := strings.Cut(text[at[0]:], "\n}\n")
		return withoutUnused(text[:at[0]] + rest)
	}
	return text
}
