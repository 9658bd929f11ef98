package policybot

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// Conclusions are the words that has_status and has_workflow_result may accept: GitHub's, for how a check ends.
var Conclusions = []string{
	"success", "failure", "neutral", "skipped", "cancelled", "timed_out", "action_required", "stale", "startup_failure", "error",
}

// HasStatus is has_status, and has_successful_status where Successful is set: every named check run and commit status
// on the head has ended with one of Conclusions. A name that stands for both a check run and a status asks both.
type HasStatus struct {
	impersonal
	Successful  bool
	Conclusions []string
	Statuses    []string
}

// Key names the predicate.
func (c HasStatus) Key() string {
	if c.Successful {
		return "has_successful_status"
	}
	return "has_status"
}

func (c HasStatus) judge(h *hearing) finding {
	var seen []outcome
	for _, check := range h.request.Checks {
		seen = append(seen, outcome{check.Name, check.Done(), check.Conclusion})
	}
	return concluded(seen, c.Statuses, c.Conclusions)
}

// HasWorkflowResult asks the same of GitHub Actions workflows, by the path of the workflow's file. A workflow that
// several kinds of event started asks the latest run of each.
type HasWorkflowResult struct {
	impersonal
	Conclusions []string
	Workflows   []string
}

// Key names the predicate.
func (HasWorkflowResult) Key() string { return "has_workflow_result" }

func (c HasWorkflowResult) judge(h *hearing) finding {
	var seen []outcome
	for _, w := range h.request.Workflows {
		seen = append(seen, outcome{w.Path, w.Status == "completed", w.Conclusion})
	}
	return concluded(seen, c.Workflows, c.Conclusions)
}

// outcome is how something that runs on the head stands.
type outcome struct {
	name       string
	done       bool
	conclusion string
}

func (o outcome) String() string {
	if !o.done {
		return o.name + " is not done"
	}
	return o.name + " ended with " + o.conclusion
}

func concluded(seen []outcome, names, accepted []string) finding {
	var good []string
	for _, name := range names {
		ran := false
		for _, o := range seen {
			if o.name != name {
				continue
			}
			ran = true
			if !o.done || !slices.Contains(accepted, o.conclusion) {
				return found(false, o.String())
			}
		}
		if !ran {
			return found(false, name+" did not run")
		}
		good = append(good, name)
	}
	return found(true, fmt.Sprintf("%s: %s", series(good, "and"), series(accepted, "or")))
}

// commitsUnseen is the doubt of every predicate about commits while some could not be read.
func commitsUnseen(r pull.Request) pull.Reason {
	return pull.Reason{
		Code:     "commits-unseen",
		Message:  fmt.Sprintf("Only %d of %d commits could be read.", len(r.Commits), max(r.CommitsTotal, 1)),
		Evidence: map[string]string{"read": fmt.Sprint(len(r.Commits)), "total": fmt.Sprint(r.CommitsTotal)},
		Next:     "Split the pull request into smaller ones",
	}
}
