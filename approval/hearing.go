package approval

import (
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// hearing is one judgement under way: the facts, and what was worked out from them once for all rules.
type hearing struct {
	request      pull.Request
	files        []pull.File // all that must be governed
	folders      folders     // of files
	people       Humans
	signatures   pull.State
	contributors contributors
	latest       []pull.Review      // each person's latest decisive review
	votes        []vote             // as the usual options count them
	ballots      map[string]*ballot // by options
	panels       map[string]*panel  // by list of entries and options: rules tend to ask the same people
	owners       *codeowners        // the CODEOWNERS file, once it was read
}

// newFacts is a hearing before anybody's vote was weighed: enough to ask conditions.
func newFacts(r pull.Request, people Humans) *hearing {
	files := changedFiles(r)
	return &hearing{
		request: r, files: files, folders: foldersOf(files), people: people,
		contributors: contributorsOf(r, people, nil, false), panels: map[string]*panel{}, ballots: map[string]*ballot{},
	}
}

// changedFiles are the landing diff and, where every commit's own difference was read, what those touch besides.
func changedFiles(r pull.Request) []pull.File {
	type entry struct {
		path    string
		special bool
	}
	files := r.Files
	var seen map[entry]bool
	for _, c := range r.Commits {
		for _, f := range c.Files {
			if seen == nil {
				seen = make(map[entry]bool, len(r.Files))
				for _, landing := range r.Files {
					seen[entry{landing.Path, landing.Special()}] = true
				}
				files = slices.Clip(files)
			}
			if at := (entry{f.Path, f.Special()}); !seen[at] {
				seen[at] = true
				files = append(files, f)
			}
		}
	}
	return files
}

func newHearing(r pull.Request, people Humans, signatures pull.State) *hearing {
	h := newFacts(r, people)
	h.signatures = signatures
	h.latest = latestVotes(r.Reviews)
	if b, err := h.ballot(Approvals{}); err == nil { // the usual options are always fit
		h.votes = b.votes
	}
	return h
}

// outcome is what a requirement, or a part of it, came to.
type outcome struct {
	state  pull.State
	reason pull.Reason
	needs  Needs
	// hopeless says that it rests on signatures that are known not to verify. Their own gate says so; it matters here
	// only where there is an alternative.
	hopeless bool
}

// outstanding counts what other gates have yet to settle.
func (h *hearing) outstanding(n Needs) int {
	count := duoCount(n.Duo)
	if n.Signatures && h.signatures != pull.Pass {
		count++
	}
	return count
}

// union gathers what two parts need. Approvers stay in the order in which they approved.
func (h *hearing) union(a, b Needs) Needs { return unionOf(a, b, h.votes) }

func unionOf(a, b Needs, votes []vote) Needs {
	out := Needs{Duo: duoUnion(a.Duo, b.Duo), Signatures: a.Signatures || b.Signatures, Unsettled: a.Unsettled || b.Unsettled}
	out.Reviewers = a.Reviewers.and(b.Reviewers)
	switch {
	case len(a.Approvers) == 0:
		out.Approvers = b.Approvers
	case len(b.Approvers) == 0 || slices.Equal(a.Approvers, b.Approvers):
		out.Approvers = a.Approvers
	default:
		out.Approvers = inOrder(votes, a.Approvers, b.Approvers)
	}
	return out
}

func inOrder(votes []vote, a, b []pull.Account) []pull.Account {
	var merged []pull.Account
	for _, v := range votes {
		if slices.Contains(a, v.Author) || slices.Contains(b, v.Author) {
			merged = append(merged, v.Author)
		}
	}
	for _, spoken := range slices.Concat(a, b) {
		if !slices.Contains(merged, spoken) {
			merged = append(merged, spoken)
		}
	}
	return merged
}
