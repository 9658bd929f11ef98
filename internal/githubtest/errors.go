package githubtest

import "fmt"

// apiError is a refusal in the shape in which GitHub's REST API tells it.
type apiError struct {
	Status  int
	Message string
	Errors  []object
	Header  map[string]string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.Status, e.Message) }

// asError keeps a nil *apiError from becoming an error that is not nil.
func asError(e *apiError) error {
	if e == nil {
		return nil
	}
	return e
}

func (e *apiError) json() object {
	o := object{"message": e.Message, "documentation_url": "https://docs.github.com/rest", "status": fmt.Sprint(e.Status)}
	if len(e.Errors) > 0 {
		o["errors"] = e.Errors
	}
	return o
}

// invalid is a request that is understood and makes no sense.
func invalid(resource, why string) *apiError {
	return &apiError{Status: 422, Message: "Validation Failed: " + why,
		Errors: []object{{"resource": resource, "code": "custom", "message": why}}}
}

func notFound() *apiError { return &apiError{Status: 404, Message: "Not Found"} }

func forbidden() *apiError {
	return &apiError{Status: 403, Message: "Resource not accessible by integration"}
}
