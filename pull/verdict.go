package pull

// State is what a judge says. The zero value blocks.
type State int

// The states.
const (
	Block State = iota
	Wait
	Pass
)

var stateNames = [...]string{"block", "wait", "pass"}

func (s State) String() string { return stateNames[s] }

// MarshalText writes the state's word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the state's word; an unknown one blocks.
func (s *State) UnmarshalText(b []byte) error {
	*s = Block
	for i, name := range stateNames {
		if name == string(b) {
			*s = State(i)
		}
	}
	return nil
}

// Worse is the more careful of two states.
func Worse(a, b State) State { return min(a, b) }

// Gate names one of the questions a landing must answer.
type Gate string

// The gates, and automerge, which is no gate but answers in the same form.
const (
	GateApproval   Gate = "approval"
	GateDuo        Gate = "duo"
	GateSignatures Gate = "signatures"
	GateAutomerge  Gate = "automerge"
)

// Gates lists the gates that write check runs, in the order people read them.
var Gates = []Gate{GateApproval, GateDuo, GateSignatures}

// Reason is why: a stable code, a sentence, its evidence, the smallest next step, and what it rests on.
type Reason struct {
	Code     string            `json:"code"`
	State    State             `json:"state"`
	Message  string            `json:"message"`
	Evidence map[string]string `json:"evidence,omitempty"`
	Next     string            `json:"next,omitempty"`
	Because  []Reason          `json:"because,omitempty"`
}

// Verdict is a judge's answer. Reasons come most important first; the first one's message is the check's title.
type Verdict struct {
	Gate    Gate     `json:"gate"`
	State   State    `json:"state"`
	Reasons []Reason `json:"reasons"`
	// Buttons can resolve a block from the check run itself.
	Buttons     []Button     `json:"buttons,omitempty"`
	Annotations []Annotation `json:"annotations,omitempty"`
}

// Lead is the reason that a person should read first; the zero Reason when there is none.
func (v Verdict) Lead() Reason {
	if len(v.Reasons) == 0 {
		return Reason{}
	}
	return v.Reasons[0]
}

// Has reports whether the code appears anywhere in the verdict's reasons.
func (v Verdict) Has(code string) bool { return hasCode(v.Reasons, code) }

func hasCode(reasons []Reason, code string) bool {
	for _, r := range reasons {
		if r.Code == code || hasCode(r.Because, code) {
			return true
		}
	}
	return false
}
