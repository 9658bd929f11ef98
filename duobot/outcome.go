package duobot

import (
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// askAgain lists the blocks that one more push can resolve.
var askAgain = map[string]bool{
	"duo-denied":          true,
	"duo-timeout":         true,
	"duo-outcome-unknown": true,
	"duo-misconfigured":   true,
	"duo-unanswered":      true,
	"duo-unguarded":       true,
	"duo-fraud-lifted":    true,
	"duo-passcode-wrong":  true,
}

// ending is how one state of a prompt reads: %s is the person.
type ending struct {
	code    string
	state   pull.State
	message string
	next    string
}

const (
	again   = "Press “Send Duo push again” or comment /sallyport duo"
	mended  = ", then comment /sallyport duo"
	inquire = "Find out why before asking again; if the push was a surprise, treat the session that asked as stolen"
)

var endings = map[pull.PromptState]ending{
	pull.PromptIntended: {"awaiting-phone", pull.Wait, "A Duo push to %s is on its way.", "%s: look at your phone"},
	pull.PromptOpen:     {"awaiting-phone", pull.Wait, "Waiting for %s to confirm on the phone.", "%s: compare the merge SHA on your phone, then approve or deny"},
	pull.PromptUnsent:   {"duo-unreachable", pull.Wait, "The push to %s could not be sent; it is tried again by itself.", ""},
	pull.PromptUnknown: {"duo-outcome-unknown", pull.Block, "It is not known whether the push to %s was sent or answered, so it counts for nothing.",
		again},
	pull.PromptDenied:   {"duo-denied", pull.Block, "%s denied this landing on the phone.", inquire},
	pull.PromptTimeout:  {"duo-timeout", pull.Block, "%s did not answer the push in time.", again + " when the phone is at hand"},
	pull.PromptFraud:    {"duo-fraud-lifted", pull.Block, "%s reported the last push as fraud; the freeze was lifted, but nobody has confirmed since.", again},
	pull.PromptLocked:   {"duo-locked-out", pull.Block, "Duo has locked %s out.", "Ask a Duo administrator to unlock the user" + mended},
	pull.PromptNoDevice: {"duo-no-device", pull.Block, "%s has no device that can take a push.", "Activate Duo Mobile for the user" + mended},
	pull.PromptNoUser: {"duo-unknown-user", pull.Block, "Duo does not know %s, or the user is not enrolled.",
		"Enroll the user in Duo, or mend the Duo name in the people file" + mended},
	pull.PromptRefused: {"duo-refused", pull.Block, "Duo's own policy refused %s without asking.",
		"Ask a Duo administrator to look at the user and the application's policy" + mended},
	pull.PromptBypassed: {"duo-bypass", pull.Block, "Duo would let %s through without asking, which confirms nothing.",
		"Take the user out of bypass, and let the application's policy always ask" + mended},
}

// outcome says what the latest prompt for this landing came to, short of an acknowledgement.
func (c Case) outcome(p pull.Confirmation) pull.Reason {
	e, ok := endings[p.State]
	if p.Factor == pull.FactorPasscode && p.State == pull.PromptDenied {
		e = ending{"duo-passcode-wrong", pull.Block, "Duo did not accept the passcode that %s entered.", again}
	}
	if p.State == pull.PromptOpen && p.Code != "" { // which this text, that everybody may read, does not tell
		e.next = "%s: open this pull request's page here, signed in, and type the code that it shows you into Duo Mobile"
	}
	if !ok || p.State == pull.PromptUnsent && p.RetryAt.IsZero() {
		e = c.exception(p)
	}
	reason := pull.Reason{Code: e.code, State: e.state, Message: filled(e.message, p.Person), Next: filled(e.next, p.Person), Evidence: promptEvidence(p)}
	if e.code == "duo-unreachable" {
		reason.Next = "Nothing to do: the next attempt is at " + clock(p.RetryAt)
		reason.Evidence["retry_at"] = clock(p.RetryAt)
	}
	return reason
}

// exception covers what the table cannot: a push that will not be retried by itself, an allowance that carries no
// transaction, a state from a future version.
func (c Case) exception(p pull.Confirmation) ending {
	if p.State == pull.PromptUnsent {
		return ending{"duo-misconfigured", pull.Block, "No push could be sent to %s, and trying again will not help before it is mended.",
			"Mend what Duo named, then press “Send Duo push again” or comment /sallyport duo"}
	}
	return endings[pull.PromptUnknown]
}

func filled(template, person string) string {
	if template == "" {
		return ""
	}
	return strings.ReplaceAll(template, "%s", person)
}

func promptEvidence(p pull.Confirmation) map[string]string {
	evidence := map[string]string{"person": p.Person, "account": p.Account.Login, "role": p.Role, "asked_at": clock(p.AskedAt)}
	if p.Detail != "" {
		evidence["duo"] = p.Detail
	}
	if p.Txid != "" {
		evidence["txid"] = p.Txid
	}
	if !p.EndedAt.IsZero() {
		evidence["ended_at"] = clock(p.EndedAt)
	}
	return evidence
}
