package policybot

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// Condition is one of policy-bot's predicates, as it stands under "if" or "conditions".
type Condition interface {
	// Key is the predicate's name in a policy file.
	Key() string
	// actors are the people whose standing the predicate rests on.
	actors() Actors
	judge(h *hearing) finding
}

// finding is what a predicate came to: whether it holds, what was seen, and where nobody can tell, why.
type finding struct {
	holds truth
	saw   string
	doubt pull.Reason
}

func found(holds bool, saw string) finding { return finding{holds: truthOf(holds), saw: saw} }

func doubtful(why pull.Reason) finding { return finding{doubt: why, saw: "not known"} }

// impersonal is embedded by predicates that rest on nobody's standing.
type impersonal struct{}

func (impersonal) actors() Actors { return Actors{} }

// weigh judges a predicate and puts what it saw into a reason. state is how the reason shows when it does not hold.
func (h *hearing) weigh(c Condition, state pull.State) (truth, pull.Reason) {
	f := h.read(c)
	reason := pull.Reason{Evidence: map[string]string{"condition": c.Key(), "saw": f.saw}}
	switch f.holds {
	case yes:
		reason.Code, reason.State = "condition-holds", pull.Pass
		reason.Message = fmt.Sprintf("%s holds: %s.", c.Key(), f.saw)
	case no:
		reason.Code, reason.State = "condition-fails", state
		reason.Message = fmt.Sprintf("%s does not hold: %s.", c.Key(), f.saw)
	case unknown:
		reason.Code, reason.Next = "condition-unknown", f.doubt.Next
		reason.Message = fmt.Sprintf("Nobody can tell whether %s holds.", c.Key())
		reason.Because = []pull.Reason{f.doubt}
	}
	return f.holds, reason
}

// all judges every condition: one that does not hold settles the matter, whatever else is in doubt.
func (h *hearing) all(conditions []Condition, state pull.State) (truth, []pull.Reason) {
	holds, reasons := yes, []pull.Reason(nil)
	for _, c := range conditions {
		t, reason := h.weigh(c, state)
		if t == no || t == unknown && holds == yes {
			holds = t
		}
		reasons = append(reasons, reason)
	}
	return holds, reasons
}

// Branch is targets_branch, or from_branch where From is set; a fork's branch is "owner:branch".
type Branch struct {
	impersonal
	From    bool
	Pattern Pattern
}

// Key names the predicate.
func (c Branch) Key() string {
	if c.From {
		return "from_branch"
	}
	return "targets_branch"
}

func (c Branch) judge(h *hearing) finding {
	branch := h.request.Base.Branch
	if c.From {
		branch = h.request.Head.Branch
		if h.request.Head.Repo != h.request.Repo.ID {
			branch = h.request.Head.Owner + ":" + branch
		}
	}
	return found(c.Pattern.match(branch), fmt.Sprintf("branch %q, pattern %q", branch, c.Pattern))
}

// Match is title or repository: it holds when some of Matches matches, or none of NotMatches does.
type Match struct {
	impersonal
	Repository bool
	Matches    []Pattern
	NotMatches []Pattern
}

// Key names the predicate.
func (c Match) Key() string {
	if c.Repository {
		return "repository"
	}
	return "title"
}

func (c Match) judge(h *hearing) finding {
	text := h.request.Title
	if c.Repository {
		text = h.request.Repo.FullName()
	}
	holds := anyMatch(c.Matches, text) || len(c.NotMatches) > 0 && !anyMatch(c.NotMatches, text)
	return found(holds, fmt.Sprintf("%s %q", c.Key(), text))
}

// HasLabels holds when all labels are set, in any case.
type HasLabels struct {
	impersonal
	Labels []string
}

// Key names the predicate.
func (HasLabels) Key() string { return "has_labels" }

func (c HasLabels) judge(h *hearing) finding {
	var missing []string
	for _, want := range c.Labels {
		if !containsFold(h.request.Labels, want) {
			missing = append(missing, want)
		}
	}
	saw := "labels " + quotedList(h.request.Labels)
	if len(missing) > 0 {
		saw += ", missing " + quotedList(missing)
	}
	return found(len(missing) == 0, saw)
}

func containsFold(list []string, s string) bool {
	for _, o := range list {
		if strings.EqualFold(o, s) {
			return true
		}
	}
	return false
}
