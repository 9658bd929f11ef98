package githubtest

import (
	"path"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Ruleset is a repository ruleset for branches.
type Ruleset struct {
	ID int64 // set by AddRuleset

	Name string
	// Enforcement is active, evaluate or disabled; empty means active.
	Enforcement string
	// Include and Exclude are branch names or globs; "~DEFAULT_BRANCH" and "~ALL" are understood.
	Include, Exclude []string
	Bypass           []Bypass
	Rules            []Rule
}

// Bypass lets somebody past a whole ruleset: one of the fields App, Role, Team or OrganizationAdmin says whom. Mode is always or pull_request; empty
// means always.
type Bypass struct {
	App               *App
	Role              pull.Role
	Team              *Team
	OrganizationAdmin bool
	Mode              string
}

// Rule is one rule of a ruleset. Type is as in REST: creation, update, deletion, required_linear_history,
// required_signatures, pull_request, required_status_checks, non_fast_forward, merge_queue. The other fields matter
// only for their type.
type Rule struct {
	Type         string
	Checks       []RequiredCheck // required_status_checks
	Strict       bool            // required_status_checks
	Reviews      int             // pull_request
	DismissStale bool            // pull_request
	Methods      []string        // pull_request: merge, squash, rebase; empty allows all
	Method       string          // merge_queue: MERGE, SQUASH, REBASE
	Grouping     string          // merge_queue: ALLGREEN (the default) or HEADGREEN
	MinEntries   int             // merge_queue: how many land together at least
	MaxBuild     int             // merge_queue: how many groups are built at a time; 0 is five
}

// AddRuleset adds a ruleset to the repository and returns its id.
func (r *Repo) AddRuleset(rs Ruleset) int64 {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	rs.ID = r.s.nextID()
	rs.Enforcement = orDefault(rs.Enforcement, "active")
	r.rulesets = append(r.rulesets, &rs)
	r.emitRuleset("created", &rs)
	return rs.ID
}

// RemoveRuleset removes a ruleset.
func (r *Repo) RemoveRuleset(id int64) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if i := slices.IndexFunc(r.rulesets, func(rs *Ruleset) bool { return rs.ID == id }); i >= 0 {
		rs := r.rulesets[i]
		r.rulesets = slices.Delete(r.rulesets, i, i+1)
		r.emitRuleset("deleted", rs)
	}
}

func (r *Repo) emitRuleset(action string, rs *Ruleset) {
	r.s.emit(delivery{event: "repository_ruleset", action: action, repo: r, sender: r.owner.owner(),
		body: object{"repository_ruleset": rs.json(r)}})
}

// rulesetsFor lists the rulesets that speak of the branch and are not switched off.
func (r *Repo) rulesetsFor(branch string) []*Ruleset {
	var hits []*Ruleset
	for _, rs := range r.rulesets {
		if rs.Enforcement != "disabled" && r.named(rs.Include, branch) && !r.named(rs.Exclude, branch) {
			hits = append(hits, rs)
		}
	}
	return hits
}

func (r *Repo) named(patterns []string, branch string) bool {
	for _, p := range patterns {
		p = strings.TrimPrefix(p, "refs/heads/")
		if ok, _ := path.Match(p, branch); ok || p == "~ALL" || p == "~DEFAULT_BRANCH" && branch == r.main {
			return true
		}
	}
	return false
}

// bypassed reports whether the actor stands above the ruleset for this update.
func (rs *Ruleset) bypassed(r *Repo, u refUpdate) bool {
	for _, b := range rs.Bypass {
		if b.covers(r, u.By) && (b.Mode != "pull_request" || u.Pull != nil) {
			return true
		}
	}
	return false
}

func (b Bypass) covers(r *Repo, by actor) bool {
	if by.install != nil {
		return b.App == by.install.app
	}
	switch {
	case b.App != nil:
		return false
	case b.Team != nil:
		return slices.Contains(b.Team.members, by.account)
	case b.OrganizationAdmin:
		return r.owner.members[by.account.ID] == "admin"
	}
	return b.Role != pull.NoRole && r.role(by.account) >= b.Role
}

func (rs *Ruleset) refusals(r *Repo, u refUpdate) []string {
	var no []string
	for _, rule := range rs.Rules {
		no = append(no, rule.refusals(r, u)...)
	}
	return no
}

// refusals says what one rule has against an update.
func (rule Rule) refusals(r *Repo, u refUpdate) []string {
	if u.creates() || u.deletes() {
		if u.creates() && rule.Type == "creation" {
			return []string{"Cannot create ref due to creations being restricted."}
		}
		if u.deletes() && rule.Type == "deletion" {
			return []string{"Cannot delete this branch"}
		}
		return nil
	}
	switch rule.Type {
	case "update":
		return []string{"Cannot update this protected ref."}
	case "non_fast_forward":
		if r.rewrites(u) {
			return []string{"Cannot force-push to this branch"}
		}
	case "required_linear_history":
		return r.nonLinear(u)
	case "required_signatures":
		return r.unsigned(u)
	case "required_status_checks":
		return r.missingChecks(u, rule.Checks, rule.Strict)
	case "merge_queue":
		if u.Method != "queue" {
			return []string{"Changes must be made through the merge queue"}
		}
	case "pull_request":
		return rule.pullRefusals(r, u)
	}
	return nil
}

func (rule Rule) pullRefusals(r *Repo, u refUpdate) []string {
	if u.Pull == nil {
		if r.landsApproved(u, rule.Reviews) {
			return nil
		}
		return []string{"Changes must be made through a pull request."}
	}
	if len(rule.Methods) > 0 && u.Method != "" && u.Method != "queue" && !slices.Contains(rule.Methods, u.Method) {
		return []string{"Merge method " + u.Method + " is not allowed by this branch's rules."}
	}
	return r.missingReviews(u, rule.Reviews, rule.DismissStale)
}

// branchOf is a branch ref's short name.
func branchOf(ref string) (string, bool) { return strings.CutPrefix(ref, "refs/heads/") }
