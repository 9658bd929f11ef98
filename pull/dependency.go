package pull

import (
	"fmt"
	"strings"
)

// Ref names a pull request as people write it.
type Ref struct {
	Owner  string `json:"owner"`
	Name   string `json:"name"`
	Number int    `json:"number"`
}

func (r Ref) String() string { return fmt.Sprintf("%s/%s#%d", r.Owner, r.Name, r.Number) }

// In is the shortest name of r among pull requests of repo.
func (r Ref) In(repo Repo) string {
	if r.Of(repo) {
		return fmt.Sprintf("#%d", r.Number)
	}
	return r.String()
}

// Of reports whether r is one of repo's.
func (r Ref) Of(repo Repo) bool {
	return strings.EqualFold(r.Owner, repo.Owner) && strings.EqualFold(r.Name, repo.Name)
}

// Same reports whether both name one pull request: GitHub's names ignore case.
func (r Ref) Same(o Ref) bool { return strings.EqualFold(r.String(), o.String()) }

// Dependency is a pull request that has to land before another, or that such a one waits for in turn. What could not be
// read, and what the readers of the waiting one may not be told, has no State.
type Dependency struct {
	Ref   Ref       `json:"ref"`
	Key   Key       `json:"key,omitzero"`
	State Lifecycle `json:"state,omitempty"`
	Head  string    `json:"head,omitempty"` // its branch, where that is in its own repository
	Base  string    `json:"base,omitempty"` // its target
	Needs []Ref     `json:"needs,omitempty"`
	// Direct says that the waiting one names it itself.
	Direct bool `json:"direct,omitempty"`
}

// Other is what one pull request needs to know of another.
type Other struct {
	State      Lifecycle
	Body       string
	Head, Base string
}
