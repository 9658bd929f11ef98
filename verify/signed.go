package verify

import (
	"fmt"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// signed asks whether the bot's key may speak for this landing, and for exact ones whether it signed the commit itself.
func (v *run) signed(c *Commit) {
	if older, retired := v.past.retired(c.Signer); retired {
		c.fault("signer-retired", fmt.Sprintf("It is attested by key %.16s…, which key %.16s… had replaced before.", c.Signer, older))
	}
	v.past.signed(c.Signer)
	if c.landing.Method != pull.MethodExact {
		return
	}
	result := signature.Verify(c.asRequested(), v.bot, c.note.At)
	if !result.OK() {
		c.fault(result.Code, "The commit's own signature by the bot is not good: "+result.Message)
	}
}

// asRequested is the commit in the words in which GitHub reports commits.
func (c *Commit) asRequested() pull.Commit { return reported(c.SHA, c.raw, c.facts) }
