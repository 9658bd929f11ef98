package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Permission is something that the GitHub App must be given when it is registered.
type Permission struct {
	Name  string // as GitHub's API has it
	Level string // read or write
	Title string // as GitHub's pages have it
	Why   string
	Only  bool     // it is for those alone who use what Why names
	Tells []string // the events that only come with it
}

// Permissions is all that Sallyport may ask for. "metadata" comes by itself.
var Permissions = []Permission{
	{Name: "checks", Level: "write", Title: "Checks", Why: "the three check runs, and the button on them", Tells: []string{"check_run", "check_suite"}},
	{Name: "contents", Level: "write", Title: "Contents", Why: "reading policies and trees; landing", Tells: []string{"push"}},
	{Name: "pull_requests", Level: "write", Title: "Pull requests", Why: "reading reviews, asking for them, dismissing what policy-bot's options void; landing",
		Tells: []string{"pull_request", "pull_request_review", "pull_request_review_comment"}},
	{Name: "issues", Level: "write", Title: "Issues", Why: "answering `/sallyport why`, opening the review issue of a break-glass landing", Tells: []string{"issue_comment"}},
	{Name: "administration", Level: "read", Title: "Administration", Why: "branch protection: which checks are required",
		Tells: []string{"branch_protection_rule", "branch_protection_configuration", "repository_ruleset"}},
	{Name: "members", Level: "read", Title: "Members (organisation)", Why: "team membership", Tells: []string{"membership", "organization", "team"}},
	{Name: "statuses", Level: "read", Title: "Commit statuses", Why: "required statuses", Tells: []string{"status"}},
	{Name: "metadata", Level: "read", Title: "Metadata", Why: "always", Tells: []string{"member", "repository"}},
	{Name: "actions", Level: "read", Title: "Actions", Why: "conditions on workflow results", Only: true, Tells: []string{"workflow_run"}},
	{Name: "repository_custom_properties", Level: "read", Title: "Custom properties", Why: "hearing at once that one which a policy asks for has changed", Only: true,
		Tells: []string{"custom_property_values"}},
	{Name: "workflows", Level: "write", Title: "Workflows", Why: "landing changes to `.github/workflows`", Only: true},
	{Name: "merge_queues", Level: "write", Title: "Merge queues", Why: "`method: queue`: putting in, taking out", Only: true, Tells: []string{"merge_group"}},
}

// registered is how the app is registered on GitHub.
type registered struct {
	ID          int64             `json:"id"`
	Events      []string          `json:"events"`
	Permissions map[string]string `json:"permissions"`
}

// Registered fails where the last Ping found the app without a permission that everybody needs, or deaf for an event that
// comes with what it has: without the event only the sweep notices.
func (h *Hub) Registered(context.Context) error {
	app := h.registered.Load()
	if app == nil {
		return nil
	}
	var lacks []string
	for _, p := range Permissions {
		have := app.Permissions[p.Name]
		if have == "" && p.Only {
			continue
		}
		if have != p.Level && have != "write" {
			lacks = append(lacks, "the permission "+p.Name+": "+p.Level)
		}
		for _, event := range p.Tells {
			if !slices.Contains(app.Events, event) {
				lacks = append(lacks, "the event "+event)
			}
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return fmt.Errorf("the app's registration on GitHub lacks %s; add it on the app's page, and accept it on the installations", strings.Join(lacks, ", "))
}
