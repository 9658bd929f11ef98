package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/approval/policybot"
	"github.com/sallyport/sallyport/pull"
)

// TestEveryPolicyBotPredicateSaysWhatItSaw goes over the parser's own list of predicates, as it stands under if and under
// requires: conditions: a new one without a row fails.
func TestEveryPolicyBotPredicateSaysWhatItSaw(t *testing.T) {
	dee, cy := pull.Account{ID: 4, Login: "dee", Kind: pull.User}, pull.Account{ID: 3, Login: "cy", Kind: pull.User}
	const key, other = "0123456789ABCDEF012345673AA5C34371567BD2", "0123456789ABCDEF012345673AA5C34371567BD3"
	type change = func(*pull.Request)
	unchanged := func(*pull.Request) {}
	files := func(paths ...string) change {
		return func(r *pull.Request) {
			r.Files = nil
			for _, p := range paths {
				r.Files = append(r.Files, pull.File{Path: p, OldMode: pull.Regular, NewMode: pull.Regular})
			}
		}
	}
	moded := func(path string, before, after pull.Mode) change {
		return func(r *pull.Request) { r.Files = []pull.File{{Path: path, OldMode: before, NewMode: after}} }
	}
	byCy := func(r *pull.Request) {
		r.Author, r.Pusher, r.Commits[0].Author, r.Commits[0].Committer = cy, cy, cy, cy
	}
	withCy := func(r *pull.Request) { r.Commits[0].Author = cy }
	signed := func(s pull.Signed) change { return func(r *pull.Request) { r.Commits[0].Signed = &s } }
	tier := func(values ...string) change {
		return func(r *pull.Request) {
			r.Properties = &pull.Properties{Values: map[string]pull.Property{"tier": {Values: values}}}
		}
	}
	checked := func(conclusion string) change {
		return func(r *pull.Request) {
			r.Checks = []pull.Check{{Kind: pull.CheckRun, Name: "build", Status: "completed", Conclusion: conclusion}}
		}
	}
	ran := func(conclusion string) change {
		return func(r *pull.Request) {
			r.Workflows = []pull.Workflow{{Path: "ci.yml", Status: "completed", Conclusion: conclusion}}
		}
	}
	rows := map[string]struct {
		predicate   string
		holds, not  change
		saw, sawNot string
	}{
		"changed_files":                   {`{paths: ["^prod/"]}`, files("prod/a"), files("docs/a"), "prod/a", "docs/a"},
		"no_changed_files":                {`{paths: ["^prod/"]}`, files("docs/a"), files("prod/a"), "docs/a", "prod/a"},
		"only_changed_files":              {`{paths: ["^prod/"]}`, files("prod/a"), files("prod/a", "docs/a"), "prod/a", "docs/a"},
		"file_added":                      {`{paths: ["^prod/"]}`, moded("prod/a", 0, pull.Regular), moded("docs/a", 0, pull.Regular), `"prod/a" is added`, `"docs/a" is added`},
		"file_not_added":                  {`{globs: ["prod/*"]}`, moded("prod/a", pull.Regular, 0), moded("prod/a", 0, pull.Regular), "nothing is added", `"prod/a" is added`},
		"file_deleted":                    {`{globs: ["prod/*"]}`, moded("prod/a", pull.Regular, 0), moded("docs/a", pull.Regular, 0), `"prod/a" is deleted`, `"docs/a" is deleted`},
		"file_not_deleted":                {`{paths: ["^prod/"]}`, moded("docs/a", pull.Regular, 0), moded("prod/a", pull.Regular, 0), `"docs/a" is deleted`, `"prod/a" is deleted`},
		"has_author_in":                   {`{users: [dee]}`, unchanged, byCy, "dee", "cy"},
		"has_contributor_in":              {`{users: [cy]}`, withCy, unchanged, "cy", "dee"},
		"only_has_contributors_in":        {`{users: [dee]}`, unchanged, withCy, "dee", "cy"},
		"author_is_only_contributor":      {`true`, unchanged, withCy, "dee", "cy"},
		"targets_branch":                  {`{pattern: "^main$"}`, unchanged, func(r *pull.Request) { r.Base.Branch = "next" }, `"main"`, `"next"`},
		"from_branch":                     {`{pattern: "^raise$"}`, unchanged, func(r *pull.Request) { r.Head.Branch = "other" }, `"raise"`, `"other"`},
		"modified_lines":                  {`{total: "< 20"}`, unchanged, func(r *pull.Request) { r.Size = &pull.Size{Added: 21, Deleted: 4} }, "10", "21"},
		"has_status":                      {`{statuses: [build]}`, checked("success"), checked("neutral"), "success", "neutral"},
		"has_successful_status":           {`[build]`, checked("success"), checked("failure"), "success", "failure"},
		"has_workflow_result":             {`{workflows: [ci.yml]}`, ran("success"), ran("failure"), "success", "failure"},
		"has_labels":                      {`[ready]`, unchanged, func(r *pull.Request) { r.Labels = []string{"late"} }, "Ready", "late"},
		"repository":                      {`{matches: ["infra"]}`, unchanged, func(r *pull.Request) { r.Repo.Name = "web" }, "acme/infra", "acme/web"},
		"title":                           {`{matches: ["^fix"]}`, unchanged, func(r *pull.Request) { r.Title = "docs" }, "fix: it", "docs"},
		"has_valid_signatures":            {`true`, signed(pull.Signed{Good: true, By: dee, Key: key}), signed(pull.Signed{Code: "signature-missing"}), "with " + key + " by dee", "signature-missing"},
		"has_valid_signatures_by":         {`{users: [dee]}`, signed(pull.Signed{Good: true, By: dee, Key: key}), signed(pull.Signed{Good: true, By: cy, Key: key}), "by dee", "cy"},
		"has_valid_signatures_by_keys":    {`{key_ids: ["3aa5c34371567bd2"]}`, signed(pull.Signed{Good: true, By: dee, Key: key}), signed(pull.Signed{Good: true, By: dee, Key: other}), key, other},
		"custom_property_is_null":         {`[tier]`, tier(), tier("lab"), "tier is not set", `tier is "lab"`},
		"custom_property_is_not_null":     {`[tier]`, tier("lab"), tier(), `tier is "lab"`, "tier is not set"},
		"custom_property_matches_any_of":  {`{tier: ["^lab$"]}`, tier("lab"), tier("prod"), `tier is "lab"`, `tier is "prod"`},
		"custom_property_matches_none_of": {`{tier: ["^lab$"]}`, tier("prod"), tier("lab"), `tier is "prod"`, `tier is "lab"`},
	}
	for _, predicate := range botConditionKeys {
		row, ok := rows[predicate]
		if !ok {
			t.Errorf("%s: no row shows what it says that it saw", predicate)
			continue
		}
		for where, rule := range map[string]string{"if": "if: {%}", "conditions": "requires: {conditions: {%}}"} {
			text := "policy: {approval: [only]}\napproval_rules:\n  - name: only\n    " + strings.Replace(rule, "%", predicate+": "+row.predicate, 1) + "\n"
			policy, problems := ParsePolicyBot(".policy.yml", []byte(text))
			if problems != nil {
				t.Fatalf("%s: %v", predicate, problems)
			}
			for code, want := range map[string]struct {
				change change
				saw    string
			}{"condition-holds": {row.holds, row.saw}, "condition-fails": {row.not, row.sawNot}} {
				r := pull.Request{
					Repo: pull.Repo{ID: 9, Owner: "acme", Name: "infra"}, Title: "fix: it", Author: dee, Pusher: dee, Labels: []string{"Ready"},
					Head: pull.Head{SHA: "h", Branch: "raise", Repo: 9, Owner: "acme"}, Base: pull.Base{Branch: "main"}, Size: &pull.Size{Added: 10, Deleted: 3},
					Test: pull.TestMerge{State: pull.Clean}, Commits: []pull.Commit{{SHA: "h", Parents: []string{"b"}, Author: dee, Committer: dee}}, CommitsTotal: 1,
				}
				files("prod/a")(&r)
				want.change(&r)
				v := policybot.Judge(*policy, r, nil)
				reason := conditionReason(v.Reasons, predicate)
				if reason.Code != code || !strings.Contains(reason.Evidence["saw"], want.saw) || !strings.Contains(reason.Message, reason.Evidence["saw"]) {
					t.Errorf("%s under %s: got %s %q, evidence %q; want %s, %q", predicate, where, reason.Code, reason.Message, reason.Evidence, code, want.saw)
				}
			}
		}
	}
}

func conditionReason(reasons []pull.Reason, predicate string) pull.Reason {
	i := slices.IndexFunc(reasons, func(r pull.Reason) bool { return r.Evidence["condition"] == predicate })
	if i >= 0 {
		return reasons[i]
	}
	for _, r := range reasons {
		if found := conditionReason(r.Because, predicate); found.Code != "" {
			return found
		}
	}
	return pull.Reason{}
}
