package pull

import "time"

// Binding is what a person was shown and what a landing must equal.
type Binding struct {
	Repo   int64  `json:"repo"`
	Number int    `json:"number"`
	Branch string `json:"branch"`          // target branch
	Base   string `json:"base"`            // B
	Head   string `json:"head"`            // H
	Tree   string `json:"tree"`            // tree of M
	Merge  string `json:"merge"`           // M
	Policy string `json:"policy"`          // Request.Rulebook
	Method string `json:"method"`          // how it lands
	Glass  string `json:"glass,omitempty"` // Glass.Name, where it lands past the gates
	// Batch is the head of the batch in which it lands, which is what the phone shows; empty where it lands alone.
	Batch string `json:"batch,omitempty"`
}

// Key names the pull request.
func (b Binding) Key() Key { return Key{b.Repo, b.Number} }

// Moves reports whether landing moves the branch to Merge itself, rather than having GitHub make a commit.
func (b Binding) Moves() bool { return b.Method == MethodExact || b.Method == MethodFastForward }

// Named reports whether M is known before it lands, by us or by the group that GitHub's merge queue built, so that people
// are shown what lands.
func (b Binding) Named() bool { return b.Moves() || b.Method == MethodQueue }

// Same reports whether two bindings are to the same landing. GitHub may rebuild its test merge with another
// timestamp, so M itself is compared only where M is what lands.
func (b Binding) Same(o Binding) bool {
	if !b.Named() {
		b.Merge, o.Merge = "", ""
	}
	return b == o
}

// PromptState is where one Duo prompt stands. The zero value is the doubtful one.
type PromptState string

// The prompt states. Only Allowed confirms.
const (
	PromptUnknown  PromptState = ""          // it may or may not have been sent, or answered: a human must ask again
	PromptIntended PromptState = "intended"  // about to be sent; after a crash this is PromptUnknown
	PromptUnsent   PromptState = "unsent"    // known not to have been sent; retried with backoff
	PromptOpen     PromptState = "open"      // on the phone now
	PromptAllowed  PromptState = "allowed"   // acknowledged
	PromptDenied   PromptState = "denied"    // refused on the phone
	PromptFraud    PromptState = "fraud"     // reported as fraudulent
	PromptTimeout  PromptState = "timeout"   // nobody answered
	PromptLocked   PromptState = "locked"    // Duo locked the user out
	PromptNoDevice PromptState = "no-device" // no device that can take a push
	PromptNoUser   PromptState = "no-user"   // Duo does not know the user, or the user is not enrolled
	PromptRefused  PromptState = "refused"   // Duo's own policy denied without asking
	PromptBypassed PromptState = "bypassed"  // Duo would allow without asking: not a confirmation
	PromptTexted   PromptState = "texted"    // Duo sent passcodes as a text message, which confirms nothing
)

// Pending reports whether an answer may still come.
func (s PromptState) Pending() bool { return s == PromptIntended || s == PromptOpen }

// Confirmation is one Duo prompt and what became of it.
type Confirmation struct {
	ID      int64       `json:"id"`
	Binding Binding     `json:"binding"`
	Keyed   Keyed       `json:"keyed,omitzero"`   // for a prompt of duo-bot's API, which has no binding
	Person  string      `json:"person"`           // name in the people file
	Account Account     `json:"account"`          // the GitHub account that must confirm
	DuoUser string      `json:"duo_user"`         // the name Duo knows
	Role    string      `json:"role"`             // author or approver
	Factor  Factor      `json:"factor,omitempty"` // how they were asked; empty is a push
	State   PromptState `json:"state"`
	Txid    string      `json:"txid,omitempty"`
	Detail  string      `json:"detail,omitempty"` // what Duo said, for people
	// Code is what the person types into the phone for a verified push. It is there while the push is open, for that person's
	// own page: no check run, ledger row or attestation has it.
	Code string `json:"code,omitempty"`
	// Request is the delivery id of the human request that caused the prompt; empty when it went out by itself.
	Request  string    `json:"request,omitempty"`
	AskedAt  time.Time `json:"asked_at"`
	EndedAt  time.Time `json:"ended_at"`
	RetryAt  time.Time `json:"retry_at"` // for PromptUnsent
	Attempts int       `json:"attempts"`
	// Covers are the other pull requests of a batch that the answer speaks of.
	Covers []Covered `json:"covers,omitempty"`
}

// Proven reports whether Duo gave something to look the acknowledgement up by: a transaction or, for a passcode, which
// Duo answers at once, its own answer.
func (c Confirmation) Proven() bool { return c.Txid != "" || c.Factor == FactorPasscode }

// Confirms reports whether this prompt acknowledges exactly that landing.
func (c Confirmation) Confirms(b Binding) bool {
	return c.State == PromptAllowed && c.Binding.Same(b)
}
