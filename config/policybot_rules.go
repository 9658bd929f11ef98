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
func (d *document) botRules(n ast.Node, defaults policybot.Options, names map[string]int) []policybot.Rule {
	var rules []policybot.Rule
	for _, entry := range d.optionalList(n, "approval_rules") {
		rule, at, ok := d.botRule(entry, defaults)
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

func (d *document) botRule(n ast.Node, defaults policybot.Options) (policybot.Rule, ast.Node, bool) {
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
	rule.Options = d.botOptions(f, defaults)
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
