package duobot

import (
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// KeyedCase is what the answer about a key is judged by.
type KeyedCase struct {
	Query    pull.KeyQuery
	User     string            // Query.User as a Duo name; "" for anybody
	Prompt   pull.Confirmation // the latest about the key; its ID is 0 when there is none
	Now      time.Time         // by the clock that stamped the prompt
	Validity time.Duration     // for which an answer counts, from when it was given
}

// JudgeKeyed says whether a person confirmed the key. It is pure. Only an allowed prompt about this very key, by
// whoever was asked for, and young enough, is a yes.
func JudgeKeyed(c KeyedCase) pull.KeyAnswer {
	p := c.Prompt
	if p.ID == 0 || p.Keyed.Key != c.Query.Key || p.Keyed.Key == "" {
		return pull.KeyAnswer{Code: "no-record", Message: "Nobody was asked about this key, or it was long ago.",
			Next: "Ask for a confirmation: POST /v1/push/KEY?user=USER"}
	}
	answer := ofPrompt(p)
	if c.User != "" && !strings.EqualFold(c.User, p.DuoUser) {
		answer.Code, answer.Valid = "other-user", false
		answer.Message = fmt.Sprintf("The only record of this key is for %s, and %s was asked for.", p.DuoUser, c.User)
		answer.Next = "Ask that person: POST /v1/push/KEY?user=USER"
		return answer
	}
	if p.State != pull.PromptAllowed {
		return answer
	}
	answer.Until = p.EndedAt.Add(c.Validity)
	// An answer from the future comes from a broken clock, and counts as little as an old one.
	if p.EndedAt.IsZero() || !c.Now.Before(answer.Until) || p.EndedAt.After(c.Now.Add(time.Minute)) {
		answer.Code, answer.Valid = "expired", false
		answer.Message = fmt.Sprintf("%s confirmed this key at %s; a confirmation counts for %s.", p.Person, clock(p.EndedAt), c.Validity)
		answer.Next = "Ask for another confirmation: POST /v1/push/KEY?user=USER"
		return answer
	}
	answer.Valid = true
	return answer
}

// ofPrompt is how a prompt about a key stands. Only Allowed is "confirmed", and even that is not yet valid.
func ofPrompt(p pull.Confirmation) pull.KeyAnswer {
	answer := pull.KeyAnswer{Prompt: p}
	switch {
	case p.State == pull.PromptAllowed:
		answer.Code, answer.Message = "confirmed", fmt.Sprintf("%s confirmed this key.", p.Person)
	case p.State == pull.PromptTexted:
		answer.Code, answer.Message = "texted", fmt.Sprintf("Passcodes are on their way to %s; nothing is confirmed.", p.Person)
		answer.Next = "Send one of them: POST /v1/passcode/KEY"
	case p.State.Pending():
		answer.Code, answer.Message = "awaiting-phone", fmt.Sprintf("%s was asked, and has not answered yet.", p.Person)
		answer.Next = "Answer on the phone, and ask again"
	case p.State == pull.PromptUnsent:
		answer.Code, answer.Message = "duo-unsent", fmt.Sprintf("Nothing was sent to %s: %s.", p.Person, strings.TrimSuffix(p.Detail, "."))
		answer.Next = "Ask again when that is mended"
	default:
		answer = ended(answer, p)
	}
	return answer
}

// ended takes the words of pull requests' prompts, as far as they fit a key.
func ended(answer pull.KeyAnswer, p pull.Confirmation) pull.KeyAnswer {
	words := map[pull.PromptState][2]string{
		pull.PromptDenied: {"%s denied this on the phone.", inquire},
		pull.PromptFraud: {"%s reported this as fraud, and is not asked again.",
			"Treat the session or the token that asked as stolen; then have somebody with an admin token lift it"},
		pull.PromptTimeout: {"%s did not answer in time.", "Ask again when the phone is at hand"},
	}
	e, ok := endings[p.State]
	if !ok {
		e = endings[pull.PromptUnknown]
	}
	answer.Code, answer.Message = e.code, filled(e.message, p.Person)
	answer.Next = strings.TrimSuffix(filled(e.next, p.Person), mended)
	switch w, ok := words[p.State]; {
	case ok:
		answer.Message, answer.Next = filled(w[0], p.Person), w[1]
	case e.code == "duo-outcome-unknown":
		answer.Next = "Ask again: POST /v1/push/KEY?user=USER"
	}
	switch {
	case p.State == pull.PromptFraud:
		answer.Code = "duo-fraud"
	case p.State == pull.PromptDenied && p.Keyed.Factor == pull.FactorPasscode: // nobody denied: it was mistyped, or used before
		answer.Code, answer.Message = "duo-passcode-wrong", filled("Duo did not accept the passcode that %s gave.", p.Person)
		answer.Next = "Send another passcode: POST /v1/passcode/KEY"
	}
	return answer
}

// OfKeyed is how a prompt about a key stands, for whoever asked for it.
func OfKeyed(p pull.Confirmation) pull.KeyAnswer {
	answer := ofPrompt(p)
	answer.Valid = p.State == pull.PromptAllowed && p.ID != 0 && p.Keyed.Key != ""
	return answer
}
