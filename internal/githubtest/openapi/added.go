package openapi

import (
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// add describes routes that the extract of GitHub's description does not contain, by the parts that it does contain: an
// issue there is an issue here.
func add(doc *openapi3.T) {
	ref := func(kind, name string) string { return "#/components/" + kind + "/" + name }
	param := func(name string) *openapi3.ParameterRef {
		return &openapi3.ParameterRef{Ref: ref("parameters", name), Value: doc.Components.Parameters[name].Value}
	}
	gives := func(schema *openapi3.SchemaRef) *openapi3.ResponseRef {
		return &openapi3.ResponseRef{Value: &openapi3.Response{Content: openapi3.NewContentWithJSONSchemaRef(schema)}}
	}
	fails := func(name string) *openapi3.ResponseRef {
		return &openapi3.ResponseRef{Ref: ref("responses", name), Value: doc.Components.Responses[name].Value}
	}
	issue := &openapi3.SchemaRef{Ref: ref("schemas", "issue"), Value: doc.Components.Schemas["issue"].Value}
	list := &openapi3.Operation{OperationID: "issues/list-for-repo", Responses: openapi3.NewResponsesWithCapacity(4)}
	for _, name := range []string{"owner", "repo", "since", "per-page", "page", "direction"} {
		list.Parameters = append(list.Parameters, param(name))
	}
	for name, words := range map[string][]any{"state": {"open", "closed", "all"}, "sort": {"created", "updated", "comments"}} {
		list.Parameters = append(list.Parameters, &openapi3.ParameterRef{Value: openapi3.NewQueryParameter(name).WithSchema(openapi3.NewStringSchema().WithEnum(words...))})
	}
	array := openapi3.NewArraySchema()
	array.Items = issue
	list.Responses.Set("200", gives(openapi3.NewSchemaRef("", array)))
	create := &openapi3.Operation{OperationID: "issues/create", Responses: openapi3.NewResponsesWithCapacity(5)}
	create.Parameters = openapi3.Parameters{param("owner"), param("repo")}
	in := openapi3.NewObjectSchema().WithProperty("title", openapi3.NewStringSchema()).WithProperty("body", openapi3.NewStringSchema())
	in.Required = []string{"title"}
	create.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithJSONSchema(in).WithRequired(true)}
	create.Responses.Set("201", gives(issue))
	for status, name := range map[string]string{"404": "not_found", "410": "gone", "422": "validation_failed", "403": "forbidden"} {
		create.Responses.Set(status, fails(name))
	}
	list.Responses.Set("404", fails("not_found"))
	list.Responses.Set("422", fails("validation_failed"))
	item := &openapi3.PathItem{}
	item.SetOperation(http.MethodGet, list)
	item.SetOperation(http.MethodPost, create)
	doc.Paths.Set("/repos/{owner}/{repo}/issues", item)
}
