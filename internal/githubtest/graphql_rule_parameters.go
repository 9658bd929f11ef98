package githubtest

// parameters are what a rule of its type says in detail; null for the types that say nothing more.
func (n *ruleNode) parameters() any {
	switch n.Type {
	case "required_status_checks":
		return object{"__typename": "RequiredStatusChecksParameters", "requiredStatusChecks": n.checks(),
			"strictRequiredStatusChecksPolicy": n.Strict, "doNotEnforceOnCreate": false}
	case "pull_request":
		return object{"__typename": "PullRequestParameters", "allowedMergeMethods": n.methods(),
			"dismissStaleReviewsOnPush": n.DismissStale, "requireCodeOwnerReview": false, "requireLastPushApproval": false,
			"requiredApprovingReviewCount": n.Reviews, "requiredReviewThreadResolution": false}
	case "merge_queue":
		return object{"__typename": "MergeQueueParameters", "mergeMethod": orDefault(n.Method, "MERGE"), "groupingStrategy": orDefault(n.Grouping, "ALLGREEN"),
			"checkResponseTimeoutMinutes": 60, "maxEntriesToBuild": n.maxBuild(), "maxEntriesToMerge": 5, "minEntriesToMerge": max(n.MinEntries, 1),
			"minEntriesToMergeWaitMinutes": 5}
	case "update":
		return object{"__typename": "UpdateParameters", "updateAllowsFetchAndMerge": false}
	}
	return nil
}

func (n *ruleNode) checks() []object {
	all := make([]object, len(n.Checks))
	for i, c := range n.Checks {
		all[i] = object{"context": c.Name, "integrationId": nil}
		if c.App != 0 {
			all[i]["integrationId"] = c.App
		}
	}
	return all
}

// methods are words in lower case: the schema has strings here, not the enum of merge methods.
func (n *ruleNode) methods() []string {
	if len(n.Methods) == 0 {
		return []string{"merge", "squash", "rebase"}
	}
	return n.Methods
}
