package config

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/sallyport/sallyport/approval/policybot"
)

// botDefaults reads the options of every rule that does not say otherwise. Disapproval has none of them.
func (d *document) botDefaults(policy fields) policybot.Options {
	o := policybot.Options{Methods: policybot.DefaultMethods(true)}
	if !given(policy, "approval_defaults") {
		return o
	}
	f, ok := d.mapping(policy.values["approval_defaults"], "approval_defaults", "options")
	if !ok {
		return o
	}
	return d.botOptions(f, o)
}

// botOptions reads options; those that are absent are as in o. Only methods are taken apart: actors and a request for reviews
// that are given replace what o has as a whole.
func (d *document) botOptions(holder fields, o policybot.Options) policybot.Options {
	if !given(holder, "options") {
		return o
	}
	f, ok := d.mapping(holder.values["options"], "options", "allow_author", "allow_contributor", "allow_non_author_contributor",
		"invalidate_on_push", "ignore_edited_comments", "ignore_update_merges", "ignore_commits_by", "request_review", "methods")
	if !ok {
		return o
	}
	for key, flag := range map[string]*bool{
		"allow_author": &o.AllowAuthor, "allow_contributor": &o.AllowContributor,
		"allow_non_author_contributor": &o.AllowNonAuthorContributor, "invalidate_on_push": &o.InvalidateOnPush,
		"ignore_edited_comments": &o.IgnoreEditedComments, "ignore_update_merges": &o.IgnoreUpdateMerges,
	} {
		*flag = d.optionalFlag(f, key, *flag)
	}
	if given(f, "ignore_commits_by") {
		o.IgnoreCommitsBy = d.actorsAlone(f.values["ignore_commits_by"], "ignore_commits_by")
	}
	if given(f, "request_review") {
		o.RequestReview = d.botRequestReview(f.values["request_review"])
	}
	if given(f, "methods") {
		o.Methods = d.botMethods(f.values["methods"], "methods", o.Methods)
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

// botMethods reads methods; those that are absent are as in otherwise. An empty list is given: it says that there are none.
func (d *document) botMethods(n ast.Node, what string, otherwise policybot.Methods) policybot.Methods {
	f, ok := d.mapping(n, what, "comments", "comment_patterns", "github_review", "github_review_comment_patterns", "body_patterns")
	if !ok {
		return otherwise
	}
	m := otherwise
	if given(f, "comments") {
		m.Comments = d.optionalTexts(f, "comments")
	}
	m.Review = d.optionalFlag(f, "github_review", otherwise.Review)
	for key, patterns := range map[string]*[]policybot.Pattern{
		"comment_patterns": &m.CommentPatterns, "github_review_comment_patterns": &m.ReviewPatterns, "body_patterns": &m.BodyPatterns,
	} {
		if given(f, key) {
			*patterns = d.optionalRegexps(f, key)
		}
	}
	return m
}
