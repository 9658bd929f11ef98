package approval

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// bench is who may hold a rule up, and who may lift what others raised.
type bench struct {
	approvers []From // whoever could approve may object in a review
	block     []From // so may these, and in a comment
	phrases   []phrase
	lift      []From
}

// vetoes are standing objections by people who could approve under some governing rule, or whom it names for that.
// Having contributed does not take a veto away: otherwise naming an objector as co-author of a pushed commit would
// silence them. Neither does a role that could not be read.
func (h *hearing) vetoes(groups []Governed) []pull.Reason {
	benches := h.benches(groups)
	var reasons []pull.Reason
	for _, v := range h.votes {
		if (v.State == pull.ChangesRequested || v.Objected) && v.Author.ID != h.request.Author.ID && h.upheld(v.paper, benches) {
			reasons = append(reasons, veto(v))
		}
	}
	return append(reasons, h.spokenVetoes(benches)...)
}

// benches are those of the governing rules; rules without a block of their own share one.
func (h *hearing) benches(groups []Governed) []bench {
	var shared bench
	var own []bench
	seen := map[From]bool{}
	for _, g := range groups {
		entries := h.entries(g.Rule, g.Files)
		if b := g.Rule.Block; b != nil {
			all, _ := phrases(b.Comments) // check saw to it that they compile
			own = append(own, bench{entries, parsed(b.From), all, parsed(b.Lift)})
			continue
		}
		for _, e := range entries {
			if !seen[e] {
				seen[e] = true
				shared.approvers = append(shared.approvers, e)
			}
		}
	}
	return append(own, shared)
}

// upheld reports whether some bench hears the objection and nobody whom it names for that lifted it.
func (h *hearing) upheld(v paper, benches []bench) bool {
	return slices.ContainsFunc(benches, func(b bench) bool {
		heard := slices.Clip(b.approvers)
		if v.spoken {
			heard = nil
		}
		heard = append(heard, b.block...)
		if len(heard) == 0 {
			return false
		}
		code := h.unqualified(v.Author, heard)
		return (code == "" || code == "role-unknown") && !h.lifted(v, b)
	})
}

func (h *hearing) lifted(v paper, b bench) bool {
	if v.Objected && h.settledByDismissal(v, b) {
		return true
	}
	if len(b.lift) == 0 {
		return false
	}
	return slices.ContainsFunc(h.votes, func(w vote) bool {
		return w.State == pull.Approved && w.objection.Code == "" && w.At.After(v.At) && h.unqualified(w.Author, b.lift) == ""
	})
}

// settledByDismissal reports whether whoever dismissed an objection had a say in it: on GitHub whoever may write can dismiss reviews,
// the author of the change among them.
func (h *hearing) settledByDismissal(v paper, b bench) bool {
	by := v.DismissedBy
	if by.Known() && by.ID == v.Author.ID {
		return true
	}
	_, contributed := h.contributors.byID[by.ID]
	if !by.Known() || contributed {
		return false
	}
	_, twin := h.contributors.twin(by)
	admin := []From{{Role: pull.Admin}}
	return !twin && (h.unqualified(by, admin) == "" || len(b.lift) > 0 && h.unqualified(by, b.lift) == "")
}

func veto(v vote) pull.Reason {
	if v.Objected {
		return overruled(v)
	}
	return pull.Reason{
		Code:     "changes-requested",
		Message:  fmt.Sprintf("%s requested changes.", v.Author.Login),
		Evidence: map[string]string{"login": v.Author.Login, "commit": v.Commit},
		Next:     fmt.Sprintf("Make the changes and ask %s to review again, or have the review dismissed", v.Author.Login),
	}
}

// overruled is an objection that was dismissed by somebody who had no say in it. GitHub lets nobody dismiss it once more.
func overruled(v vote) pull.Reason {
	by := v.DismissedBy.Login
	if by == "" {
		by = "somebody whom GitHub does not name"
	}
	return pull.Reason{
		Code:     "changes-requested",
		Message:  fmt.Sprintf("%s requested changes. That %s dismissed it does not settle it.", v.Author.Login, by),
		Evidence: map[string]string{"login": v.Author.Login, "commit": v.Commit, "dismissed_by": v.DismissedBy.Login},
		Next:     fmt.Sprintf("Ask %s to review again; where they cannot, open a new pull request", v.Author.Login),
	}
}

// spokenVetoes are objections raised in comments. An edited one counts as well: here doubt is a no.
func (h *hearing) spokenVetoes(benches []bench) []pull.Reason {
	var reasons []pull.Reason
	for _, c := range h.request.Comments {
		heard := slices.DeleteFunc(slices.Clone(benches), func(b bench) bool { return !said(b.phrases, c.Body) })
		v := spoken(c)
		if len(heard) == 0 || c.ID == 0 || c.Author.ID == h.request.Author.ID || h.withdrawn(v) || !h.upheld(v, heard) {
			continue
		}
		reasons = append(reasons, pull.Reason{
			Code:     "blocked-by-comment",
			Message:  fmt.Sprintf("%s objected in a comment.", c.Author.Login),
			Evidence: map[string]string{"login": c.Author.Login, "comment": fmt.Sprint(c.ID)},
			Next:     fmt.Sprintf("Settle it with %s, who can approve or delete the comment", c.Author.Login),
		})
	}
	return reasons
}

// withdrawn reports whether the same person approved after they objected.
func (h *hearing) withdrawn(v paper) bool {
	return slices.ContainsFunc(h.votes, func(w vote) bool {
		return w.Author.ID == v.Author.ID && w.State == pull.Approved && w.At.After(v.At) && h.staleness(w.paper).Code == ""
	})
}

// entries are everybody whom a rule asks for the files, at any depth.
func (h *hearing) entries(rule Rule, files []pull.File) []From {
	var entries []From
	for _, list := range rule.Require.lists() {
		entries = append(entries, list.entries()...)
	}
	return append(entries, h.ownerEntries(rule.Require, files)...)
}

// entries are whom the list names, which Check saw to be readable.
func (a Approvals) entries() []From {
	entries, _ := parseAll(a.From)
	return entries
}

// lists are the requirement's approvals lists, at any depth.
func (q Requirement) lists() []Approvals {
	var found []Approvals
	if q.Approvals != nil {
		found = append(found, *q.Approvals)
	}
	for _, part := range q.Any {
		found = append(found, part.lists()...)
	}
	for _, part := range q.All {
		found = append(found, part.lists()...)
	}
	return found
}
