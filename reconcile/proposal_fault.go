package reconcile

import (
	"fmt"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/pull"
)

// proposalFault blocks a pull request that would break the gate for everybody, and warns of what is hardly meant.
func (w World) proposalFault(v pull.Verdict) pull.Verdict {
	var faults []pull.Reason
	for _, d := range w.Proposal.Drafts {
		if d.Idle {
			continue
		}
		if reason, faulty := d.fault(); faulty {
			faults = append(faults, reason)
			v.State = pull.Block
		}
		for _, p := range d.Problems.List() {
			v.Annotations = append(v.Annotations, pull.Annotation{Path: d.Source.Path, Line: max(p.Line, 1), Message: annotated(p)})
		}
	}
	v.Reasons = append(faults, v.Reasons...)
	for _, d := range w.Proposal.Drafts {
		for _, p := range d.Warnings {
			v.Reasons = append(v.Reasons, pull.Reason{Code: "policy-warning", State: pull.Pass, Message: "In the proposed policy, " + p.String() + ".",
				Next: p.Mend, Evidence: map[string]string{"line": p.Excerpt}})
			v.Annotations = append(v.Annotations, pull.Annotation{Path: d.Source.Path, Line: max(p.Line, 1), Message: annotated(p), Warning: true})
		}
	}
	return v
}

// fault says why nothing could be judged, or nothing could land, by the draft.
func (d Draft) fault() (pull.Reason, bool) {
	problems := d.Problems.List()
	if d.Source.Unreadable == "" && len(problems) == 0 {
		return pull.Reason{}, false
	}
	reason := pull.Reason{Code: "policy-change-invalid",
		Next: "Mend the policy in this pull request; `sallyport check FILE` tries it beforehand."}
	what, then := "policy", "would block everything"
	if d.Landing {
		reason.Code, what, then = "landing-change-invalid", "file about landing", "would let nothing land by itself"
		reason.Next = "Mend the file in this pull request; `sallyport check FILE` tries it beforehand."
	}
	if d.Source.Unreadable != "" {
		reason.Message = fmt.Sprintf("Once merged, the %s could not be read, and %s: %s.", what, then, d.Source.Unreadable)
	} else {
		reason.Message = fmt.Sprintf("Once merged, this %s %s: %s.", what, then, problems[0].String())
	}
	for _, p := range problems {
		reason.Because = append(reason.Because, pull.Reason{Code: "policy-problem", Message: p.String(), Next: p.Mend,
			Evidence: map[string]string{"line": p.Excerpt}})
	}
	return reason, true
}

// mended tells a pull request that would put a good policy in the place of one that cannot be judged by how it can land:
// whatever is wrong with a policy, nobody approves by it.
func (w World) mended(reason pull.Reason) pull.Reason {
	for _, d := range w.Proposal.Drafts {
		if _, faulty := d.fault(); !faulty && d.Source.Path == w.Request.Policy.Path {
			reason.Next = "This pull request mends it, and cannot be judged by what it mends: an admin of the repository has to merge it past the required checks."
		}
	}
	return reason
}

func annotated(p config.Problem) string {
	if p.Mend == "" {
		return p.Text
	}
	return p.Text + "; " + p.Mend
}
