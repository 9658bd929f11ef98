package policybot

import (
	"fmt"
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// faults are what blocks a change although the rules approve it.
func faults(r pull.Request, root result) []pull.Reason {
	if len(r.Files) == 0 {
		return []pull.Reason{{
			Code: "nothing-to-approve", Message: fmt.Sprintf("Nothing to approve: %s already holds everything in this pull request.", r.Base.Branch),
			Next: "Push a change, or close the pull request",
		}}
	}
	var found []pull.Reason
	if odds := only(r.Files, odd); len(odds) > 0 {
		found = append(found, fault("odd-path", "%s may not be what it looks like: hidden characters, invalid UTF-8 or decomposed letters.", odds,
			"Rename it in plain, composed UTF-8 without hidden characters"))
	}
	if root.standing != approved || len(root.approvers) > 0 {
		return found
	}
	if tier := only(r.Files, decidesLanding); len(tier) > 0 {
		found = append(found, fault("policy-unprotected", "%s decides what may land, but no rule asks a person to approve it.", tier,
			"In the policy on the target branch, ask for an approval where .policy.yml, .sallyport.yml or .github/ change"))
	}
	if specials := only(r.Files, pull.File.Special); len(specials) > 0 {
		found = append(found, fault("special-entry", "%s is a symlink, a submodule or a change of mode, and no rule asks a person to approve it.", specials,
			"Use plain files, or ask a person to approve"))
	}
	return found
}

// decidesLanding reports whether a path is part of the gate itself, or of the workflows behind it.
func decidesLanding(f pull.File) bool {
	return f.Path == PolicyFile || f.Path == ".sallyport.yml" || f.Path == ".bulldozer.yml" || f.Path == ".github" || strings.HasPrefix(f.Path, ".github/")
}

func fault(code, message string, files []pull.File, next string) pull.Reason {
	return pull.Reason{
		Code: code, Message: fmt.Sprintf(message, shownPaths(files)), Next: next,
		Evidence: map[string]string{"paths": shownPaths(files)},
	}
}

func only(files []pull.File, wanted func(pull.File) bool) []pull.File {
	var found []pull.File
	for _, f := range files {
		if wanted(f) {
			found = append(found, f)
		}
	}
	return found
}
