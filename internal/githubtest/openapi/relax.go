package openapi

import (
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// corrections lists where GitHub takes or gives more than its published description says, with the reason for each.
var corrections = []struct {
	method, path, why string
	apply             func(*openapi3.Operation)
}{
	{http.MethodPost, "/repos/{owner}/{repo}/issues/{issue_number}/labels",
		"GitHub also takes a bare list of names, which is what go-github sends", alsoNames},
	{http.MethodPut, "/repos/{owner}/{repo}/issues/{issue_number}/labels",
		"GitHub also takes a bare list of names, which is what go-github sends, and an empty one removes all labels", alsoNames},
	{http.MethodGet, "/app/installations",
		"the account is a user or an enterprise, as the same schema says elsewhere, not both at once", accountEitherWay},
}

// duplicates are templates that describe a route a second time, in a form that is no path of single parameters.
var duplicates = []string{"/repos/{owner}/{repo}/compare/{base}...{head}"}

// relax corrects the description where GitHub itself behaves otherwise.
func relax(doc *openapi3.T) error {
	for _, path := range duplicates {
		doc.Paths.Delete(path)
	}
	for _, c := range corrections {
		item := doc.Paths.Value(c.path)
		if item == nil || item.GetOperation(c.method) == nil {
			return fmt.Errorf("correcting GitHub's REST description: it has no %s %s", c.method, c.path)
		}
		c.apply(item.GetOperation(c.method))
	}
	return nil
}

func alsoNames(op *openapi3.Operation) {
	media := op.RequestBody.Value.Content.Get("application/json")
	names := openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())
	media.Schema = &openapi3.SchemaRef{Value: &openapi3.Schema{AnyOf: openapi3.SchemaRefs{media.Schema, {Value: names}}}}
}

func accountEitherWay(op *openapi3.Operation) {
	list := op.Responses.Status(http.StatusOK).Value.Content.Get("application/json").Schema.Value
	account := list.Items.Value.Properties["account"].Value
	account.AnyOf, account.AllOf = account.AllOf, nil
}
