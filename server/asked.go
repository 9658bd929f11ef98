package server

import (
	"strings"

	"github.com/sallyport/sallyport/pull"
)

// tellAsked says how somebody was asked. A passcode is the person's own doing: no phone rang.
func tellAsked(b body) string {
	switch b.Factor {
	case pull.FactorPasscode:
		return b.filled("WHO enters a passcode for MERGE.")
	case pull.FactorPhone:
		return b.filled("Duo calls WHO about MERGE.")
	}
	return b.filled("A Duo push for MERGE goes to WHO.")
}

// answered is how an answer reads.
type answered struct {
	tone pull.State
	text string
}

var answers = map[string]answered{
	string(pull.PromptAllowed):  {pull.Pass, "WHO acknowledged MERGE."},
	string(pull.PromptDenied):   {pull.Block, "WHO denied MERGE."},
	string(pull.PromptFraud):    {pull.Block, "WHO reported the ASK for MERGE as fraudulent."},
	string(pull.PromptTimeout):  {pull.Block, "WHO did not answer in time for MERGE."},
	string(pull.PromptLocked):   {pull.Block, "WHO is locked out of Duo, so MERGE was not confirmed."},
	string(pull.PromptNoDevice): {pull.Block, "WHO has no device that takes a ASK, so MERGE was not confirmed."},
	string(pull.PromptNoUser):   {pull.Block, "WHO is not known to Duo, so MERGE was not confirmed."},
	string(pull.PromptRefused):  {pull.Block, "Duo denied WHO without asking, so MERGE was not confirmed."},
	string(pull.PromptBypassed): {pull.Block, "Duo would let WHO through without asking, which does not confirm MERGE."},
	string(pull.PromptUnsent):   {pull.Wait, "The ASK to WHO for MERGE could not be sent; it will be tried again."},
}

// ofPasscodes are the answers that read otherwise where somebody typed a passcode. Duo calls a wrong one a denial; people,
// to whom a denial is the sign of a stolen session, must not be told so.
var ofPasscodes = map[string]answered{
	string(pull.PromptDenied): {pull.Block, "Duo did not accept WHO’s passcode for MERGE."},
	string(pull.PromptUnsent): {pull.Block, "WHO’s passcode for MERGE did not reach Duo."},
}

func tellAnswer(b body) (pull.State, string) {
	answer, ok := answers[b.State]
	if !ok {
		answer = answered{pull.Block, "What became of the ASK to WHO for MERGE is not known."}
		if b.Factor == pull.FactorPasscode {
			answer.text = "What Duo said of WHO’s passcode for MERGE is not known."
		}
	}
	if other, ok := ofPasscodes[b.State]; ok && b.Factor == pull.FactorPasscode {
		answer = other
	}
	return answer.tone, b.filled(answer.text)
}

func (b body) filled(text string) string {
	ask := "push"
	switch b.Factor {
	case pull.FactorPhone:
		ask = "call"
	case pull.FactorPasscode:
		ask = "passcode"
	}
	return strings.NewReplacer("WHO", b.who(), "MERGE", short(b.Binding.Merge), "ASK", ask).Replace(text)
}
