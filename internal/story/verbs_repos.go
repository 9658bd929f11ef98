package story

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport/internal/githubtest"
	"github.com/sallyport/sallyport/pull"
)

// scene is what a story keeps in mind of one repository.
type scene struct {
	repo    *githubtest.Repo
	ruleset int64
	last    int
	heads   map[int]headOf
}

// otherRepo has the story go on in another repository of the organization.
func otherRepo(_ context.Context, w *World, args []string) error {
	if len(args) == 0 {
		return errors.New("needs a name")
	}
	w.scenes[w.Repo.FullName()] = scene{w.Repo, w.ruleset, w.last, w.heads}
	if s, ok := w.scenes[Organization+"/"+args[0]]; ok {
		w.Repo, w.ruleset, w.last, w.heads = s.repo, s.ruleset, s.last, s.heads
		return nil
	}
	return w.found(args[0], args[1:])
}

// found makes a repository where dev writes, ana administers, and eve and ken are strangers.
func (w *World) found(name string, traits []string) error {
	root := w.person("root")
	repo, err := w.GitHub.Repo(w.GitHub.Organization(Organization, root), name)
	if err != nil {
		return err
	}
	if slices.Contains(traits, "public") {
		repo.Publish()
	}
	repo.Grant(w.person("ana"), pull.Admin)
	repo.Grant(w.person("dev"), pull.Write)
	if _, err := repo.Commit("main", map[string]string{"README.md": "Another repository of acme.\n"}, root, githubtest.Message("Begin")); err != nil {
		return err
	}
	w.Repo, w.ruleset, w.last, w.heads = repo, 0, 0, map[int]headOf{}
	w.guard(githubtest.Bypass{Role: pull.Admin})
	return nil
}
