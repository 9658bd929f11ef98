package automerge

import (
	"fmt"
	"slices"

	"github.com/sallyport/sallyport/pull"
)

// unverified names a commit that GitHub would not take on a branch which demands signatures that it can verify.
func (c Case) unverified() []pull.Reason {
	by := c.demandsSignatures()
	i := slices.IndexFunc(c.Request.Commits, func(commit pull.Commit) bool { return commit.Unverified })
	if by == "" || i < 0 {
		return nil
	}
	sha := c.Request.Commits[i].SHA
	return []pull.Reason{{Code: "commit-unverified", State: pull.Block, Evidence: map[string]string{"commit": sha, "setting": by},
		Message: fmt.Sprintf("%s requires signed commits (%s), and GitHub finds no valid signature on %.10s.", c.Request.Base.Branch, by, sha),
		Next:    "Sign it with a key that its committer has on GitHub, and push again" + c.orPassSigned()}}
}

// orPassSigned ends a next step with the other way out, where there is one.
func (c Case) orPassSigned() string {
	if c.Request.Rules.SignedClassic {
		return "." + lookAgain
	}
	return ", " + passRuleset + lookAgain
}

// mergeUnverified says that GitHub would not take the merge commit itself. It is known once that was uploaded, which is before
// anybody is asked.
func (c Case) mergeUnverified() []pull.Reason {
	by := c.demandsSignatures()
	if by == "" || c.Doubt == "" {
		return nil
	}
	return []pull.Reason{{Code: "merge-unverified", State: pull.Block, Evidence: map[string]string{"reason": c.Doubt, "setting": by},
		Message: fmt.Sprintf("%s requires signed commits (%s), and GitHub finds no valid signature on Sallyport's own merge commit: %s.", c.Request.Base.Branch, by, doubts(c.Doubt)),
		Next:    keyToGitHub + c.orPassSigned()}}
}

// doubts says in words what GitHub's reason means. https://docs.github.com/rest/git/commits lists the reasons.
func doubts(reason string) string {
	switch reason {
	case "unknown_key":
		return "the key is on no account"
	case "no_user":
		return "no account has the address in it"
	case "unverified_email":
		return "the account with the key has not verified the address"
	case "bad_email":
		return "the address is not one of the key's"
	case "expired_key", "not_signing_key":
		return "as that account has it, the key may not sign (" + reason + ")"
	}
	return "it says " + reason
}

// demandsSignatures is the setting by which each commit that lands as it is must be signed; empty where none is known that we may
// not pass by. Squashed commits are GitHub's own.
func (c Case) demandsSignatures() string {
	method, barred := c.Policy.MethodFor(c.Request), c.barred("required_signatures")
	moves := method == pull.MethodExact || method == pull.MethodFastForward || c.glassExactly()
	switch {
	case c.Request.Rules.SignedClassic && (moves || method == pull.MethodMerge):
		return classicProtection
	case moves && len(barred) > 0:
		return "ruleset " + barred[0].Name
	}
	return ""
}
