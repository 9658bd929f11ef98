package server

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// event is one row of the ledger as a person reads it.
type event struct {
	ID     int64
	Pull   int
	At     time.Time
	NewDay bool
	Kind   string
	Tone   pull.State
	Text   string
	Detail string
	// Decision is where the decision is shown as it was; empty for what is none.
	Decision string
	// HTML is the row as it was drawn before; empty where it has to be drawn.
	HTML template.HTML
}

// body is the part of the ledger's bodies that the timeline tells; they are records, confirmations, intents and
// freezes, whose fields do not contradict each other: a word for the state, a SHA for what landed.
type body struct {
	State    string         `json:"state"`
	Branch   string         `json:"branch"`
	Verdicts []pull.Verdict `json:"verdicts"`

	Person  string       `json:"person"`
	DuoUser string       `json:"duo_user"`
	Account pull.Account `json:"account"`
	Factor  pull.Factor  `json:"factor"`
	Detail  string       `json:"detail"`
	Binding pull.Binding `json:"binding"`

	Landed json.RawMessage `json:"landed"`

	Code   string       `json:"code"`
	Reason string       `json:"reason"`
	By     pull.Account `json:"by"`
	Freeze pull.Freeze  `json:"freeze"` // the one that was lifted

	Step  string `json:"step"` // of a break-glass
	Said  string `json:"said"`
	Issue int    `json:"issue"`

	Fingerprint string `json:"fingerprint"`
	KeyBefore   string `json:"before"`
	NamedBy     string `json:"named_by"`
}

// timeline tells the ledger, newest first: what happened last is what people come for.
func (s *Server) timeline(entries []pull.Entry, path string) []event {
	newest := slices.Clone(entries)
	slices.Reverse(newest)
	told := s.tellAll(newest, func(pull.Entry) string { return path })
	for i := range told {
		told[i].HTML = s.rows.draw(told[i], s.pages)
	}
	return told
}

// tellAll tells rows that come newest first; pathOf is where the page of a row's pull request is.
func (s *Server) tellAll(entries []pull.Entry, pathOf func(pull.Entry) string) []event {
	secrets := s.secrets()
	var told []event
	for _, entry := range entries {
		e := s.rows.remember(entry, func() event {
			e := tell(entry)
			e.Text, e.Detail = redact(e.Text, secrets), redact(e.Detail, secrets)
			return e
		})
		if path := pathOf(entry); entry.Kind == "verdict" && path != "" {
			e.Decision = fmt.Sprintf("%s/decisions/%d", path, entry.ID)
		}
		e.NewDay = len(told) == 0 || day(told[len(told)-1].At) != day(e.At)
		told = append(told, e)
	}
	return told
}

func tell(e pull.Entry) event {
	b, err := bodyOf(e)
	told := event{ID: e.ID, Pull: e.Pull, At: e.At, Kind: e.Kind, Tone: pull.Wait, Text: strings.ReplaceAll(e.Kind, "_", " ")}
	if err != nil {
		told.Detail = "This row's evidence could not be read."
		return told
	}
	switch e.Kind {
	case "verdict":
		told.Tone, told.Text, told.Detail = tellVerdict(b)
	case "prompt":
		told.Text = tellAsked(b)
	case "answer":
		told.Tone, told.Text = tellAnswer(b)
		told.Detail = b.Detail
	case "landing":
		told.Text = fmt.Sprintf("Landing of %s began.", short(b.Binding.Merge))
	case "landed":
		told.Tone, told.Text, told.Detail = pull.Pass, fmt.Sprintf("Landed on %s as %s, as agreed to.", b.Binding.Branch, short(b.sha())), b.Detail
	case "landing-refused":
		told.Tone, told.Text, told.Detail = pull.Block, "The landing was refused; nothing was merged.", b.Detail
	case "breach":
		told.Tone, told.Text, told.Detail = pull.Block, fmt.Sprintf("What landed (%s) is not what was agreed to.", short(b.sha())), b.Detail
	case "foreign_landing":
		told.Tone, told.Text = pull.Block, fmt.Sprintf("Merged as %s without going through the gates.", short(b.sha()))
	case "freeze":
		told.Tone, told.Text, told.Detail = pull.Block, "Frozen"+by(b)+".", cmp.Or(b.Reason, b.Code)
	case "break_glass":
		told.Tone, told.Text, told.Detail = pull.Block, tellGlass(b), b.Said
	case "key":
		told.Text = fmt.Sprintf("From here on key %s signs.", b.Fingerprint)
		if b.KeyBefore != "" && b.NamedBy == "" {
			told.Tone, told.Detail = pull.Block, fmt.Sprintf("The key before, %s, did not name it as the next one.", b.KeyBefore)
		}
	case "unfreeze":
		told.Tone, told.Text, told.Detail = pull.Pass, "The freeze was lifted"+by(b)+".", cmp.Or(b.Freeze.Reason, b.Freeze.Code)
	}
	return told
}

func bodyOf(e pull.Entry) (body, error) {
	var b body
	text, ok := e.Body.(json.RawMessage) // as the store gives it
	if !ok {
		var err error
		if text, err = json.Marshal(e.Body); err != nil {
			return b, err
		}
	}
	err := json.Unmarshal(text, &b)
	return b, err
}

func tellGlass(b body) string {
	switch b.Step {
	case "opened":
		return cmp.Or(b.By.Login, "Somebody") + " wants to break the glass."
	case "agreed":
		return cmp.Or(b.By.Login, "Somebody") + " agrees to break the glass."
	case "landed":
		return "It landed past the gates."
	case "reviewed":
		return fmt.Sprintf("Issue #%d was opened to review it.", b.Issue)
	}
	return "The break-glass ended (" + b.Step + ")."
}

// tellVerdict gives the sentence that stood at the top of the page then, with the state of every gate beneath it.
func tellVerdict(b body) (pull.State, string, string) {
	then := pull.Record{State: cmp.Or(b.State, string(pull.Open)), Verdicts: b.Verdicts, LandedSHA: b.sha()}
	then.Request.Base.Branch = b.Branch
	top := headline(then)
	tone := pull.Wait
	if top.Tone != "plain" {
		_ = tone.UnmarshalText([]byte(top.Tone)) // it never fails
	}
	var states []string
	for _, v := range inOrder(b.Verdicts) {
		states = append(states, fmt.Sprintf("%s: %s", v.Gate, strings.ToLower(word(v.State))))
	}
	return tone, top.Sentence, strings.Join(states, " · ")
}

func (b body) who() string { return cmp.Or(b.Account.Login, b.Person, b.DuoUser, "somebody") }

// sha is what landed: a plain SHA in an intent, a description in a foreign landing.
func (b body) sha() string {
	var described pull.Landed
	var plain string
	if json.Unmarshal(b.Landed, &plain) == nil {
		return plain
	}
	_ = json.Unmarshal(b.Landed, &described) // what cannot be read is shown as nothing
	return cmp.Or(described.SHA, "an unknown commit")
}

func by(b body) string {
	if b.By.Login == "" {
		return ""
	}
	return " by " + b.By.Login
}
