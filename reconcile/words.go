package reconcile

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// witnessWords tells each comment what it saw, as witness does for reviews. GitHub does not say on which head a
// comment was written; it counts for the content that lay here in the last pass and still lies here now that it is
// first seen. A comment that came together with a new head, or before anybody looked, saw nobody knows what.
// Comments are noted under their negative ids, since reviews number theirs apart.
func (p *pass) witnessWords(r *pull.Request, sights map[int64]pull.Sight) {
	last := p.work.Last
	still := last != nil && last.Request.Head.SHA == r.Head.SHA && last.Request.Base.Branch == r.Base.Branch
	r.Comments = slices.Clone(r.Comments)
	for i := range r.Comments {
		comment := &r.Comments[i]
		sight, known := sights[-comment.ID]
		if !known && still && r.Content == "" {
			continue // there is no landing diff yet that it could have seen
		}
		if !known && still {
			sight = pull.Sight{Branch: r.Base.Branch, Content: r.Content}
		}
		sights[-comment.ID] = sight
		comment.Content, comment.Elsewhere = sight.Content, sight.Branch != r.Base.Branch
	}
}
