package pull

import "time"

// The landing methods.
const (
	MethodExact  = "exact"
	MethodMerge  = "merge"
	MethodSquash = "squash"
	MethodRebase = "rebase"
	MethodQueue  = "queue"
	// MethodFastForward moves the target branch to the head itself, which must descend from its tip.
	MethodFastForward = "ff-only"
)

// Turn is the right to land next on a branch. Epoch is a fencing token: the store refuses a landing whose turn
// has passed on, however late the holder wakes up.
type Turn struct {
	Repo    int64     `json:"repo"`
	Branch  string    `json:"branch"`
	Number  int       `json:"number"`
	Epoch   int64     `json:"epoch"`
	Since   time.Time `json:"since"`   // when the pull request joined the queue
	Expires time.Time `json:"expires"` // when an idle holder loses the turn; zero while still queueing
	Holds   bool      `json:"holds"`   // false: it is another pull request's turn
	// Priority says that it goes before those without, but never before whoever holds the turn.
	Priority bool `json:"priority,omitempty"`
}

// Intent is a landing that was decided on, written before it is attempted.
type Intent struct {
	ID      int64       `json:"id"`
	Binding Binding     `json:"binding"`
	Title   string      `json:"title"`
	State   IntentState `json:"state"`
	Landed  string      `json:"landed,omitempty"` // SHA of what landed
	// CommitSHA256 is the SHA-256 of the raw commit that lands: known before where we make it, afterwards where GitHub gives
	// its bytes, and empty otherwise.
	CommitSHA256 string `json:"commit_sha256,omitempty"`
	// Evidence is on what grounds it lands, as attestations say it. Only the ledger's rows keep it.
	Evidence Grounds   `json:"evidence,omitempty"`
	Code     string    `json:"code,omitempty"` // for IntentRefused: why it will be refused again; empty when a retry may succeed
	Detail   string    `json:"detail,omitempty"`
	At       time.Time `json:"at"`
	EndedAt  time.Time `json:"ended_at"`
	// Entry is the ledger's row that says the landing was about to be attempted; 0 while that is being written.
	Entry int64 `json:"entry,omitempty"`
}

// Grounds are on what grounds something lands, written as JSON already.
type Grounds string

// MarshalJSON gives the text as it is.
func (g Grounds) MarshalJSON() ([]byte, error) { return []byte(g), nil }

// UnmarshalJSON keeps the text as it is.
func (g *Grounds) UnmarshalJSON(b []byte) error { *g = Grounds(b); return nil }

// IntentState is what became of an intent. The zero value is the doubtful one: look before acting again.
type IntentState string

// The intent states.
const (
	IntentOpen    IntentState = ""        // attempted or about to be; the world must be asked
	IntentDone    IntentState = "done"    // landed, and it is what was agreed to
	IntentRefused IntentState = "refused" // known not to have happened
	IntentBreach  IntentState = "breach"  // something landed that is not what was agreed to
)

// Entry is one row of the ledger.
type Entry struct {
	ID   int64     `json:"id"`
	Kind string    `json:"kind"` // verdict, prompt, answer, landing, landed, breach, foreign_landing, freeze, unfreeze, break_glass
	Repo int64     `json:"repo"`
	Pull int       `json:"pull,omitempty"`
	At   time.Time `json:"at"`
	Body any       `json:"body"`
	// Pruned is the SHA-256 of a body that was removed by age, in hexadecimal; empty while the body is there.
	Pruned string `json:"pruned,omitempty"`
}
