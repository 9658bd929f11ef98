package approval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// ballot is everybody's vote as one set of options counts it.
type ballot struct {
	terms        Approvals // its options; count and list do not matter here
	contributors contributors
	lean         *contributors // without update merges; nil where they count like any commit
	votes        []vote
}

// ballot counts votes once for all lists with the same options.
func (h *hearing) ballot(a Approvals) (*ballot, error) {
	key := a.optionsKey()
	if b, ok := h.ballots[key]; ok {
		return b, nil
	}
	b := &ballot{terms: a, contributors: h.contributors}
	if a.IgnoreCommitsBy != nil {
		entries, err := parseWords(a.IgnoreCommitsBy)
		if err != nil {
			return nil, err
		}
		b.contributors = contributorsOf(h.request, h.people, func(c pull.Commit) bool { return h.provenBy(c, entries) }, false)
	}
	if a.IgnoreUpdateMerges {
		lean := contributorsOf(h.request, h.people, h.updateMerge, h.updatedLast())
		b.lean = &lean
	}
	papers, err := h.papers(a.methods())
	if err != nil {
		return nil, err
	}
	b.votes = make([]vote, len(papers))
	for i, paper := range papers {
		b.votes[i] = h.weigh(paper, b)
	}
	h.ballots[key] = b
	return b, nil
}

// optionsKey is equal for lists that count votes alike.
func (a Approvals) optionsKey() string {
	m := a.methods()
	if a.Author+a.Contributors+a.NonAuthorContributors == "" && a.IgnoreCommitsBy == nil && !a.IgnoreUpdateMerges && a.By == nil {
		return ""
	}
	return fmt.Sprintf("%t %t %q %t %t %q %q", a.authorCounts(), a.othersCount(), a.IgnoreCommitsBy, a.IgnoreUpdateMerges, m.Reviews, m.Comments, m.Body)
}

// papers are the votes that the methods admit: the latest decisive review of each person, then what was said by
// people whose review decides nothing.
func (h *hearing) papers(m Methods) ([]paper, error) {
	all := make([]paper, 0, len(h.latest))
	decided := make(map[int64]bool, len(h.latest))
	for _, r := range h.latest {
		decided[r.Author.ID] = m.Reviews || r.State != pull.Approved
		if decided[r.Author.ID] {
			all = append(all, paper{Review: r})
		}
	}
	comments, err := phrases(m.Comments)
	if err != nil {
		return nil, err
	}
	body, err := phrases(m.Body)
	if err != nil {
		return nil, err
	}
	for i := len(h.request.Comments) - 1; i >= 0; i-- { // the latest of each person
		c := h.request.Comments[i]
		admitted := comments
		if c.ID == 0 {
			admitted = body
		}
		if c.Author.Known() && !decided[c.Author.ID] && said(admitted, c.Body) {
			decided[c.Author.ID] = !c.Edited
			all = append(all, spoken(c))
		}
	}
	return all, nil
}

// paper is a vote as it was cast: a review, or words that stand for one.
type paper struct {
	pull.Review
	spoken, edited bool
}

func spoken(c pull.Comment) paper {
	return paper{spoken: true, edited: c.Edited, Review: pull.Review{
		ID: c.ID, Author: c.Author, State: pull.Approved, Commit: c.Commit, At: c.At, Content: c.Content, Elsewhere: c.Elsewhere,
	}}
}

// provenBy reports whether everybody whom the commit names is among the entries, and a signature proves it.
func (h *hearing) provenBy(c pull.Commit, entries []From) bool {
	proven := c.ByGitHub || c.Signed != nil && c.Signed.Good
	if !proven || h.among(c.Author, entries) != yes || !websFlow(c) && h.among(c.Committer, entries) != yes {
		return false
	}
	return !slices.ContainsFunc(c.CoAuthors, func(a pull.Account) bool { return h.among(a, entries) != yes })
}

// updateMerge reports whether GitHub's "Update branch" could have made the commit: it merges commits of the base,
// and nothing else, into the branch. What it did to files on the way is not known here.
func (h *hearing) updateMerge(c pull.Commit) bool {
	if !websFlow(c) || len(c.Parents) != 2 || len(h.request.Commits) != h.request.CommitsTotal {
		return false
	}
	return !slices.ContainsFunc(h.request.Commits, func(o pull.Commit) bool { return o.SHA == c.Parents[1] })
}

// updatedLast reports whether the last push is an update merge by whoever pushed.
func (h *hearing) updatedLast() bool {
	return slices.ContainsFunc(h.request.Commits, func(c pull.Commit) bool {
		return c.SHA == h.request.Head.SHA && h.updateMerge(c) && c.Author.ID == h.request.Pusher.ID
	})
}

// shaped finds how an account contributed, in the ballot's eyes. An update merge is forgiven only to somebody who had
// approved the very same landing diff before: then the merge brought nothing in that they had not agreed to.
func (h *hearing) shaped(v paper, b *ballot) (contributor, bool) {
	i, ok := b.contributors.byID[v.Author.ID]
	if !ok || h.forgiven(v, b) {
		return contributor{}, false
	}
	return b.contributors.list[i], true
}

func (h *hearing) forgiven(v paper, b *ballot) bool {
	if b.lean == nil || v.Content == "" || v.Content != h.request.Content {
		return false
	}
	if _, still := b.lean.byID[v.Author.ID]; still {
		return false
	}
	saw, merged := -1, len(h.request.Commits)
	for i, c := range h.request.Commits {
		if c.SHA == v.Commit {
			saw = i
		}
		if c.Author.ID == v.Author.ID {
			merged = min(merged, i)
		}
	}
	return saw >= 0 && saw < merged
}

func listKey(from []string) string { return strings.Join(from, "\x00") }
