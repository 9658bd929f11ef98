package approval

import (
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/pull"
)

// values is what a condition must say it saw, where it holds and where it does not.
type values struct {
	when        When
	held, not   func(*pull.Request)
	saw, sawNot string
}

func unchanged(*pull.Request) {}

// TestEveryConditionSaysWhatItSaw goes over the language's own list: a new condition without a row fails.
func TestEveryConditionSaysWhatItSaw(t *testing.T) {
	ci := ".github/workflows/ci.yml"
	success := []string{"success"}
	ours := head(func(h *pull.Head) { h.Repo = 9 })
	rows := map[string]values{
		"Author":                  {When{Author: []string{"dee"}}, unchanged, func(r *pull.Request) { r.Author = cy }, "the author is dee (write)", "the author is cy (maintain)"},
		"Contributors":            {When{Contributors: []string{"cy"}}, commit(cy, cy), unchanged, "the contributors are dee, cy", "the contributors are dee"},
		"OnlyContributors":        {When{OnlyContributors: []string{"dee"}}, unchanged, commit(cy, cy), "the contributors are dee", "the contributors are dee, cy"},
		"AuthorIsOnlyContributor": {When{AuthorIsOnlyContributor: &yesPlease}, unchanged, commit(cy, cy), "the contributors are dee", "the contributors are dee, cy"},
		"Target":                  {When{Target: []string{"main"}}, unchanged, func(r *pull.Request) { r.Base.Branch = "next" }, "the target branch is main", "the target branch is next"},
		"Source": {When{Source: []string{"fix"}}, ours, func(r *pull.Request) { r.Head.Repo, r.Head.Branch = 9, "other" },
			"the branch is fix", "the branch is other"},
		"Repository":  {When{Repository: []string{"acme/infra"}}, unchanged, func(r *pull.Request) { r.Repo.Name = "web" }, "the repository is acme/infra", "the repository is acme/web"},
		"Labels":      {When{Labels: []string{"safe"}}, labelled("safe", "x"), labelled("y"), "the labels are safe, x", "the labels are y"},
		"Title":       {When{Title: &Title{Matches: []string{"^docs"}}}, titled("docs: a"), titled("fix: b"), `the title is "docs: a"`, `the title is "fix: b"`},
		"Draft":       {When{Draft: &yesPlease}, func(r *pull.Request) { r.Draft = true }, unchanged, "it is a draft", "it is no draft"},
		"Property":    {When{Property: map[string][]string{"tier": {"lab"}}}, properties("tier", "lab"), properties("tier", "prod"), `the property tier is "lab"`, `the property tier is "prod"`},
		"NotProperty": {When{NotProperty: map[string][]string{"tier": {"lab"}}}, properties("tier", "prod"), properties("tier", "lab"), `the property tier is "prod"`, `the property tier is "lab"`},
		"PropertySet": {When{PropertySet: []string{"tier"}}, properties("tier", "lab"), properties("x", "y"), `the property tier is "lab"`, "the property tier is not set"},
		"PropertyUnset": {When{PropertyUnset: []string{"tier"}}, properties("x", "y"), properties("tier", "lab"),
			"the property tier is not set", `the property tier is "lab"`},
		"Changed":     {When{Changed: &Paths{Match: []string{"docs/**"}}}, changing("a", "docs/b"), changing("a"), "1 of 2 changed paths match (docs/b)", "0 of 1 changed paths match"},
		"NotChanged":  {When{NotChanged: &Paths{Match: []string{"docs/**"}}}, changing("a"), changing("a", "docs/b"), "0 of 1 changed paths match", "1 of 2 changed paths match (docs/b)"},
		"OnlyChanged": {When{OnlyChanged: &Paths{Match: []string{"docs/**"}}}, changing("docs/b"), changing("a", "docs/b"), "1 of 1 changed paths match (docs/b)", "1 of 2 changed paths match (docs/b)"},
		"Size":        {When{Size: []Size{{Added: "< 10"}}}, sized(9, 4), sized(10, 5), "9 lines are added and 4 deleted", "10 lines are added and 5 deleted"},
		"Checks": {When{Checks: &Results{Names: []string{"plan"}, Conclusions: success}}, checked(done("plan", "success")), checked(done("plan", "neutral")),
			"plan ended with success", "plan ended with neutral"},
		"Workflows": {When{Workflows: &Results{Names: []string{ci}, Conclusions: success}}, ran(ci, "completed", "success"), ran(ci, "completed", "failure"),
			ci + " ended with success", ci + " ended with failure"},
		"Signatures": {When{Signatures: &Signatures{By: []string{"dee"}, Keys: []string{keyA}}}, signedBy(dee, keyA), signedBy(dee, keyB),
			"all 1 commits are signed so: with " + keyA + " by dee (write)", "is signed with " + keyB},
	}
	kind := reflect.TypeFor[When]()
	for i := range kind.NumField() {
		name := kind.Field(i).Name
		row, ok := rows[name]
		if !ok || reflect.ValueOf(row.when).Field(i).IsZero() {
			t.Errorf("%s: no row shows what it says that it saw", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			row.said(t, row.held, "condition-holds", row.saw)
			row.said(t, row.not, "condition-unmet", row.sawNot)
		})
	}
}

// said looks for the value in the evidence and in the sentence, for machines and for people.
func (row values) said(t *testing.T, change func(*pull.Request), code, saw string) {
	t.Helper()
	v, _ := Judge(lax(row.when), request(change), nil, pull.Pass)
	reason, found := find(v.Reasons, code)
	if !found || !strings.Contains(reason.Evidence["saw"], saw) || !strings.Contains(reason.Message, saw) || reason.Evidence["wants"] == "" {
		t.Errorf("got %q, evidence %q; want %q\n%s", reason.Message, reason.Evidence, saw, tree(v.Reasons, ""))
	}
}

func find(reasons []pull.Reason, code string) (pull.Reason, bool) {
	for _, r := range reasons {
		if r.Code == code {
			return r, true
		}
		if inner, ok := find(r.Because, code); ok {
			return inner, true
		}
	}
	return pull.Reason{}, false
}
