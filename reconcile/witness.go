package reconcile

import (
	"maps"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// witness tells each review what it saw, as noted when the review was first seen, and returns the notes with the new
// reviews added. GitHub's clocks are not asked: a review of this head that is new now saw what lies here now, unless
// the target changed since the last pass, when nobody can say which target it was given for.
func (p *pass) witness(r *pull.Request) map[int64]pull.Sight {
	sights, retargeted := map[int64]pull.Sight{}, false
	if last := p.work.Last; last != nil {
		retargeted = last.Request.Base.Branch != r.Base.Branch
		maps.Copy(sights, last.Sights)
	}
	r.Reviews = slices.Clone(r.Reviews)
	for i := range r.Reviews {
		review := &r.Reviews[i]
		sight, known := sights[review.ID]
		if !known && review.Commit == r.Head.SHA && !retargeted {
			sight = pull.Sight{Branch: r.Base.Branch, Content: r.Content}
		}
		if sight.Content == "" && sight.Branch == r.Base.Branch && review.Commit == r.Head.SHA {
			sight.Content = r.Content // the landing diff was not computed yet when the review came
		}
		sights[review.ID] = sight
		review.Content, review.Elsewhere = sight.Content, sight.Branch != r.Base.Branch
	}
	return sights
}
