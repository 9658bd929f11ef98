package openapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// documentedElsewhere lists routes that GitHub documents and that a pull-request tool may call, but that the published
// extract of the description does not contain. They pass unchecked.
var documentedElsewhere = map[string]string{
	"GET /":                                                  "the root lists the API's addresses; clients ask it to see that GitHub is there",
	"GET /repos/{owner}/{repo}/activity":                     "repository activity: who moved which ref",
	"GET /repositories/{repository_id}":                      "a repository by its id, which redirects follow after a rename",
	"GET /user/{account_id}":                                 "an account by its id",
	"GET /orgs/{org}/members":                                "members of an organization",
	"GET /user/repos":                                        "repositories of a signed-in person",
	"GET /user/emails":                                       "addresses of a signed-in person",
	"GET /user/orgs":                                         "organizations of a signed-in person",
	"GET /user/teams":                                        "teams of a signed-in person",
	"GET /user/installations":                                "installations that a signed-in person may see",
	"GET /user/memberships/orgs/{org}":                       "a signed-in person's own membership",
	"GET /users/{username}/gpg_keys":                         "OpenPGP keys of a person",
	"DELETE /installation/token":                             "revokes the token of the call",
	"GET /repos/{owner}/{repo}/hooks":                        "webhooks of a repository",
	"GET /repos/{owner}/{repo}/contributors":                 "who contributed to a repository",
	"GET /repos/{owner}/{repo}/issues/events":                "events of issues and pull requests",
	"GET /user/installations/{installation_id}/repositories": "repositories that both a person and an installation see",
}

// slashed are the parameters that, as the last step of a template, may hold slashes.
var slashed = []string{"ref", "path", "branch", "basehead"}

// node is one step of a path.
type node struct {
	fixed    map[string]*node
	param    *node
	template string   // set where a template ends
	names    []string // the template's parameters, in order
}

func plant(trees map[string]*node, method, template string) {
	if trees[method] == nil {
		trees[method] = &node{}
	}
	at, names := trees[method], []string(nil)
	for _, step := range split(template) {
		name, isParam := strings.CutPrefix(step, "{")
		if isParam {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
		at = at.child(step, isParam)
	}
	at.template, at.names = template, names
}

func (n *node) child(step string, isParam bool) *node {
	if isParam {
		if n.param == nil {
			n.param = &node{}
		}
		return n.param
	}
	if n.fixed == nil {
		n.fixed = map[string]*node{}
	}
	if n.fixed[step] == nil {
		n.fixed[step] = &node{}
	}
	return n.fixed[step]
}

// find is the template that a request's path fits, and its parameters, unescaped.
func find(trees map[string]*node, r *http.Request) (template string, params map[string]string, ok bool) {
	tree := trees[r.Method]
	if tree == nil {
		return "", nil, false
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3")
	hit, values := tree.match(split(path), nil)
	if hit == nil {
		return "", nil, false
	}
	params = map[string]string{}
	for i, name := range hit.names {
		params[name] = values[i]
	}
	return hit.template, params, true
}

// match prefers fixed steps to parameters, and single steps to a parameter that takes all the rest.
func (n *node) match(steps, values []string) (*node, []string) {
	if len(steps) == 0 {
		return n.end(values)
	}
	if next := n.fixed[steps[0]]; next != nil {
		if hit, found := next.match(steps[1:], values); hit != nil {
			return hit, found
		}
	}
	if n.param == nil {
		return nil, nil
	}
	values = values[:len(values):len(values)]
	if hit, found := n.param.match(steps[1:], append(values, unescape(steps[0]))); hit != nil {
		return hit, found
	}
	if n.param.template != "" && slices.Contains(slashed, n.param.names[len(n.param.names)-1]) {
		return n.param, append(values, unescape(strings.Join(steps, "/")))
	}
	return nil, nil
}

// end is the template that a path ends at. A file path may be empty: it then names the root folder, and stands as "/"
// since the validator takes no empty parameter.
func (n *node) end(values []string) (*node, []string) {
	switch {
	case n.template != "":
		return n, values
	case n.param != nil && n.param.template != "" && n.param.names[len(n.param.names)-1] == "path":
		return n.param, append(values, "/")
	}
	return nil, nil
}

func split(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
