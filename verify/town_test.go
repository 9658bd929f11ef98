package verify

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
)

const strict = `version: 1
rules:
  - name: staging is free
    paths: [staging/**]
    require: {}
  - name: the rest needs an admin
    paths: ["**"]
    require:
      approvals: {count: 1, from: [admin]}
      duo: author
      signatures: true
automerge: {method: exact}
`

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// town is a repository that Sallyport guards, with everything that a server would have.
type town struct {
	*repo
	bot     *signature.Signer
	keys    map[string]*signature.Signer
	ring    *signature.Ring
	people  *duobot.People
	rows    []pull.Entry
	hashes  map[int64]tlog.Hash
	content map[string]files // of each tree
	notes   files
	tip     string // of main
	from    string
	noted   string // tip of the notes
	clock   time.Time
	number  int
	origin  string // of the ledger
	last    string // checkpoint of the last note
	older   [][]byte
	later   bool // notes are gathered for one push: their tree grows with every landing
	// lastStatement is the latest attestation before it was sealed.
	lastStatement attest.Landing
}

func newKey(t testing.TB, name string, made time.Time) *signature.Signer {
	t.Helper()
	e, err := openpgp.NewEntity(name, "", name+"@acme.example", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return made }})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	w, err := armor.Encode(&b, openpgp.PrivateKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.SerializePrivate(w, nil), w.Close()); err != nil {
		t.Fatal(err)
	}
	s, err := signature.LoadSigner([]byte(b.String()), noon)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{repo: newRepo(t), keys: map[string]*signature.Signer{}, hashes: map[int64]tlog.Hash{}, content: map[string]files{}, notes: files{},
		clock: noon, origin: "acme/1", bot: newKey(t, "Sallyport", noon.Add(-time.Hour))}
	var public [][]byte
	var list []duobot.Person
	for _, login := range []string{"ana", "dev"} {
		w.keys[login] = newKey(t, login, noon.Add(-time.Hour))
		public = append(public, w.keys[login].PublicKey())
		list = append(list, duobot.Person{Name: login, GitHub: []string{login}, Duo: login + ".duo", PGP: []string{w.keys[login].Fingerprint()}})
	}
	var err error
	if w.ring, err = signature.ReadKeys(noon, public...); err != nil {
		t.Fatal(err)
	}
	w.people = duobot.PeopleOf(list)
	start := files{".sallyport.yml": strict, "prod/api.nomad": "one\n", "staging/web.nomad": "one\n", "README.md": "jobs\n"}
	w.tip = w.put(start, nil, "root", "The jobs as they are", nil)
	w.from = w.tip
	w.ref("refs/heads/main", w.tip)
	return w
}

// put commits a whole content.
func (w *town) put(f files, parents []string, who, message string, key *signature.Signer) string {
	w.clock = w.clock.Add(time.Minute)
	tree := w.tree(f)
	w.content[tree] = f
	sha := w.commit(payload(tree, parents, who, message, w.clock), key, w.clock)
	w.content[sha] = f
	return sha
}

// landing is what is proposed and how it is landed. The hooks are where a forger reaches in.
type landing struct {
	path, text string
	method     string
	unsigned   bool
	reviewer   string
	branch     string
	repository int64
	line       int // commits of a rebase
	// forked is an older commit of main on which the head was made; merged is the text that merging gives then.
	forked, merged string
	rebased        func(message string) string
	evidence       func(*reconcile.World)
	candidate      func(*pull.Candidate)
	statement      func(*attest.Landing)
	signer         *signature.Signer
	unnoted        bool
	anyway         bool // the gates do not open, and it lands all the same
}

func account(login string) pull.Account {
	return pull.Account{ID: int64(len(login)) * int64(login[0]), Login: login, Kind: pull.User}
}

func (w *town) land(l landing) string {
	w.t.Helper()
	if l.method == "" {
		l.method = pull.MethodExact
	}
	if l.signer == nil {
		l.signer = w.bot
	}
	world := w.propose(l)
	if l.evidence != nil {
		l.evidence(&world)
	}
	landed, digest := w.merge(l, &world)
	d := world.Decide()
	for _, gate := range pull.Gates {
		if v := d.Verdict(gate); v.State != pull.Pass && !l.anyway {
			w.t.Fatalf("the %s gate does not open: %+v", gate, v.Lead())
		}
	}
	statement := d.Describe(landed, digest)
	statement.Ledger = w.record(d.Binding, landed.SHA, l.method, l.signer)
	if l.statement != nil {
		l.statement(&statement)
	}
	w.lastStatement = statement
	w.tip = landed.SHA
	w.ref("refs/heads/main", w.tip)
	if !l.unnoted {
		w.attest(landed.SHA, w.seal(statement, l.signer))
	}
	return landed.SHA
}

// propose makes the head and everything that a server would have read and been told.
func (w *town) propose(l landing) reconcile.World {
	w.t.Helper()
	w.number++
	base := w.content[w.tip]
	key := w.keys["dev"]
	if l.unsigned {
		key = nil
	}
	head, commits := cmp.Or(l.forked, w.tip), []pull.Commit(nil)
	for i := range max(l.line, 1) {
		f := w.content[head].with(l.path, l.text+strings.Repeat("+", i))
		before := head
		head = w.put(f, []string{before}, "dev", fmt.Sprintf("Change %s (%d)", l.path, i+1), key)
		c := w.reported(head)
		if l.method == pull.MethodRebase {
			c.Files, c.Diffed = difference(w, w.content[before], f), true
		}
		commits = append(commits, c)
	}
	after := w.content[head]
	if l.forked != "" {
		after = base.with(l.path, l.merged)
	}
	r := pull.Request{
		Repo: pull.Repo{ID: 7 + l.repository, Owner: "acme", Name: "jobs"}, Number: w.number, Title: "Change " + l.path, State: pull.Open,
		Author: account("dev"), Head: pull.Head{SHA: head, Branch: "change", Repo: 7, Owner: "acme"}, Pusher: account("dev"),
		Base:    pull.Base{SHA: w.tip, Branch: "main", Tree: w.tree(base)},
		Test:    pull.TestMerge{State: pull.Clean, SHA: strings.Repeat("ab", 20), Tree: w.tree(after), Parents: []string{w.tip, head}},
		Commits: commits, CommitsTotal: len(commits),
		Checks: []pull.Check{{Kind: pull.CheckRun, Name: "ci", App: 5, ID: 50, Status: "completed", Conclusion: "success"}},
		Rules:  pull.Rules{Checks: []pull.RequiredCheck{{Name: "ci", App: 5, From: "ruleset main"}}, Allowed: []string{"merge", "squash", "rebase"}},
		Policy: pull.Source{Path: ".sallyport.yml", Blob: w.write("blob", []byte(base[".sallyport.yml"])), Text: base[".sallyport.yml"]},
		Standing: pull.Standing{Roles: map[int64]pull.Role{account("ana").ID: pull.Admin, account("dev").ID: pull.Write, account("bo").ID: pull.Admin},
			Candidates: []pull.Account{account("ana"), account("bo")}},
		At: w.clock.Add(time.Minute),
	}
	if l.branch != "" {
		r.Base.Branch = l.branch
	}
	r.Files = difference(w, base, after)
	r.Content = pull.Digest(r.Files)
	for _, c := range commits {
		r.Files = reconcile.Widen(r.Files, c.Files)
	}
	reviewer := l.reviewer
	if reviewer == "" {
		reviewer = "ana"
	}
	r.Reviews = []pull.Review{{ID: int64(900 + w.number), Author: account(reviewer), State: pull.Approved, Commit: head, Content: r.Content, At: w.clock}}
	if text := after[".sallyport.yml"]; text != base[".sallyport.yml"] {
		r.Proposed = pull.Source{Path: ".sallyport.yml", Blob: w.write("blob", []byte(text)), Text: text}
	}
	var policy config.Policy
	if r.Policy.Text == "" {
		r.Policy = pull.Source{} // the landing's own hook says what judges it
	} else {
		policy = parsePolicy(w.t, r.Policy.Text)
		policy.Automerge.Method = l.method
	}
	return reconcile.World{Request: r, Rulebook: policy, People: w.people, Ring: w.ring, App: 99, DuoReady: true, Signs: true}
}

func difference(w *town, before, after files) []pull.File {
	var list []pull.File
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if before[path] == after[path] {
			continue
		}
		f := pull.File{Path: path, NewMode: pull.Regular, NewID: w.write("blob", []byte(after[path]))}
		if old, ok := before[path]; ok {
			f.OldMode, f.OldID = pull.Regular, w.write("blob", []byte(old))
		}
		list = append(list, f)
	}
	return list
}

func (w *town) reported(sha string) pull.Commit {
	raw := w.object(sha)
	c := reported(sha, raw, parse(raw))
	c.Author, c.Committer = account("dev"), account("dev")
	return c
}

// merge makes what lands, has the author confirm it, and tells where it stands.
func (w *town) merge(l landing, world *reconcile.World) (pull.Landed, string) {
	w.t.Helper()
	w.clock = w.clock.Add(time.Minute)
	r := &world.Request
	landed := pull.Landed{Tree: r.Test.Tree, Under: w.tip}
	switch l.method {
	case pull.MethodExact:
		d := world.Decide()
		var approvers []string
		for _, a := range d.Needs.Approvers {
			approvers = append(approvers, a.Login)
		}
		name, mail := l.signer.Identity()
		c := automerge.NewCandidate(*r, pull.Signature{Name: name, Email: mail, At: w.clock}, approvers, glassLines(d))
		if l.candidate != nil {
			l.candidate(&c)
		}
		c.SHA = w.commit(c.Payload, l.signer, w.clock)
		world.Candidate = &c
		landed.SHA = c.SHA
	case pull.MethodMerge:
		landed.SHA = w.commit(payload(r.Test.Tree, []string{w.tip, r.Head.SHA}, "web", "Merge", w.clock), nil, w.clock)
	case pull.MethodSquash:
		landed.SHA = w.commit(payload(r.Test.Tree, []string{w.tip}, "web", "Squash", w.clock), nil, w.clock)
	case pull.MethodFastForward:
		for c, ok := find(r.Commits, r.Head.SHA); ok; c, ok = find(r.Commits, c.Parents[0]) {
			landed.Line = append([]string{c.SHA}, landed.Line...)
		}
		landed.SHA = r.Head.SHA
	case pull.MethodRebase:
		parent := w.tip
		for _, c := range r.Commits {
			message := c.Message + " "
			if l.rebased != nil {
				message = l.rebased(message)
			}
			parent = w.commit(payload(c.Tree, []string{parent}, "web", message, w.clock), nil, w.clock)
			landed.Line = append(landed.Line, parent)
		}
		landed.SHA = parent
	}
	o := parse(w.object(landed.SHA))
	landed.Tree, landed.Parents = o.tree, o.parents
	w.content[landed.SHA] = w.content[o.tree]
	b := world.Decide().Binding
	if b.Glass != "" && len(world.Confirmations) == 0 {
		world.Confirmations = w.acknowledged(r.Glass, b)
	}
	if len(world.Confirmations) == 0 {
		world.Confirmations = []pull.Confirmation{{ID: 1, Binding: b, Person: "dev", Account: account("dev"), DuoUser: "dev.duo", Role: "author",
			State: pull.PromptAllowed, Txid: "tx", AskedAt: w.clock, EndedAt: w.clock}}
	}
	return landed, digest(w.object(landed.SHA))
}

func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func parsePolicy(t testing.TB, text string) config.Policy {
	t.Helper()
	policy, problems := config.ParsePolicy(".sallyport.yml", []byte(text))
	if problems != nil {
		t.Fatal(problems)
	}
	return policy
}

// chain lists the latest commits of main, oldest first.
func (w *town) chain(n int) []string {
	var list []string
	for sha := w.tip; len(list) < n; sha = parse(w.object(sha)).parents[0] {
		list = append(list, sha)
	}
	slices.Reverse(list)
	return list
}

// record writes the ledger's row and proves it.
func (w *town) record(b pull.Binding, sha, method string, signer *signature.Signer) attest.Inclusion {
	w.t.Helper()
	kind, i := "landing", pull.Intent{Binding: b}
	if method != pull.MethodExact {
		kind, i.Landed = "landed", sha
	}
	body, err := json.Marshal(i)
	if err != nil {
		w.t.Fatal(err)
	}
	row := attest.Row{Entry: pull.Entry{ID: int64(len(w.rows)) + 1, Kind: kind, Repo: b.Repo, Pull: b.Number, At: w.clock}, Body: body}
	w.rows = append(w.rows, row.Entry)
	leaf, err := row.Leaf()
	if err != nil {
		w.t.Fatal(err)
	}
	reader := tlog.HashReaderFunc(func(list []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(list))
		for i, at := range list {
			out[i] = w.hashes[at]
		}
		return out, nil
	})
	stored, err := tlog.StoredHashes(row.ID-1, leaf, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, h := range stored {
		w.hashes[tlog.StoredHashIndex(0, row.ID-1)+int64(i)] = h
	}
	return w.prove(row, reader, signer)
}

func (w *town) prove(row attest.Row, reader tlog.HashReader, signer *signature.Signer) attest.Inclusion {
	w.t.Helper()
	root, err := tlog.TreeHash(row.ID, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	checkpoint, err := ledger.Checkpoint{Origin: w.origin, Size: row.ID, Root: root}.Sign(ledger.NewSigner(signer))
	if err != nil {
		w.t.Fatal(err)
	}
	hashes, err := tlog.ProveRecord(row.ID, row.ID-1, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	in := attest.Inclusion{Row: row, Proof: ledger.Proof{Index: row.ID - 1, Size: row.ID, Hashes: hashes, Checkpoint: checkpoint}}
	if w.last != "" {
		grown, err := tlog.ProveTree(row.ID, row.ID-1, reader)
		if err != nil {
			w.t.Fatal(err)
		}
		in.Since = &attest.Since{Checkpoint: w.last, Hashes: grown}
	}
	w.last = checkpoint
	return in
}

func (w *town) seal(l attest.Landing, signer *signature.Signer) string {
	w.t.Helper()
	text, err := attest.Encode(l)
	if err != nil {
		w.t.Fatal(err)
	}
	sealed, err := attest.Seal(text, signer, w.clock)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(sealed)
}

// attest writes a note on top of the old ones.
func (w *town) attest(sha, text string) {
	w.t.Helper()
	if text == "" {
		delete(w.notes, attest.NotePath(sha))
	} else {
		w.notes[attest.NotePath(sha)] = text
	}
	if !w.later {
		w.push()
	}
}

// push commits the notes as they are.
func (w *town) push() {
	w.t.Helper()
	var parents []string
	if w.noted != "" {
		parents = []string{w.noted}
	}
	w.noted = w.commit(payload(w.tree(w.notes), parents, "bot", "Attest", w.clock), nil, w.clock)
	w.ref("refs/notes/sallyport", w.noted)
}

// foreign pushes to main past the gate.
func (w *town) foreign(path, text string) string {
	w.t.Helper()
	f := w.content[w.tip].with(path, text)
	if text == "" {
		delete(f, path)
	}
	w.tip = w.put(f, []string{w.tip}, "mallory", "Nothing to see", nil)
	w.ref("refs/heads/main", w.tip)
	return w.tip
}

func (w *town) options() Options {
	return Options{Dir: w.dir, Range: w.from + "..main", Keys: append([][]byte{w.bot.PublicKey()}, w.older...), Keyring: w.ring, People: w.people, Now: w.clock.Add(time.Hour)}
}

func (w *town) verify(o Options) Report {
	w.t.Helper()
	r, err := Run(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// codes are the findings that stop, "code" of the whole and "SHA code" of a commit.
func codes(r Report) []string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, f.Code)
	}
	for _, c := range r.Commits {
		for _, f := range c.Findings {
			if f.Level != Remark {
				list = append(list, fmt.Sprintf("%.10s %s", c.SHA, f.Code))
			}
		}
	}
	return list
}

func replaceMethod(method string) string {
	return strings.Replace(strict, "method: exact", "method: "+method, 1)
}

func find(commits []pull.Commit, sha string) (pull.Commit, bool) {
	for _, c := range commits {
		if c.SHA == sha {
			return c, true
		}
	}
	return pull.Commit{}, false
}
