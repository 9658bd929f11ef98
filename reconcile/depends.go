package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// mostFollowed bounds how many pull requests are read to learn what one waits for, roundabout ways included.
const mostFollowed = 60

// search is the way from a pull request to all that it waits for.
type search struct {
	p     *pass
	r     pull.Request
	host  string
	found []pull.Dependency
	told  map[int64]bool // whether the describer may be told of a repository
}

// depend reads what the description waits for. It follows what is still open, so that circles show; what has ended waits
// for nothing any more.
func (p *pass) depend(ctx context.Context, r pull.Request) ([]pull.Dependency, error) {
	refs, _ := automerge.Dependencies(r)
	if len(refs) == 0 || len(refs) > automerge.MostDependencies {
		return nil, nil
	}
	s := search{p: p, r: r, told: map[int64]bool{}}
	if u, err := url.Parse(r.URL); err == nil {
		s.host = u.Host
	}
	for direct := true; len(refs) > 0; direct = false {
		next, err := s.look(ctx, refs, direct)
		if err != nil {
			return nil, fmt.Errorf("reading what %s waits for: %w", r.Ref(), err)
		}
		refs = next[:min(len(next), mostFollowed-len(s.found))]
	}
	return s.found, nil
}

// look reads one generation, repository by repository, and gives the next.
func (s *search) look(ctx context.Context, refs []pull.Ref, direct bool) (next []pull.Ref, err error) {
	slices.SortStableFunc(refs, func(a, b pull.Ref) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Owner+"/"+a.Name), strings.ToLower(b.Owner+"/"+b.Name)), cmp.Compare(a.Number, b.Number))
	})
	for len(refs) > 0 {
		n := 1
		for n < len(refs) && strings.EqualFold(refs[n].Owner+"/"+refs[n].Name, refs[0].Owner+"/"+refs[0].Name) {
			n++
		}
		read, err := s.lookIn(ctx, refs[:n])
		if err != nil {
			return nil, err
		}
		for i := range read {
			read[i].Direct = direct
			next = append(next, read[i].Needs...)
		}
		s.found, refs = append(s.found, read...), refs[n:]
	}
	return slices.DeleteFunc(next, s.knows), nil
}

func (s *search) knows(ref pull.Ref) bool {
	return ref.Of(s.r.Repo) && ref.Number == s.r.Number || slices.ContainsFunc(s.found, func(d pull.Dependency) bool { return d.Ref.Same(ref) })
}

// lookIn reads pull requests of one repository. Of a repository that the describer may not read nothing is said, not even
// whether it exists: whoever may read the waiting pull request would learn it.
func (s *search) lookIn(ctx context.Context, refs []pull.Ref) ([]pull.Dependency, error) {
	out := make([]pull.Dependency, len(refs))
	numbers := make([]int, len(refs))
	for i, ref := range refs {
		out[i].Ref, numbers[i] = ref, ref.Number
	}
	repo, known, err := s.repo(ctx, refs[0])
	if err != nil || !known {
		return out, err
	}
	public, others, err := s.p.GitHub.Others(ctx, repo, numbers)
	if err != nil {
		return nil, err
	}
	if ok, err := s.mayTell(ctx, repo, public); err != nil || !ok {
		return out, err
	}
	for i := range out {
		if other, ok := others[out[i].Ref.Number]; ok {
			if err := s.describe(ctx, repo, other, &out[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// describe fills a dependency in. What our own books have as landed has landed, though GitHub may still call it open.
func (s *search) describe(ctx context.Context, repo pull.Repo, other pull.Other, d *pull.Dependency) (err error) {
	d.Key = pull.Key{Repo: repo.ID, Number: d.Ref.Number}
	d.State, d.Head, d.Base = other.State, other.Head, other.Base
	if d.State != pull.Open {
		return nil
	}
	landed, err := s.p.Store.HasLanded(ctx, d.Key)
	if landed {
		d.State = pull.Merged
		return err
	}
	d.Needs, _ = automerge.DependsOn(other.Body, repo, s.host)
	return err
}

func (s *search) repo(ctx context.Context, ref pull.Ref) (pull.Repo, bool, error) {
	if ref.Of(s.r.Repo) {
		return s.r.Repo, true, nil
	}
	return s.p.Store.FindRepo(ctx, ref.Owner, ref.Name)
}

func (s *search) mayTell(ctx context.Context, repo pull.Repo, public bool) (bool, error) {
	if repo.ID == s.r.Repo.ID || public {
		return true, nil
	}
	may, asked := s.told[repo.ID]
	if asked || !s.r.Describer.Known() {
		return may, nil
	}
	standing, err := s.p.GitHub.Standing(ctx, pull.Request{Repo: repo}, pull.Question{Logins: []string{s.r.Describer.Login}})
	if err != nil {
		return false, err
	}
	s.told[repo.ID] = standing.Roles[s.r.Describer.ID] >= pull.Read
	return s.told[repo.ID], nil
}

// restack gives a pull request the target of the one that it was stacked on, once that has landed: a landing on the
// branch of something that has landed would reach nobody.
func (p *pass) restack(ctx context.Context, d Decision) (bool, error) {
	on, ok := automerge.Stacked(d.Request)
	if !ok || !d.Gated {
		return false, nil
	}
	b, err := p.GitHub.Branch(ctx, d.Request.Repo, on.Head)
	if err != nil || b.Protected {
		return false, err
	}
	err = p.GitHub.Retarget(ctx, d.Request.Repo, d.Request.Number, on.Base)
	if err != nil && pull.ClassOf(err) == pull.Permanent {
		p.log.Warn("could not be moved to the target of what it was stacked on", "target", on.Base, "error", err.Error())
		return false, nil
	}
	if err == nil {
		p.log.Info("moved to the target of what it was stacked on", "target", on.Base, "on", on.Ref.String())
	}
	return err == nil, err
}
