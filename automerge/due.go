package automerge

import "github.com/sallyport/sallyport/pull"

// machinery are the reasons that wait for no person's agreement and for no check: with these alone, the landing is due.
var machinery = map[string]bool{
	"ready": true, "break-glass": true, "break-glass-second": true, "break-glass-expired": true, "break-glass-withdrawn": true, "break-glass-void": true, "enqueueing": true, "in-queue": true, "released": true, "queue-refused": true, "queue-missing": true, "awaiting-turn": true, "own-checks-not-seen": true, "mergeability-unknown": true, "landing-refused": true, "in-batch": true,
	"rules-unreadable": true, "queue-required": true, "signing-key-missing": true, "linear-history": true,
	"signed-rebase": true, "method-not-allowed": true, "branch-locked": true, "push-restricted": true, "updates-restricted": true,
	"deployments-required": true, "permission-missing": true, "own-check-not-written": true,
}

// Due reports whether all that people and checks have to say has been said, so that it should land any moment.
func Due(v pull.Verdict) bool {
	for _, r := range v.Reasons {
		if !machinery[r.Code] {
			return false
		}
	}
	return len(v.Reasons) > 0
}
