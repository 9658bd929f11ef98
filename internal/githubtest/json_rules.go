package githubtest

import "strings"

// eventJSON is the classic rule as its events carry it.
func (p *Protection) eventJSON(r *Repo) object {
	level := func(on bool) string {
		switch {
		case !on:
			return "off"
		case p.EnforceAdmins:
			return "everyone"
		}
		return "non_admins"
	}
	names := []string{}
	for _, c := range p.Checks {
		names = append(names, c.Name)
	}
	pushers := []string{}
	for _, a := range p.Pushers {
		pushers = append(pushers, a.login)
	}
	return object{
		"id": p.ID, "repository_id": r.ID, "name": p.Pattern, "created_at": stamp(r.created), "updated_at": stamp(r.s.now()),
		"pull_request_reviews_enforcement_level": level(p.RequirePull || p.Reviews > 0), "required_approving_review_count": p.Reviews,
		"dismiss_stale_reviews_on_push": p.DismissStale, "require_code_owner_review": p.CodeOwners, "authorized_dismissal_actors_only": false,
		"ignore_approvals_from_contributors": false, "required_status_checks": names,
		"required_status_checks_enforcement_level": level(len(names) > 0), "strict_required_status_checks_policy": p.Strict,
		"signature_requirement_enforcement_level": level(p.Signed), "linear_history_requirement_enforcement_level": level(p.Linear),
		"admin_enforced": p.EnforceAdmins, "allow_force_pushes_enforcement_level": level(p.ForcePushes),
		"allow_deletions_enforcement_level": level(p.Deletions), "merge_queue_enforcement_level": "off",
		"required_deployments_enforcement_level": "off", "required_conversation_resolution_level": "off",
		"authorized_actors_only": p.Restricted, "authorized_actor_names": pushers, "require_last_push_approval": p.LastPush,
		"create_protected": false, "lock_branch_enforcement_level": level(p.Locked), "lock_allows_fork_sync": false,
	}
}

// json is the classic rule as REST shows it.
func (p *Protection) json(r *Repo, branch string) object {
	self := r.api("/branches/" + branch + "/protection")
	on := func(b bool) object { return object{"enabled": b} }
	o := object{
		"url": self, "enforce_admins": object{"url": self + "/enforce_admins", "enabled": p.EnforceAdmins},
		"required_linear_history": on(p.Linear), "allow_force_pushes": on(p.ForcePushes), "allow_deletions": on(p.Deletions),
		"required_conversation_resolution": on(false), "lock_branch": on(p.Locked), "block_creations": on(false),
		"required_signatures": object{"url": self + "/required_signatures", "enabled": p.Signed},
	}
	if len(p.Checks) > 0 || p.Strict {
		o["required_status_checks"] = p.checksJSON(self)
	}
	if p.RequirePull || p.Reviews > 0 {
		o["required_pull_request_reviews"] = object{
			"url": self + "/required_pull_request_reviews", "dismiss_stale_reviews": p.DismissStale, "require_code_owner_reviews": p.CodeOwners,
			"required_approving_review_count": p.Reviews, "require_last_push_approval": p.LastPush,
		}
	}
	if p.Restricted {
		o["restrictions"] = p.restrictionsJSON(self + "/restrictions")
	}
	return o
}

func (p *Protection) checksJSON(self string) object {
	self += "/required_status_checks"
	contexts, checks := []string{}, []object{}
	for _, c := range p.Checks {
		contexts = append(contexts, c.Name)
		var app any
		if c.App != 0 {
			app = c.App
		}
		checks = append(checks, object{"context": c.Name, "app_id": app})
	}
	return object{"url": self, "strict": p.Strict, "contexts": contexts, "contexts_url": self + "/contexts", "checks": checks}
}

func (p *Protection) restrictionsJSON(self string) object {
	users, teams, apps := []any{}, []object{}, []object{}
	for _, u := range p.Pushers {
		users = append(users, u.json())
	}
	for _, t := range p.PushTeams {
		teams = append(teams, t.json())
	}
	for _, a := range p.PushApps {
		apps = append(apps, a.json())
	}
	return object{"url": self, "users_url": self + "/users", "teams_url": self + "/teams", "apps_url": self + "/apps",
		"users": users, "teams": teams, "apps": apps}
}

// json is the ruleset as REST shows it.
func (rs *Ruleset) json(r *Repo) object {
	rules, bypass := []object{}, []object{}
	for _, rule := range rs.Rules {
		rules = append(rules, rule.json())
	}
	for _, b := range rs.Bypass {
		bypass = append(bypass, b.json())
	}
	return object{
		"id": rs.ID, "name": rs.Name, "target": "branch", "source_type": "Repository", "source": r.fullName(),
		"enforcement": rs.Enforcement, "bypass_actors": bypass, "node_id": nodeID("RRS", rs.ID), "rules": rules,
		"conditions": object{"ref_name": object{"include": refNames(rs.Include), "exclude": refNames(rs.Exclude)}},
		"created_at": stamp(r.created), "updated_at": stamp(r.created),
	}
}

// refNames writes branch patterns as rulesets do, as full refs.
func refNames(patterns []string) []string {
	names := []string{}
	for _, p := range patterns {
		if !strings.HasPrefix(p, "~") && !strings.HasPrefix(p, "refs/") {
			p = "refs/heads/" + p
		}
		names = append(names, p)
	}
	return names
}

func (b Bypass) json() object {
	o := object{"bypass_mode": orDefault(b.Mode, "always")}
	switch {
	case b.App != nil:
		o["actor_id"], o["actor_type"] = b.App.ID, "Integration"
	case b.Team != nil:
		o["actor_id"], o["actor_type"] = b.Team.ID, "Team"
	case b.OrganizationAdmin:
		o["actor_id"], o["actor_type"] = 1, "OrganizationAdmin"
	default:
		o["actor_id"], o["actor_type"] = roleIDs[b.Role.String()], "RepositoryRole"
	}
	return o
}

// roleIDs are the numbers under which rulesets know the repository roles.
var roleIDs = map[string]int{"read": 1, "maintain": 2, "triage": 3, "write": 4, "admin": 5}

// json is one rule with its parameters.
func (rule Rule) json() object {
	o := object{"type": rule.Type}
	switch rule.Type {
	case "required_status_checks":
		checks := []object{}
		for _, c := range rule.Checks {
			check := object{"context": c.Name}
			if c.App != 0 {
				check["integration_id"] = c.App
			}
			checks = append(checks, check)
		}
		o["parameters"] = object{"required_status_checks": checks, "strict_required_status_checks_policy": rule.Strict,
			"do_not_enforce_on_create": false}
	case "pull_request":
		o["parameters"] = object{
			"required_approving_review_count": rule.Reviews, "dismiss_stale_reviews_on_push": rule.DismissStale,
			"require_code_owner_review": false, "require_last_push_approval": false, "required_review_thread_resolution": false,
			"allowed_merge_methods": rule.methods(),
		}
	case "merge_queue":
		o["parameters"] = object{
			"check_response_timeout_minutes": 60, "grouping_strategy": orDefault(rule.Grouping, "ALLGREEN"), "max_entries_to_build": rule.maxBuild(),
			"max_entries_to_merge": 5, "merge_method": orDefault(rule.Method, "MERGE"), "min_entries_to_merge": max(rule.MinEntries, 1),
			"min_entries_to_merge_wait_minutes": 5,
		}
	case "update":
		o["parameters"] = object{"update_allows_fetch_and_merge": false}
	}
	return o
}

func (rule Rule) methods() []string {
	if len(rule.Methods) == 0 {
		return []string{"merge", "squash", "rebase"}
	}
	return rule.Methods
}
