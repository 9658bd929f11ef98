package hub

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// GitHub makes a test merge when the head or the merge base moves, and else twice a day: while others land, a pull request shows
// the one with the tip of earlier days (https://github.blog/changelog/2026-02-19-changes-to-test-merge-commit-generation-for-pull-requests).
// What merging into the present tip gives follows from it where the two sides changed different files.

// outdated reports whether GitHub, which can merge this head, shows how it merges into an older tip of the target.
func (p *pullFacts) outdated(base string) bool {
	if p.Mergeable != "MERGEABLE" || p.Test == nil || p.Test.Tree == nil || p.Tip.head() != p.Head {
		return false
	}
	parents := p.Test.parents()
	return p.Test.Parents.TotalCount == 2 && len(parents) == 2 && parents[0] != base && parents[1] == p.Head && p.Test.Parents.Nodes[0].Tree.OID != ""
}

// carryOver works out the test merge with the present base from one with an older tip. Where both sides changed the same file
// or moved a folder, only GitHub can tell: then it is Outdated. The trees that it is made of are known afterwards.
func (h *Hub) carryOver(ctx context.Context, repo pull.Repo, p *pullFacts, base pull.Base, known map[string]tree) (pull.TestMerge, error) {
	before := p.Test.Parents.Nodes[0]
	if follows, err := h.follows(ctx, repo, before.OID, base.SHA); err != nil || !follows {
		return pull.TestMerge{}, err // the target was rewritten, or is another one: GitHub makes a test merge for that
	}
	older, merged := before.Tree.OID, p.Test.Tree.OID
	ours, err := h.landingDiff(ctx, repo, sides{base: older, merge: base.Tree}, known, nil)
	if err != nil {
		return pull.TestMerge{}, fmt.Errorf("reading what landed since GitHub's test merge: %w", err)
	}
	theirs, err := h.landingDiff(ctx, repo, sides{base: older, merge: merged}, known, nil)
	if err != nil {
		return pull.TestMerge{}, fmt.Errorf("reading GitHub's test merge with an older tip: %w", err)
	}
	if meet(ours, theirs) {
		return pull.TestMerge{State: pull.Outdated}, nil
	}
	for range maxDepth + 1 {
		w := &walk{hub: h, known: known}
		moved := w.loses(theirs, older, base.Tree) || w.loses(ours, older, merged)
		tree := w.graft(base.Tree, changesOf(theirs))
		switch {
		case len(w.missing) > 0:
			found, err := h.fetchTrees(ctx, repo, w.missing)
			if err != nil {
				return pull.TestMerge{}, err
			}
			for id, t := range found {
				known[id] = t
			}
		case moved || tree == "":
			return pull.TestMerge{State: pull.Outdated}, nil
		default:
			h.carried.put(tree, carried{base.Tree, theirs}, len(theirs)+1)
			return rehearsed(tree, base.SHA, p.Head), nil
		}
	}
	return pull.TestMerge{}, tooDeep("")
}

// rehearsed is the test merge that GitHub would show of a tree.
func rehearsed(tree, base, head string) pull.TestMerge {
	name := hashObject("commit", []byte(pull.Rehearsal(tree, base, head)), len(tree))
	return pull.TestMerge{State: pull.Clean, SHA: name, Tree: tree, Parents: []string{base, head}, Nameless: true}
}
