package reconcile

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// registrar reads the custom properties that an organisation gave a repository.
type registrar interface {
	Properties(ctx context.Context, repo pull.Repo) (*pull.Properties, error)
}

func (p *pass) properties(ctx context.Context, w *World) error {
	return w.readProperties(ctx, p.GitHub)
}

// readProperties reads the repository's custom properties where something rests on them, or would.
func (w *World) readProperties(ctx context.Context, github registrar) (err error) {
	rests := restsOnProperties(w.Rulebook, w.Floor) || restsOnProperties(w.Proposal.Rulebook, Floor{})
	if w.Request.Properties = nil; !rests {
		return nil
	}
	w.Request.Properties, err = github.Properties(ctx, w.Request.Repo)
	return err
}

func restsOnProperties(policy config.Policy, floor Floor) bool {
	return policy.Approval.ReadsProperties() || policy.PolicyBot != nil && policy.PolicyBot.ReadsProperties() || floor.Rules.ReadsProperties()
}

// restsOnProperties reports whether the change makes the custom properties of the pull request's repository matter.
func (o Owned) restsOnProperties(p Proposal) bool {
	return restsOnProperties(o.Rulebook, p.Floor) || restsOnProperties(o.Proposed, o.Floor)
}

// strangersMost bounds of how many other repositories a pass reads what a proposal rests on there.
const strangersMost = 20

// propertiesElsewhere reads the custom properties of other repositories on whose pull requests a proposal is tried, where it
// rests on them and their own passes never had to read them.
func (p *pass) propertiesElsewhere(ctx context.Context, w *World) error {
	read := map[int64]*pull.Properties{}
	fill := func(list []Owned) error {
		for i, o := range list {
			repo := o.Request.Repo
			if o.Request.Properties != nil || !o.restsOnProperties(w.Proposal) {
				continue
			}
			if _, done := read[repo.ID]; !done && len(read) < strangersMost {
				found, err := p.GitHub.Properties(ctx, repo)
				if err != nil && pull.ClassOf(err) != pull.Permanent { // that one repository is not to be read holds up nothing
					return fmt.Errorf("trying what %s proposes on %s: %w", w.Request.Ref(), o.Request.Ref(), err)
				}
				read[repo.ID] = found
			}
			list[i].Request.Properties = read[repo.ID]
		}
		return nil
	}
	if err := fill(w.Proposal.Owned); err != nil {
		return err
	}
	for _, shared := range w.Proposal.Shared {
		if err := fill(shared.Under); err != nil {
			return err
		}
	}
	return nil
}
