package githubtest

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/githubtest/graphql"
)

func (v *viewer) createCheckRun(ctx context.Context, in graphql.Args) (object, error) {
	r, err := target[*Repo](v, ctx, in.String("repositoryId"), "checks")
	if err != nil {
		return nil, err
	}
	app, err := v.checksApp()
	if err != nil {
		return nil, err
	}
	wish, err := checkWish(in)
	if err != nil {
		return nil, err
	}
	run, no := v.s.createCheckRun(r, app, wish)
	return object{"checkRun": run}, no.fault()
}

func (v *viewer) updateCheckRun(ctx context.Context, in graphql.Args) (object, error) {
	run, err := target[*CheckRun](v, ctx, in.String("checkRunId"), "checks")
	if err != nil {
		return nil, err
	}
	app, err := v.checksApp()
	switch {
	case err != nil:
		return nil, err
	case globalID(run.repo) != in.String("repositoryId"):
		return nil, graphql.Faultf(graphql.NotFound, "Could not resolve to a node with the global id of '%s'", in.String("checkRunId"))
	case run.app != app:
		return nil, graphql.Faultf(graphql.Forbidden, "Invalid app_id `%d` - check run can only be modified by the GitHub App that created it.", app.ID)
	}
	wish, err := checkWish(in)
	if err != nil {
		return nil, err
	}
	return object{"checkRun": run}, v.s.updateCheckRun(run, wish).fault()
}

// checksApp is the app on whose behalf checks are written: people cannot write any.
func (v *viewer) checksApp() (*App, error) {
	if v.by.install == nil {
		return nil, graphql.Faultf(graphql.Forbidden, "You must authenticate via a GitHub App.")
	}
	return v.by.install.app, nil
}

// checkWish reads what both mutations may say of a check run.
func checkWish(in graphql.Args) (checkInput, error) {
	wish := checkInput{
		Name: given(in, "name"), HeadSHA: given(in, "headSha"), ExternalID: given(in, "externalId"), DetailsURL: given(in, "detailsUrl"),
		Status: lower(given(in, "status")), Conclusion: lower(given(in, "conclusion")),
	}
	var err error
	if wish.StartedAt, err = givenTime(in, "startedAt"); err != nil {
		return wish, err
	}
	if wish.CompletedAt, err = givenTime(in, "completedAt"); err != nil {
		return wish, err
	}
	if output := in.Object("output"); output != nil {
		wish.Output = &checkOutput{Title: output.String("title"), Summary: output.String("summary"), Text: output.String("text"),
			Annotations: annotations(output)}
	}
	if _, ok := in["actions"]; ok {
		actions := []checkAction{}
		for _, a := range in.Objects("actions") {
			actions = append(actions, checkAction{a.String("label"), a.String("description"), a.String("identifier")})
		}
		wish.Actions = &actions
	}
	return wish, nil
}

func annotations(output graphql.Args) []checkAnnotation {
	var all []checkAnnotation
	for _, a := range output.Objects("annotations") {
		start, _ := a.Object("location").Int("startLine")
		end, _ := a.Object("location").Int("endLine")
		all = append(all, checkAnnotation{Path: a.String("path"), StartLine: start, EndLine: end, Message: a.String("message"),
			AnnotationLevel: strings.ToLower(a.String("annotationLevel")), Title: a.String("title"), RawDetails: a.String("rawDetails")})
	}
	return all
}

// given is an argument that was given and is not null.
func given(in graphql.Args, name string) *string {
	if s, ok := in[name].(string); ok {
		return &s
	}
	return nil
}

func lower(s *string) *string {
	if s == nil {
		return nil
	}
	l := strings.ToLower(*s)
	return &l
}

func givenTime(in graphql.Args, name string) (*time.Time, error) {
	s := given(in, name)
	if s == nil {
		return nil, nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		return nil, graphql.Faultf("", "%s is no DateTime: %q", name, *s)
	}
	return &t, nil
}
