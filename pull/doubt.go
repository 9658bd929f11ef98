package pull

import "fmt"

// Unsettled says why nobody can judge yet what would land, where Test is not Clean.
func (r Request) Unsettled() Reason {
	reason := Reason{State: Wait, Evidence: map[string]string{"head": r.Head.SHA, "base": r.Base.SHA}}
	switch r.Test.State {
	case Conflict:
		reason.Code = "conflict"
		reason.Message = fmt.Sprintf("Waiting: the branch conflicts with %s, so nobody can say what would land.", r.Base.Branch)
		reason.Next = fmt.Sprintf("Merge %s into the branch, resolve the conflict and push", r.Base.Branch)
	case Outdated:
		reason.Code = "merge-outdated"
		reason.Message = fmt.Sprintf("Waiting: %s changed the same files or moved their folder since GitHub last merged the branch on trial.", r.Base.Branch)
		reason.Next = "Update the branch; by itself, GitHub makes another trial merge within twelve hours"
	default:
		reason.Code = "mergeability-unknown"
		reason.Message = "Waiting for GitHub to work out what would land."
		reason.Next = "Nothing to do: GitHub is asked again shortly"
	}
	return reason
}

// PusherUnknown says that nobody knows who pushed a commit, be it the head or one below it. That of one below is known not to be
// known, for more than one account pushed it: pushing again does not tell them apart.
func (r Request) PusherUnknown(sha string) Reason {
	if sha != r.Head.SHA {
		return Reason{
			Code:     "pusher-unknown",
			Message:  fmt.Sprintf("More than one account pushed %s, so an approval could be by whoever pushed it here.", ShortSHA(sha)),
			Evidence: map[string]string{"commit": sha},
			Next:     "Make the commit anew, by amending it or rebasing the branch, and push that",
		}
	}
	return Reason{
		Code:     "pusher-unknown",
		Message:  fmt.Sprintf("GitHub did not say who pushed %s, so an approval could be the pusher's own.", ShortSHA(sha)),
		Evidence: map[string]string{"head": sha},
		Next:     "Push the branch again while Sallyport is running",
	}
}

// PusherShared says why a change that a workflow had a hand in takes one approval more than a rule asks for.
func PusherShared(a Account, how string) Reason {
	return Reason{
		Code: "pusher-shared", State: Wait,
		Message: fmt.Sprintf("%s %s. It acts for whoever can push a workflow, so somebody who approves may have made this change: it takes one person more.",
			a.Canonical(), how),
		Evidence: map[string]string{"login": a.Login, "how": how},
		Next:     "Ask one person more to review, or make the commits anew in your own name and push them",
	}
}

// ShortSHA is how a commit is named in a sentence.
func ShortSHA(sha string) string {
	if sha == "" {
		return "an unknown commit"
	}
	return sha[:min(len(sha), 7)]
}
