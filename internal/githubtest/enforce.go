package githubtest

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// refusals says, in GitHub's words, what protection and rulesets have against an update; nothing means go ahead.
func (r *Repo) refusals(u refUpdate) []string {
	branch, ok := branchOf(u.Ref)
	if !ok {
		return nil
	}
	var no []string
	if p := r.protection(branch); p != nil {
		no = append(no, p.refusals(r, u)...)
	}
	for _, rs := range r.rulesetsFor(branch) {
		if rs.Enforcement == "active" && !rs.bypassed(r, u) {
			no = append(no, rs.refusals(r, u)...)
		}
	}
	return no
}

// missingReviews says what a pull request's approvals lack.
func (r *Repo) missingReviews(u refUpdate, need int, fresh bool) []string {
	if u.Pull == nil || need == 0 {
		return nil
	}
	if slices.ContainsFunc(r.decisive(u.Pull), func(v *Review) bool { return v.state == "CHANGES_REQUESTED" }) {
		return []string{"Changes have been requested."}
	}
	if have := r.approvals(u.Pull, fresh); have < need {
		if need == 1 {
			return []string{"At least 1 approving review is required by reviewers with write access."}
		}
		return []string{fmt.Sprintf("At least %d approving reviews are required by reviewers with write access.", need)}
	}
	return nil
}

// decisive lists the newest decisions of people who may write.
func (r *Repo) decisive(p *Pull) []*Review {
	return slices.DeleteFunc(p.latestReviews(), func(v *Review) bool { return r.role(v.author) < pull.Write })
}

func (r *Repo) approvals(p *Pull, fresh bool) int {
	n := 0
	for _, v := range r.decisive(p) {
		if v.state == "APPROVED" && (!fresh || v.commit == p.headSHA) {
			n++
		}
	}
	return n
}

// landsApproved reports whether a push lands an open pull request as it stands, approved: GitHub lets such a push through.
func (r *Repo) landsApproved(u refUpdate, need int) bool {
	for _, p := range r.pulls {
		if !p.closed && "refs/heads/"+p.baseBranch == u.Ref && r.git.contains(u.After, p.headSHA) {
			c, err := r.git.commit(u.After)
			if err == nil && slices.Contains(append(c.Parents, u.After), p.headSHA) && r.approvals(p, false) >= need {
				return true
			}
		}
	}
	return false
}

// nonLinear refuses merge commits among what is new.
func (r *Repo) nonLinear(u refUpdate) []string {
	method := r.methodOf(u)
	if method == "squash" || method == "rebase" {
		return nil
	}
	if method == "merge" {
		return []string{"Merge commits are not allowed on this branch: linear history is required."}
	}
	for _, sha := range r.between(u.Before, u.After) {
		if c, err := r.git.commit(sha); err == nil && len(c.Parents) > 1 {
			return []string{"This branch must not contain merge commits."}
		}
	}
	return nil
}

// methodOf is how GitHub makes the commit that lands; a merge queue has a method of its own.
func (r *Repo) methodOf(u refUpdate) string {
	branch, _ := branchOf(u.Ref)
	if rule := r.queueRule(branch); rule != nil && u.Method == "queue" {
		return rule.queueMethod()
	}
	return u.Method
}

// unsigned refuses commits that GitHub cannot verify. What GitHub makes for a pull request, it signs; a rebase it does not.
func (r *Repo) unsigned(u refUpdate) []string {
	to := u.After
	switch r.methodOf(u) {
	case "squash":
		return nil
	case "rebase":
		return []string{"Commits must have verified signatures: rebasing cannot keep them."}
	case "merge":
		to = u.Pull.headSHA
	}
	n := 0
	for _, sha := range r.between(u.Before, to) {
		if c, err := r.git.commit(sha); err == nil && r.s.verify(c).State != "VALID" {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Commits must have verified signatures. Found %d violation(s).", n)}
}
