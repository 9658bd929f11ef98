package duobot

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// JudgeSignatures says whether every commit of the pull request is signed by a key whose owner, by the people file,
// is the account that GitHub names as the commit's committer or author. It is pure; results holds what
// signature.Verify said of each commit, by its SHA. There is one reason for each commit that is not. Of what GitHub
// itself signed, only a clean update from the target branch passes: all that it holds was judged elsewhere.
func JudgeSignatures(need bool, r pull.Request, results map[string]signature.Result, people *People) pull.Verdict {
	verdict := pull.Verdict{Gate: pull.GateSignatures, State: pull.Pass}
	if !need {
		verdict.Reasons = []pull.Reason{{Code: "signatures-not-required", State: pull.Pass, Message: "Not required for these paths."}}
		return verdict
	}
	if unseen := r.CommitsTotal - len(r.Commits); unseen != 0 || len(r.Commits) == 0 {
		verdict.Reasons = append(verdict.Reasons, incomplete(r))
	}
	if reason, stale := keyringStale(r, results); stale {
		verdict.State, verdict.Reasons = pull.Block, append(verdict.Reasons, reason)
		return verdict
	}
	for _, commit := range r.Commits {
		if reason, bad := judgeCommit(commit, results[commit.SHA], people); bad {
			verdict.Reasons = append(verdict.Reasons, reason)
		}
	}
	if len(verdict.Reasons) > 0 {
		verdict.State = pull.Block
		return verdict
	}
	verdict.Reasons = []pull.Reason{{Code: "signatures-good", State: pull.Pass, Evidence: signers(r, results, people),
		Message: fmt.Sprintf("All %d commits are signed by their author or committer.", len(r.Commits))}}
	if slices.ContainsFunc(r.Commits, func(c pull.Commit) bool { return c.ByGitHub }) {
		verdict.Reasons[0].Message = "All commits are signed by their author or committer, or are clean updates from the target branch."
	}
	if len(r.Commits) == 1 {
		verdict.Reasons[0].Message = "The commit is signed by its author or committer."
	}
	return verdict
}

func incomplete(r pull.Request) pull.Reason {
	return pull.Reason{Code: "signatures-incomplete",
		Message:  fmt.Sprintf("Only %d of %d commits could be read, so not every signature was seen.", len(r.Commits), r.CommitsTotal),
		Evidence: map[string]string{"seen": fmt.Sprint(len(r.Commits)), "total": fmt.Sprint(r.CommitsTotal)},
		Next:     "Split the pull request into smaller ones, or comment /sallyport recheck"}
}

// keyringStale tells once what is no commit's fault. A commit that is refused for its own sake may hide it from its
// own result, but not from the others'.
func keyringStale(r pull.Request, results map[string]signature.Result) (pull.Reason, bool) {
	for _, commit := range r.Commits {
		if found := results[commit.SHA]; found.Code == signature.KeyringStale {
			return pull.Reason{Code: found.Code, Message: found.Message, Evidence: found.Evidence, Next: found.Next}, true
		}
	}
	return pull.Reason{}, false
}

func judgeCommit(c pull.Commit, result signature.Result, people *People) (pull.Reason, bool) {
	reason := pull.Reason{Evidence: commitEvidence(c, result)}
	owner, owned := people.ByFingerprint(result.Fingerprint)
	switch {
	case c.ByGitHub && c.Update && signature.Proven(c) == nil:
		return pull.Reason{}, false
	case c.ByGitHub:
		reason.Code = "signature-web-flow"
		reason.Message = fmt.Sprintf("Commit %.12s was signed by GitHub, which is not a person's word, and is more than a clean update from the target branch.", c.SHA)
		reason.Next = "Make the commit on your own machine with git commit -S (a merge: git merge -S), and push it in place of GitHub's"
	case result.Code != signature.Good:
		reason.Code, reason.Next = result.Code, result.Next
		reason.Message = fmt.Sprintf("Commit %.12s: %s", c.SHA, result.Message)
	case !result.OK():
		reason.Code = "signature-unchecked"
		reason.Message = fmt.Sprintf("The signature of commit %.12s has not been checked.", c.SHA)
		reason.Next = "Comment /sallyport recheck"
	case !owned:
		reason.Code = "signature-key-unowned"
		reason.Message = fmt.Sprintf("Commit %.12s is signed by a key that belongs to nobody in the people file.", c.SHA)
		reason.Next = "Ask an operator to list the fingerprint under its owner in the people file"
	case !wrote(owner, c):
		reason.Code = "signature-not-committer"
		reason.Evidence["owner"] = owner.Name
		reason.Message = fmt.Sprintf("Commit %.12s is signed by %s, who is neither its committer nor its author.", c.SHA, owner.Name)
		reason.Next = "Let the committer sign it; GitHub must know the commit's e-mail address as the committer's"
	default:
		return pull.Reason{}, false
	}
	return reason, true
}

// wrote reports whether GitHub attributes the commit to one of the person's accounts.
func wrote(p Person, c pull.Commit) bool {
	return c.Committer.Known() && p.owns(c.Committer.Login) || c.Author.Known() && p.owns(c.Author.Login)
}

func commitEvidence(c pull.Commit, result signature.Result) map[string]string {
	evidence := map[string]string{"commit": c.SHA, "committer": name(c.Committer), "author": name(c.Author)}
	if result.Fingerprint != "" {
		evidence["fingerprint"] = result.Fingerprint
	}
	for key, value := range result.Evidence {
		if _, taken := evidence[key]; !taken {
			evidence[key] = value
		}
	}
	return evidence
}

// signers maps each key that signed to its owner.
func signers(r pull.Request, results map[string]signature.Result, people *People) map[string]string {
	evidence := map[string]string{}
	for _, commit := range r.Commits {
		fingerprint := results[commit.SHA].Fingerprint
		if commit.ByGitHub {
			evidence[commit.SHA] = "GitHub's clean update from the target branch"
			continue
		}
		owner, _ := people.ByFingerprint(fingerprint)
		evidence[fingerprint] = owner.Name
	}
	return evidence
}
