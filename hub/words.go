package hub

import "github.com/sallyport/sallyport/pull"

// words are what people wrote, the pull request's own text first, as the comment with ID 0.
func (p *pullFacts) words(author pull.Account) []pull.Comment {
	var out []pull.Comment
	if p.Body != "" {
		out = append(out, pull.Comment{Author: author, Body: p.Body, At: timeOf(p.CreatedAt), Edited: p.EditedAt != nil,
			EditedBy: p.Editor.account()})
	}
	for _, n := range p.Comments.Nodes {
		out = append(out, pull.Comment{ID: int64(n.ID), Author: n.Author.account(), Body: n.Body, At: timeOf(n.CreatedAt),
			Edited: n.EditedAt != nil, EditedBy: n.Editor.account()})
	}
	return out
}
