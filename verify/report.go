package verify

import (
	"time"

	"github.com/sallyport/sallyport/attest"
)

// Level says how much a finding weighs. The zero value condemns.
type Level int

// The levels.
const (
	Fault  Level = iota // something is not as it must be
	Doubt               // it cannot be told
	Remark              // worth knowing, and no reason to stop
)

var levelNames = []string{"fault", "doubt", "remark"}

// MarshalText writes the level's word.
func (l Level) MarshalText() ([]byte, error) { return []byte(levelNames[l]), nil }

// Finding is one thing that was found: a stable code, a sentence, and the smallest next step.
type Finding struct {
	Code    string `json:"code"`
	Level   Level  `json:"level"`
	Message string `json:"message"`
	Next    string `json:"next,omitempty"`
}

// State is what became of one commit, or of all of them. The zero value condemns.
type Outcome int

// The outcomes.
const (
	Bad     Outcome = iota // it claims to have come through the gate, and something is not so
	Foreign                // it came in another way
	Unknown                // it cannot be told
	Good
)

var outcomeNames = []string{"bad", "foreign", "unknown", "good"}

func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText writes the outcome's word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Commit is one commit of the first-parent history.
type Commit struct {
	SHA         string    `json:"sha"`
	Title       string    `json:"title"`
	Outcome     Outcome   `json:"outcome"`
	PullRequest int       `json:"pull_request,omitempty"`
	Method      string    `json:"method,omitempty"`
	Part        string    `json:"part_of,omitempty"` // the tip of the landing, where it is not this commit
	Approved    []string  `json:"approved_by,omitempty"`
	Confirmed   []string  `json:"confirmed_by,omitempty"`
	Signer      string    `json:"signer,omitempty"` // of the attestation
	At          time.Time `json:"at,omitzero"`
	Findings    []Finding `json:"findings"`

	raw     []byte
	facts   facts
	note    *attest.Sealed
	landing *attest.Landing
	merged  *merged
	fresh   []string // the commits that it brought in
}

func (c *Commit) find(level Level, code, message, next string) {
	c.Findings = append(c.Findings, Finding{code, level, message, next})
}

func (c *Commit) fault(code, message string) { c.find(Fault, code, message, "") }

// settle draws the outcome from the findings.
func (c *Commit) settle() {
	c.Outcome = outcome(c.Findings)
	for _, f := range c.Findings {
		if f.Code == foreign && c.Outcome == Bad {
			c.Outcome = Foreign
		}
	}
}

func outcome(findings []Finding) Outcome {
	o := Good
	for _, f := range findings {
		switch f.Level {
		case Fault:
			return Bad
		case Doubt:
			o = Unknown
		}
	}
	return o
}

// Report is what came of it.
type Report struct {
	Verdict    Outcome   `json:"verdict"` // good, bad or unknown
	From       string    `json:"from,omitempty"`
	To         string    `json:"to"`
	Branch     string    `json:"branch,omitempty"`
	Repository string    `json:"repository,omitempty"`
	Landings   int       `json:"landings"`
	Foreign    int       `json:"foreign"`
	Commits    []Commit  `json:"commits"` // oldest first
	Findings   []Finding `json:"findings"`
	Remarks    int       `json:"remarks"`
	State      State     `json:"state"` // to compare with next time
}

// report sums up.
func (v *run) report() Report {
	r := Report{Verdict: outcome(v.findings), From: v.from, To: v.to, Branch: v.past.branch, Repository: v.past.name,
		Findings: append([]Finding{}, v.findings...), Commits: []Commit{}, State: v.state()}
	for _, c := range v.chain {
		r.Commits = append(r.Commits, *c)
		if c.landing != nil && c.Part == "" {
			r.Landings++
		}
		for _, f := range c.Findings {
			if f.Level == Remark {
				r.Remarks++
			}
		}
		switch c.Outcome {
		case Foreign:
			r.Foreign++
			r.Verdict = Bad
		case Bad:
			r.Verdict = Bad
		case Unknown:
			r.Verdict = min(r.Verdict, Unknown)
		}
	}
	return r
}
