package automerge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// refusals reports that this very landing was tried and turned down for good: trying again would be turned down
// again, so it waits until something moves or a person asks for a recheck.
func (c Case) refusals() []pull.Reason {
	for _, i := range c.Intents {
		if i.State != pull.IntentRefused || i.Code == "" || !i.Binding.Same(c.Binding) && !c.refusedInBatch(i.Binding) {
			continue
		}
		missing := named(i)
		return []pull.Reason{{Code: "landing-refused", State: pull.Block,
			Message:  "GitHub refused the landing: " + i.Detail,
			Evidence: map[string]string{"refusal": i.Code, "setting": missing.code, "base": i.Binding.Base, "head": i.Binding.Head},
			Next:     missing.how(c) + ", then comment /sallyport recheck."}}
	}
	return nil
}

// obstacle is a setting that keeps GitHub from taking a landing, by the words in which GitHub says so.
type obstacle struct {
	code  string
	words []string // lower-case; any of them is enough
	how   func(c Case) string
}

func always(text string) func(Case) string { return func(Case) string { return text } }

// settings are looked through in order: a sentence that names two things is taken for the first.
var settings = []obstacle{
	{"workflows-permission", []string{"`workflows` permission", "workflows permission", "create or update workflow"},
		always("Grant the GitHub App the permission Workflows: write and accept it on the installation, or have a person with that right merge it")},
	{"required-signatures", []string{"verified signature", "commits must be signed"},
		always(keyToGitHub + ", or make the app a bypass actor of the ruleset that requires signatures")},
	{"linear-history", []string{"must not contain merge commits", "linear history"},
		always("Set automerge.method to squash or rebase, or drop the rule that requires a linear history")},
	{"merge-queue", []string{"merge queue"}, always("Set automerge.method to queue, or drop the merge queue rule")},
	{"required-checks", []string{"status check"}, checksOnMerge},
	{"pull-request-required", []string{"through a pull request"},
		always("Make the app a bypass actor of the ruleset that requires pull requests; in classic branch protection, let it bypass required pull requests")},
	{"branch-locked", []string{"is locked", "read-only"}, always("Unlock the branch in its protection rule")},
	{"push-restricted", []string{"not authorized to push", "protected branch update failed"}, always(letPush)},
	{"update-restricted", []string{"cannot update this protected ref", "updates being restricted"},
		always("Make the app a bypass actor of the ruleset that restricts updates")},
	{"force-push", []string{"force-push", "force push", "not a fast forward"},
		always("Nothing of Sallyport's is ever forced: find out who rewrote the branch, and keep the rule")},
	{"notes-unreadable", []string{"points to something that is no commit"},
		always("Find out who did that, and point refs/notes/sallyport to the newest commit of notes that you trust, or delete it to begin anew")},
	{"contents-permission", []string{"not accessible by integration"},
		always("Grant the GitHub App the permission Contents: write and accept it on the installation")},
}

const keyToGitHub = "Add the bot's public key to the GitHub account whose e-mail address is in the key, so that GitHub can verify its commits"

const letPush = "Add the app to those who may push in the branch's protection rule (Restrict who can push to matching branches)"

// named finds the setting that GitHub's sentence speaks of.
func named(i pull.Intent) obstacle {
	said := strings.ToLower(i.Detail)
	for _, s := range settings {
		for _, words := range s.words {
			if strings.Contains(said, words) {
				return s
			}
		}
	}
	return obstacle{code: "unknown", how: always("Mend the setting that GitHub names")}
}

// checksOnMerge says where checks are required that M cannot carry, as the rules show it now.
func checksOnMerge(c Case) string {
	if c.Binding.Method != pull.MethodExact {
		return "Have the check that GitHub names succeed on the head, or take it out of the rules"
	}
	for _, want := range c.Request.Rules.Checks {
		if c.mine(want.Name) {
			continue
		}
		return fmt.Sprintf("The check %q is required by %s, and CI has run on the head, not on the merge commit. %s", want.Name, want.From, bypassOrMove(want))
	}
	return "Make the app a bypass actor of the ruleset that requires CI; Sallyport itself waits for every check on the head"
}

func bypassOrMove(want pull.RequiredCheck) string {
	if want.From == classicProtection {
		return "No app can pass by classic branch protection: require the check in a ruleset, and make the app its bypass actor (Always)"
	}
	return "Make the app a bypass actor (Always) of that ruleset; Sallyport itself waits for every check on the head"
}

// mine reports whether a check is one of our own.
func (c Case) mine(name string) bool {
	return slices.ContainsFunc(c.Reports, func(r pull.Report) bool { return r.Name == name })
}
