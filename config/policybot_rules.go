package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

// botRules reads the rules and notes each name's index. policy-bot lets a later rule silently take an earlier one's
// name; here that is a problem.
func (d *document) botRules(n ast.Node, names map[string]int) []policybot.Rule {
	var rules []policybot.Rule
	for _, entry := range d.optionalList(n, "approval_rules") {
		rule, at, ok := d.botRule(entry)
		if !ok {
			continue
		}
		if first, twice := names[rule.Name]; twice {
			d.refuse(at, fmt.Sprintf("a rule named %q is there already, on line %d", rule.Name, rules[first].Line), "give each rule a name of its own")
			continue
		}
		names[rule.Name] = len(rules)
		rules = append(rules, rule)
	}
	return rules
}

func (d *document) botRule(n ast.Node) (policybot.Rule, ast.Node, bool) {
	f, ok := d.mapping(n, "a rule", "name", "description", "if", "options", "requires")
	if !ok {
		return policybot.Rule{}, n, false
	}
	rule := policybot.Rule{Line: f.at.Position.Line, Description: d.optional(f, "description")}
	if !f.has("name") {
		d.refuseToken(f.at, "the rule has no name", "add name: with a few words that people will read")
		return rule, n, false
	}
	if rule.Name = d.name(f.values["name"]); rule.Name == "" {
		return rule, n, false
	}
	if given(f, "if") {
		rule.If = d.botConditions(f.values["if"], "if")
	}
	rule.Options = d.botOptions(f)
	if given(f, "requires") {
		rule.Requires = d.botRequires(f.values["requires"])
	}
	return rule, f.values["name"], true
}

var actorKeys = []string{"users", "teams", "organizations", "permissions", "admins", "write_collaborators"}

func (d *document) botRequires(n ast.Node) policybot.Requires {
	f, ok := d.mapping(n, "requires", append([]string{"count", "conditions"}, actorKeys...)...)
	if !ok {
		return policybot.Requires{}
	}
	q := policybot.Requires{Actors: d.botActors(f)}
	if given(f, "count") {
		q.Count = d.whole(f.values["count"], "count", 0)
	}
	if given(f, "conditions") {
		q.Conditions = d.botConditions(f.values["conditions"], "conditions")
	}
	return q
}

// botActors reads the keys that name people, which stand among others in several places.
func (d *document) botActors(f fields) policybot.Actors {
	a := policybot.Actors{Users: d.optionalTexts(f, "users"), Teams: lowered(d.optionalTexts(f, "teams")),
		Organizations: lowered(d.optionalTexts(f, "organizations"))}
	for _, team := range a.Teams {
		if org, slug, ok := strings.Cut(team, "/"); !ok || org == "" || slug == "" || strings.HasPrefix(org, "@") || strings.Contains(slug, "/") {
			d.refuse(f.values["teams"], fmt.Sprintf("%q is not a team", team), "write organisation/team, without an @")
		}
	}
	for _, org := range a.Organizations {
		if strings.ContainsAny(org, "/@ ") {
			d.refuse(f.values["organizations"], fmt.Sprintf("%q is not an organisation", org), "write its name only")
		}
	}
	if given(f, "permissions") {
		for _, entry := range d.optionalList(f.values["permissions"], "permissions") {
			if role, ok := pull.ParseRole(d.word(entry, "a permission", "admin", "maintain", "write", "triage", "read")); ok {
				a.Permissions = append(a.Permissions, role)
			}
		}
	}
	if d.optionalFlag(f, "admins", false) {
		a.Permissions = append(a.Permissions, pull.Admin)
	}
	if d.optionalFlag(f, "write_collaborators", false) {
		a.Permissions = append(a.Permissions, pull.Write)
	}
	return a
}

func lowered(words []string) []string {
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return words
}

func (d *document) actorsAlone(n ast.Node, what string) policybot.Actors {
	f, ok := d.mapping(n, what, actorKeys...)
	if !ok {
		return policybot.Actors{}
	}
	return d.botActors(f)
}

func (d *document) botOptions(rule fields) policybot.Options {
	o := policybot.Options{Methods: policybot.DefaultMethods(true)}
	if !given(rule, "options") {
		return o
	}
	f, ok := d.mapping(rule.values["options"], "options", "allow_author", "allow_contributor", "allow_non_author_contributor",
		"invalidate_on_push", "ignore_edited_comments", "ignore_update_merges", "ignore_commits_by", "request_review", "methods")
	if !ok {
		return o
	}
	for key, flag := range map[string]*bool{
		"allow_author": &o.AllowAuthor, "allow_contributor": &o.AllowContributor,
		"allow_non_author_contributor": &o.AllowNonAuthorContributor, "invalidate_on_push": &o.InvalidateOnPush,
		"ignore_edited_comments": &o.IgnoreEditedComments, "ignore_update_merges": &o.IgnoreUpdateMerges,
	} {
		*flag = d.optionalFlag(f, key, false)
	}
	if given(f, "ignore_commits_by") {
		o.IgnoreCommitsBy = d.actorsAlone(f.values["ignore_commits_by"], "ignore_commits_by")
	}
	if given(f, "request_review") {
		o.RequestReview = d.botRequestReview(f.values["request_review"])
	}
	if given(f, "methods") {
		o.Methods = d.botMethods(f.values["methods"], "methods", policybot.DefaultMethods(true))
	}
	return o
}

func (d *document) botRequestReview(n ast.Node) policybot.RequestReview {
	r := policybot.RequestReview{Mode: policybot.RequestRandom}
	f, ok := d.mapping(n, "request_review", "enabled", "mode", "count")
	if !ok {
		return r
	}
	r.Enabled = d.optionalFlag(f, "enabled", false)
	if given(f, "mode") {
		r.Mode = d.word(f.values["mode"], "mode", policybot.RequestAll, policybot.RequestRandom, policybot.RequestTeams)
	}
	if given(f, "count") {
		r.Count = d.whole(f.values["count"], "count", 0)
	}
	return r
}

// botMethods reads methods; comments and github_review that are absent are as in otherwise.
func (d *document) botMethods(n ast.Node, what string, otherwise policybot.Methods) policybot.Methods {
	f, ok := d.mapping(n, what, "comments", "comment_patterns", "github_review", "github_review_comment_patterns", "body_patterns")
	if !ok {
		return otherwise
	}
	m := policybot.Methods{
		Comments: otherwise.Comments, CommentPatterns: d.optionalRegexps(f, "comment_patterns"),
		Review:         d.optionalFlag(f, "github_review", otherwise.Review),
		ReviewPatterns: d.optionalRegexps(f, "github_review_comment_patterns"),
		BodyPatterns:   d.optionalRegexps(f, "body_patterns"),
	}
	if given(f, "comments") {
		m.Comments = d.optionalTexts(f, "comments")
	}
	return m
}

func (d *document) botDisapproval(n ast.Node) *policybot.Disapproval {
	out := &policybot.Disapproval{Disapprove: policybot.DefaultMethods(false), Revoke: policybot.DefaultMethods(true)}
	f, ok := d.mapping(n, "disapproval", "if", "options", "requires")
	if !ok {
		return out
	}
	if given(f, "if") {
		out.If = d.botConditions(f.values["if"], "if")
	}
	if given(f, "requires") {
		out.Requires = d.actorsAlone(f.values["requires"], "requires")
	}
	if given(f, "options") {
		d.disapprovalMethods(f.values["options"], out)
	}
	return out
}

// disapprovalMethods differ from a rule's: what is given stands alone, without defaults.
func (d *document) disapprovalMethods(n ast.Node, out *policybot.Disapproval) {
	options, ok := d.mapping(n, "options", "methods")
	if !ok || !given(options, "methods") {
		return
	}
	f, ok := d.mapping(options.values["methods"], "methods", "disapprove", "revoke")
	if !ok {
		return
	}
	if given(f, "disapprove") {
		out.Disapprove = d.botMethods(f.values["disapprove"], "disapprove", policybot.Methods{})
	}
	if given(f, "revoke") {
		out.Revoke = d.botMethods(f.values["revoke"], "revoke", policybot.Methods{})
	}
}
