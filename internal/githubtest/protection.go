package githubtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// RequiredCheck names a check that must succeed; App 0 takes it from anybody.
type RequiredCheck struct {
	Name string
	App  int64
}

// Protection is a classic branch protection rule. The zero value, once set, only forbids force pushes and deletion.
type Protection struct {
	ID int64 // set by Protect

	// Pattern is a branch name or a glob of names.
	Pattern string
	Checks  []RequiredCheck
	// Strict demands that the head contains the tip of the base.
	Strict bool
	// EnforceAdmins binds admins too.
	EnforceAdmins bool
	// Reviews is how many approvals a pull request needs; RequirePull demands pull requests even with none.
	Reviews      int
	RequirePull  bool
	DismissStale bool
	CodeOwners   bool
	LastPush     bool
	Linear       bool
	Signed       bool
	ForcePushes  bool
	Deletions    bool
	Locked       bool
	// Restricted lets only Pushers, PushTeams and PushApps move the branch.
	Restricted bool
	Pushers    []*Account
	PushTeams  []*Team
	PushApps   []*App
	// PullApps land without the reviews that a pull request needs.
	PullApps []*App
}

// Protect sets the classic protection of a branch or pattern, replacing what it had.
func (r *Repo) Protect(by *Account, p Protection) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	action := "created"
	if i := slices.IndexFunc(r.protections, func(o *Protection) bool { return o.Pattern == p.Pattern }); i >= 0 {
		action, p.ID = "edited", r.protections[i].ID
		r.protections = slices.Delete(r.protections, i, i+1)
	} else {
		p.ID = r.s.nextID()
	}
	r.protections = append(r.protections, &p)
	r.emitRule(action, by, &p)
}

// Unprotect removes the classic protection of a branch or pattern.
func (r *Repo) Unprotect(by *Account, pattern string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if i := slices.IndexFunc(r.protections, func(o *Protection) bool { return o.Pattern == pattern }); i >= 0 {
		p := r.protections[i]
		r.protections = slices.Delete(r.protections, i, i+1)
		r.emitRule("deleted", by, p)
	}
}

func (r *Repo) emitRule(action string, by *Account, p *Protection) {
	body := object{"rule": p.eventJSON(r)}
	if action == "edited" {
		body["changes"] = object{}
	}
	r.s.emit(delivery{event: "branch_protection_rule", action: action, repo: r, sender: by, body: body})
}

// protection is the classic rule for a branch: an exact name before a glob; nil for none.
func (r *Repo) protection(branch string) *Protection {
	var hit *Protection
	for _, p := range r.protections {
		if p.Pattern == branch {
			return p
		}
		if ok, _ := path.Match(p.Pattern, branch); ok && hit == nil {
			hit = p
		}
	}
	return hit
}

// exempt reports whether the rule does not bind the actor. Apps are never admins.
func (p *Protection) exempt(r *Repo, by actor) bool {
	return by.install == nil && !p.EnforceAdmins && r.role(by.account).String() == "admin"
}

func (p *Protection) mayPush(by actor) bool {
	if by.install != nil {
		return slices.Contains(p.PushApps, by.install.app)
	}
	return slices.Contains(p.Pushers, by.account) ||
		slices.ContainsFunc(p.PushTeams, func(t *Team) bool { return slices.Contains(t.members, by.account) })
}

// refusals says, in GitHub's words, what the rule has against an update.
func (p *Protection) refusals(r *Repo, u refUpdate) []string {
	if u.deletes() && !p.Deletions {
		return []string{"Cannot delete this protected branch"}
	}
	if r.rewrites(u) && !p.ForcePushes {
		return []string{"Cannot force-push to this branch"}
	}
	if p.exempt(r, u.By) || u.creates() {
		return nil
	}
	var no []string
	if p.Locked {
		no = append(no, "This branch is locked")
	}
	if p.Restricted && !p.mayPush(u.By) {
		no = append(no, "You're not authorized to push to this branch. Visit https://docs.github.com/articles/about-protected-branches/ for more information.")
	}
	if u.By.install == nil || !slices.Contains(p.PullApps, u.By.install.app) {
		no = append(no, p.pullRefusals(r, u)...)
	}
	no = append(no, r.missingChecks(u, p.Checks, p.Strict)...)
	if p.Linear {
		no = append(no, r.nonLinear(u)...)
	}
	if p.Signed {
		no = append(no, r.unsigned(u)...)
	}
	return no
}

func (p *Protection) pullRefusals(r *Repo, u refUpdate) []string {
	if (p.RequirePull || p.Reviews > 0) && u.Pull == nil && !r.landsApproved(u, p.Reviews) {
		return []string{"Changes must be made through a pull request."}
	}
	return r.missingReviews(u, p.Reviews, p.DismissStale)
}

// protectedError is a refusal by protection or rulesets.
type protectedError struct{ problems []string }

func (e *protectedError) Error() string {
	return "protected branch: " + strings.Join(e.problems, "; ")
}

// missingChecks names the required checks that have not succeeded on the commit that counts: the head for a pull
// request, the new tip for a push.
func (r *Repo) missingChecks(u refUpdate, required []RequiredCheck, strict bool) []string {
	sha := u.After
	if u.Pull != nil && u.Method != "queue" { // the queue asks it of the head first, and then of the group
		sha = u.Pull.headSHA
		if strict && len(required) > 0 && !r.git.contains(sha, u.Before) {
			return []string{behindMessage}
		}
	}
	var missing []string
	for _, c := range required {
		if state := r.checkState(sha, c); state != "success" {
			missing = append(missing, fmt.Sprintf("Required status check %q is %s.", c.Name, state))
		}
	}
	if len(missing) > 1 {
		return []string{fmt.Sprintf("%d of %d required status checks have not succeeded: %s", len(missing), len(required), strings.Join(missing, " "))}
	}
	return missing
}

// checkState is success, pending, failing or expected (never reported). A check run and a status of one name must both
// be good; neutral and skipped count as success, as on GitHub.
func (r *Repo) checkState(sha string, want RequiredCheck) string {
	state := "expected"
	worsen := func(s string) {
		order := []string{"failing", "pending", "success", "expected"}
		if slices.Index(order, s) < slices.Index(order, state) {
			state = s
		}
	}
	for _, c := range latest(r.runsBySHA[sha]) {
		switch {
		case c.name != want.Name || want.App != 0 && c.app.ID != want.App:
		case c.status != "completed":
			worsen("pending")
		case slices.Contains([]string{"success", "neutral", "skipped"}, c.conclusion):
			worsen("success")
		default:
			worsen("failing")
		}
	}
	for _, s := range r.latestStatuses(sha) {
		switch {
		case s.context != want.Name || want.App != 0 && (s.creator.app == nil || s.creator.app.ID != want.App):
		case s.state == "pending":
			worsen("pending")
		case s.state == "success":
			worsen("success")
		default:
			worsen("failing")
		}
	}
	return state
}
