// Package attest says under the bot's signature what landed and why it was allowed: an in-toto statement in a DSSE
// envelope, kept as a git note of the landed commit. It holds values and their encoding; package verify believes none
// of it before it was computed anew.
package attest

import (
	"encoding/json"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// PredicateType names what the statement's predicate is.
const PredicateType = "https://github.com/sallyport/sallyport/attestation/landing/v1"

// Landing is the predicate: what landed, what was agreed to, by whom, and the evidence from which it can be judged again.
type Landing struct {
	Repository  Repository   `json:"repository"`
	PullRequest int          `json:"pullRequest"`
	Title       string       `json:"title"`
	Author      pull.Account `json:"author"`
	Branch      string       `json:"branch"`
	Base        string       `json:"base"`   // B, on which it landed
	Head        string       `json:"head"`   // H, what was proposed
	Merge       string       `json:"merge"`  // M, the commit that landed: the branch's new tip
	Tree        string       `json:"tree"`   // of M
	Method      string       `json:"method"` // exact, merge, squash or rebase
	// Line is every landed commit from B's child to M, where more than M landed.
	Line []string `json:"line,omitempty"`
	// CommitSHA256 is the SHA-256 of M's raw object, whatever git names it by; empty where GitHub made M and does not
	// give its bytes.
	CommitSHA256 string `json:"commitSHA256,omitempty"`
	// Batch is what it landed in together with others; nil where it landed alone.
	Batch         *Batch         `json:"batch,omitempty"`
	Policy        Policy         `json:"policy"`
	Approvals     []Approval     `json:"approvals"`
	Confirmations []Confirmation `json:"confirmations"`
	Signatures    []Signature    `json:"signatures"`
	Checks        []Check        `json:"checks"`
	Change        Change         `json:"change"`
	Gates         []Gate         `json:"gates"`
	BreakGlass    *BreakGlass    `json:"breakGlass,omitempty"`
	Ledger        Inclusion      `json:"ledger,omitzero"`
	Evidence      Evidence       `json:"evidence,omitzero"`
	At            time.Time      `json:"at"` // when it was judged
}

// Brief is the landing as the ledger's own row holds it: what the judges read besides is in the rows of their verdicts.
func (l Landing) Brief() Landing {
	l.Ledger, l.Evidence = Inclusion{}, Evidence{}
	return l
}

// Repository is known by its number; the name may change.
type Repository struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Policy is the file that judged, as it stood at B; where that only points on, Remote did. Floor is the file of the
// owner's own repository that asked for more. A file of another repository has that in its path: "owner/name:path".
type Policy struct {
	File
	Remote File `json:"remote,omitzero"`
	Floor  File `json:"floor,omitzero"`
}

// File names a text three times over; the zero File where there was none.
type File struct {
	Path   string `json:"path"`
	Blob   string `json:"blob"`
	SHA256 string `json:"sha256"` // of the text
}

// Approval is a review that counted, and the head that the reviewer saw.
type Approval struct {
	Review  int64        `json:"review"`
	Account pull.Account `json:"account"`
	Role    string       `json:"role"`
	Commit  string       `json:"commit"`
}

// Confirmation is one answer on a phone, and what was shown there.
type Confirmation struct {
	Person  string       `json:"person"`
	Account pull.Account `json:"account"`
	DuoUser string       `json:"duoUser"`
	Role    string       `json:"role"`
	Txid    string       `json:"txid"`
	Factor  pull.Factor  `json:"factor"` // how they were asked
	Shown   pull.Binding `json:"shown"`
	Asked   time.Time    `json:"asked"`
	Allowed time.Time    `json:"allowed"`
}

// Signature is what verifying one commit's signature came to.
type Signature struct {
	Commit string `json:"commit"`
	Key    string `json:"key,omitempty"`   // the primary key's fingerprint
	Owner  string `json:"owner,omitempty"` // the key's, by the people file
	Code   string `json:"code,omitempty"`
}

// Check is a check run or status that was green on H.
type Check struct {
	Name string `json:"name"`
	App  int64  `json:"app,omitempty"`
	ID   int64  `json:"id,omitempty"`
}

// Change sums up the landing diff, from the tree of B to the tree of M.
type Change struct {
	Paths  []string `json:"paths"` // at most PathsShown
	Count  int      `json:"count"`
	Digest string   `json:"digest"` // pull.Digest of the whole diff
}

// PathsShown bounds how many paths are listed.
const PathsShown = 100

// Gate is one verdict, in short.
type Gate struct {
	Name  pull.Gate  `json:"name"`
	State pull.State `json:"state"`
	Code  string     `json:"code"`
}

// Inclusion is the ledger's row about this landing, with the proof that a signed checkpoint contains it. Since is the
// checkpoint of the note before this one, with the proof that the ledger only grew from there to here.
type Inclusion struct {
	Row   Row          `json:"row"`
	Proof ledger.Proof `json:"proof"`
	Since *Since       `json:"since,omitempty"`
}

// Row is a ledger row whose body keeps its bytes, from which the leaf is made.
type Row struct {
	pull.Entry
	Body json.RawMessage `json:"body"`
}

// RowOf is a row as it was read from the books.
func RowOf(e pull.Entry) (Row, error) {
	body, err := json.Marshal(e.Body)
	return Row{Entry: e, Body: body}, err
}

// Landed is the commit that a row about a landing names; "" where it names none.
func (r Row) Landed() string {
	var body struct {
		Landed json.RawMessage `json:"landed"`
	}
	var sha string
	if json.Unmarshal(r.Body, &body) != nil || json.Unmarshal(body.Landed, &sha) != nil {
		return ""
	}
	return sha
}

// Leaf is the row as the tree holds it.
func (r Row) Leaf() ([]byte, error) {
	e := r.Entry
	e.Body = r.Body
	return ledger.Leaf(e)
}

// Since ties one attestation to the one written before it.
type Since struct {
	Checkpoint string      `json:"checkpoint"`
	Hashes     []tlog.Hash `json:"hashes"`
}

// Evidence is what the judges saw beyond what git itself holds: GitHub's word and Duo's.
type Evidence struct {
	App           int64               `json:"app"` // our own GitHub App
	Request       pull.Request        `json:"request"`
	Confirmations []pull.Confirmation `json:"confirmations"`
	People        []Person            `json:"people"`
}

// Person is an entry of the people file that had a part in it.
type Person struct {
	Name   string   `json:"name"`
	GitHub []string `json:"github"`
	Duo    string   `json:"duo,omitempty"`
	PGP    []string `json:"pgp,omitempty"`
}

// candidatesKept bounds who else could have approved: judges only ask whether there is anybody.
const candidatesKept = 10

// Strip leaves out of a request what whoever verifies reads from git, so that nobody can be told something else, and
// what no judge looks at. Where the proposed commits do not land themselves and may be gone, they stay whole.
func Strip(r pull.Request, commitsLand bool) pull.Request {
	r.Body, r.URL, r.NodeID, r.Repo.NodeID = "", "", "", ""
	r.Describer, r.Depends = pull.Account{}, nil // what had to land before may be where not all readers of the notes can look
	r.Files, r.Proposed, r.Besides, r.Codeowners.Text = nil, pull.Source{}, nil, ""
	if _, _, elsewhere := r.Policy.Elsewhere(); !elsewhere {
		r.Policy.Text = ""
	}
	r.Standing = conceal(r)
	r.Standing.Candidates = r.Standing.Candidates[:min(len(r.Standing.Candidates), candidatesKept)]
	r.Landed = pull.Landed{}
	if !commitsLand {
		return r
	}
	commits := make([]pull.Commit, len(r.Commits))
	for i, c := range r.Commits {
		commits[i] = pull.Commit{SHA: c.SHA, Author: c.Author, Committer: c.Committer, CoAuthors: c.CoAuthors, Signed: c.Signed,
			ByGitHub: c.ByGitHub, Diffed: c.Diffed}
	}
	r.Commits = commits
	return r
}
