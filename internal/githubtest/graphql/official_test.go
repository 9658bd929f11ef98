package graphql

import (
	"os"
	"strings"
	"testing"
)

func TestOfficialSchemaJudgesDocuments(t *testing.T) {
	for _, c := range []struct{ name, query, want string }{
		{"good", `query($o: String!) { organization(login: $o) { team(slug: "x") { members(first: 1) { nodes { databaseId } } } } }`, ""},
		{"field of another type", `{ viewer { mergeable } }`, "mergeable"},
		{"no previous name of a file", `{ repository(owner: "o", name: "r") { pullRequest(number: 1) { files(first: 1) { nodes { previousPath } } } } }`, "previousPath"},
		{"word outside an enum", `mutation { updateCheckRun(input: {repositoryId: "r", checkRunId: "c", status: DONE}) { clientMutationId } }`, "DONE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDocuments(Official())
			_, errs := d.get(c.query)
			switch {
			case c.want == "" && len(errs) > 0:
				t.Errorf("got %+v, want no error", errs)
			case c.want != "" && (len(errs) == 0 || !strings.Contains(errs[0].Message, c.want)):
				t.Errorf("got %+v, want an error about %s", errs, c.want)
			}
		})
	}
}

func TestObjectIDsAreChecked(t *testing.T) {
	e := New(Official())
	_, out := run(t, e, `query($id: GitObjectID!) { repository(owner: "o", name: "r") { object(oid: $id) { oid } } }`, `{"id":"HEAD"}`)
	if got := strings.Join(out.Violations, "\n"); !strings.Contains(got, `could not coerce value "HEAD" to GitObjectID`) {
		t.Errorf("got violations %q", got)
	}
}

func BenchmarkValidateAndCount(b *testing.B) {
	text, err := os.ReadFile("../testdata/graphql/snapshot.graphql")
	if err != nil {
		b.Fatal(err)
	}
	schema := Official()
	for b.Loop() {
		if _, errs := newDocuments(schema).get(string(text)); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
