package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval/policybot"
)

// botConditionKeys are policy-bot's predicates in the order in which it looks at them.
var botConditionKeys = []string{
	"changed_files", "no_changed_files", "only_changed_files", "file_added", "file_not_added", "file_deleted", "file_not_deleted",
	"has_author_in", "has_contributor_in", "only_has_contributors_in",
	"author_is_only_contributor", "targets_branch", "from_branch", "modified_lines", "has_status", "has_successful_status",
	"has_workflow_result", "has_labels", "repository", "title", "has_valid_signatures", "has_valid_signatures_by",
	"has_valid_signatures_by_keys", "custom_property_is_null", "custom_property_is_not_null", "custom_property_matches_any_of",
	"custom_property_matches_none_of",
}

func (d *document) botConditions(n ast.Node, what string) []policybot.Condition {
	f, ok := d.mapping(n, what, botConditionKeys...)
	if !ok {
		return nil
	}
	var conditions []policybot.Condition
	for _, key := range botConditionKeys {
		if given(f, key) {
			conditions = append(conditions, d.botCondition(key, f.values[key]))
		}
	}
	return conditions
}

func (d *document) botCondition(key string, n ast.Node) policybot.Condition {
	switch key {
	case "changed_files", "no_changed_files", "only_changed_files":
		return d.botFiles(key, n)
	case "file_added", "file_not_added", "file_deleted", "file_not_deleted":
		return d.botFileChange(key, n)
	case "has_author_in":
		return policybot.HasAuthorIn{Actors: d.actorsAlone(n, key)}
	case "has_contributor_in", "only_has_contributors_in":
		return policybot.HasContributorsIn{Only: key == "only_has_contributors_in", Actors: d.actorsAlone(n, key)}
	case "author_is_only_contributor":
		return policybot.AuthorIsOnlyContributor{Want: d.flag(n, key)}
	case "targets_branch", "from_branch":
		return d.botBranch(key, n)
	case "modified_lines":
		return d.botLines(n)
	case "has_successful_status":
		return policybot.HasStatus{Successful: true, Conclusions: []string{"success"}, Statuses: d.texts(n, key)}
	case "has_status", "has_workflow_result":
		return d.botResults(key, n)
	case "has_labels":
		return policybot.HasLabels{Labels: d.texts(n, key)}
	case "repository", "title":
		return d.botMatch(key, n)
	case "custom_property_is_null", "custom_property_is_not_null":
		return policybot.HasProperties{Null: key == "custom_property_is_null", Names: d.texts(n, key)}
	case "custom_property_matches_any_of", "custom_property_matches_none_of":
		return d.botProperties(key, n)
	case "has_valid_signatures":
		return policybot.HasValidSignatures{Want: d.flag(n, key)}
	case "has_valid_signatures_by":
		return policybot.HasValidSignaturesBy{Actors: d.actorsAlone(n, key)}
	}
	return d.botKeys(n)
}

func (d *document) botBranch(key string, n ast.Node) policybot.Condition {
	c := policybot.Branch{From: key == "from_branch"}
	f, ok := d.mapping(n, key, "pattern")
	switch {
	case !ok:
	case !given(f, "pattern"):
		d.refuse(n, key+" has no pattern", "add pattern: with a regular expression")
	default:
		c.Pattern, _ = d.regexp(f.values["pattern"], "pattern")
	}
	return c
}

func (d *document) botMatch(key string, n ast.Node) policybot.Condition {
	f, ok := d.mapping(n, key, "matches", "not_matches")
	c := policybot.Match{Repository: key == "repository", Matches: d.optionalRegexps(f, "matches"), NotMatches: d.optionalRegexps(f, "not_matches")}
	if ok && len(c.Matches)+len(c.NotMatches) == 0 {
		d.refuse(n, key+" has no pattern, so it never holds", "add matches: or not_matches: with regular expressions")
	}
	return c
}

// botResults reads has_status and has_workflow_result. One that names nothing would hold for everything.
func (d *document) botResults(key string, n ast.Node) policybot.Condition {
	list := map[string]string{"has_status": "statuses", "has_workflow_result": "workflows"}[key]
	f, ok := d.mapping(n, key, "conclusions", list)
	var names []string
	switch {
	case !ok:
	case !given(f, list):
		d.refuse(n, key+" names no "+list, "add "+list+":")
	default:
		names = d.texts(f.values[list], list)
	}
	conclusions := []string{"success"}
	if given(f, "conclusions") {
		if said := d.optionalTexts(f, "conclusions"); len(said) > 0 {
			conclusions = said
		}
	}
	for _, word := range conclusions {
		if !slices.Contains(policybot.Conclusions, word) {
			d.refuse(f.values["conclusions"], fmt.Sprintf("%q is not how a check can end", word), didYouMean(word, policybot.Conclusions))
		}
	}
	if key == "has_status" {
		return policybot.HasStatus{Conclusions: conclusions, Statuses: names}
	}
	return policybot.HasWorkflowResult{Conclusions: conclusions, Workflows: names}
}

var keyIDText = regexp.MustCompile(`^[0-9A-Fa-f]{16,64}$`)

func (d *document) botKeys(n ast.Node) policybot.Condition {
	var c policybot.HasValidSignaturesByKeys
	f, ok := d.mapping(n, "has_valid_signatures_by_keys", "key_ids")
	if !ok {
		return c
	}
	if !given(f, "key_ids") {
		d.refuse(n, "has_valid_signatures_by_keys names no key", "add key_ids:")
		return c
	}
	for _, entry := range d.list(f.values["key_ids"], "key_ids") {
		id, ok := d.text(entry, "an entry of key_ids")
		if ok && !keyIDText.MatchString(id) {
			d.refuse(entry, fmt.Sprintf("%q is not a key id", id), "write at least the last 16 hexadecimal digits of the fingerprint; shorter ids can be forged")
		}
		c.KeyIDs = append(c.KeyIDs, strings.ToUpper(id))
	}
	return c
}

func (d *document) optionalRegexps(f fields, key string) []policybot.Pattern {
	return optionalEach(d, f, key, d.regexp)
}

func (d *document) regexp(n ast.Node, what string) (policybot.Pattern, bool) {
	text, ok := d.text(n, what)
	if !ok {
		return policybot.Pattern{}, false
	}
	p, err := policybot.Compile(text)
	if err != nil {
		d.refuse(n, fmt.Sprintf("%s is not a regular expression: %v", what, err), "write it as Go reads it (RE2); in double quotes, a backslash is written twice")
	}
	return p, err == nil
}
