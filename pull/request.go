// Package pull holds the facts about a pull request and the verdicts reached on them:
// plain values that serialise to JSON, with no I/O and no clock of their own.
package pull

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Key names a pull request by the repository's numeric id, which survives renames and transfers.
type Key struct {
	Repo   int64 `json:"repo"`
	Number int   `json:"number"`
}

func (k Key) String() string { return fmt.Sprintf("%d#%d", k.Repo, k.Number) }

// Repo is a repository as GitHub last described it. ID is the identity, the rest may change under it.
type Repo struct {
	ID            int64  `json:"id"`
	NodeID        string `json:"node_id,omitempty"`
	Owner         string `json:"owner"`
	Name          string `json:"name"`
	DefaultBranch string `json:"default_branch,omitempty"`
	Installation  int64  `json:"installation"`
	// Public says that GitHub shows it to everybody; only a snapshot tells.
	Public bool `json:"public,omitempty"`
}

// LetRead is what to do so that the app can read a team or an organisation ("org/team", "org"): one that is not the owner's is
// read through the app there.
func (r Repo) LetRead(group string) string {
	if org, _, _ := strings.Cut(group, "/"); !strings.EqualFold(org, r.Owner) {
		return "have an owner of " + org + " install the app there and let it read the organisation's members"
	}
	return "let the app read the organisation's members"
}

// FullName is "owner/name", as people write it.
func (r Repo) FullName() string { return r.Owner + "/" + r.Name }

// AccountKind tells people from machines.
type AccountKind string

// The kinds of account. An account that GitHub no longer knows (a "ghost") has the zero Account.
const (
	User AccountKind = "User"
	Bot  AccountKind = "Bot"
)

// Account is a GitHub account. Identity is the numeric ID; the login is for people to read. ID 0 means that
// nobody could be named.
type Account struct {
	ID    int64       `json:"id"`
	Login string      `json:"login"`
	Kind  AccountKind `json:"kind,omitempty"`
}

// Known reports whether the account is a real one.
func (a Account) Known() bool { return a.ID != 0 }

// Shared reports whether it is GitHub Actions' own account, as which every workflow of any branch acts: whoever can push one can
// have it push, commit and open pull requests, and nobody can tell who that was.
func (a Account) Shared() bool {
	return a.Kind == Bot && a.Canonical() == "github-actions"+BotSuffix
}

// BotSuffix ends a bot's login everywhere but in GraphQL.
const BotSuffix = "[bot]"

// Canonical is how a policy names the account. A bot always carries its suffix, so that a person's name never means a bot of
// the same name.
func (a Account) Canonical() string {
	if a.Kind == Bot && !strings.HasSuffix(a.Login, BotSuffix) {
		return a.Login + BotSuffix
	}
	return a.Login
}

// Lifecycle is where a pull request stands on GitHub.
type Lifecycle string

// The lifecycles.
const (
	Open   Lifecycle = "open"
	Closed Lifecycle = "closed"
	Merged Lifecycle = "merged"
)

// Request is everything that the judges may know of a pull request, read at one moment.
type Request struct {
	Repo   Repo      `json:"repo"`
	Number int       `json:"number"`
	NodeID string    `json:"node_id,omitempty"`
	URL    string    `json:"url,omitempty"`
	Title  string    `json:"title"`
	Body   string    `json:"body,omitempty"`
	State  Lifecycle `json:"state"`
	Draft  bool      `json:"draft,omitempty"`
	Author Account   `json:"author"`
	Labels []string  `json:"labels,omitempty"`
	// AutoMerge says that somebody switched GitHub's own auto-merge on.
	AutoMerge bool `json:"auto_merge,omitempty"`

	Head Head `json:"head"`
	Base Base `json:"base"`
	// Test is GitHub's own merge of Head into Base, the landing's dress rehearsal.
	Test TestMerge `json:"test"`
	// Files is the landing diff: every path that differs between the tree of B and the tree of M.
	// It is meaningful only when Test.State is Clean.
	// Where each commit is governed, what only a commit of its own changes is listed too.
	Files []File `json:"files,omitempty"`
	// Content is the Digest of the landing diff; empty while there is none.
	Content string `json:"content,omitempty"`

	Commits      []Commit `json:"commits,omitempty"` // oldest first
	CommitsTotal int      `json:"commits_total"`     // as GitHub counts them; more than len(Commits) means some are unseen
	Reviews      []Review `json:"reviews,omitempty"` // oldest first
	// Pusher is who last pushed the head, by GitHub's word. Unknown when GitHub never said.
	Pusher Account `json:"pusher"`
	// Pushers are who pushed a commit of the request as a head, by GitHub's word, as far as it was heard: whoever pushes on top
	// of a commit did not write it.
	Pushers []Pushed `json:"pushers,omitempty"`

	// Describer is who wrote the description as it stands: its last editor, else the author. Unknown where GitHub does not say.
	Describer Account `json:"describer,omitzero"`
	// Depends are the pull requests that the description waits for, and those that they wait for in turn, as far as they
	// were read.
	Depends []Dependency `json:"depends,omitempty"`
	// Comments are what people wrote, oldest first: a command counts as it stands here. The pull request's own
	// text is the comment with ID 0.
	Comments []Comment `json:"comments,omitempty"`
	// Remarks are the comments on lines of the diff, oldest first, read only where what lands may hang on words. They are words
	// that a condition on landing listens for and nothing else: no commands, no approvals, no description.
	Remarks []Comment `json:"remarks,omitempty"`
	// Properties are the repository's custom properties; nil when they were not read.
	Properties *Properties `json:"properties,omitempty"`
	// Size is how much text changes; nil when it was not read.
	Size *Size `json:"size,omitempty"`

	// Queued is its place in GitHub's merge queue; nil while it has none. Once its group is built, Base, Test and Files are
	// the group's. Removed is how the queue last let go of it.
	Queued  *Queued `json:"queued,omitempty"`
	Removed Removal `json:"removed,omitzero"`

	Checks    []Check    `json:"checks,omitempty"`    // check runs and commit statuses on H
	Workflows []Workflow `json:"workflows,omitempty"` // the latest run of each Actions workflow on H, where read
	Rules     Rules      `json:"rules"`               // what the target branch demands
	Policy    Source     `json:"policy"`              // the policy file at the tip of the target branch
	// Proposed is the policy file as this pull request would have it, read only where it changes the file.
	Proposed Source `json:"proposed"`
	// Besides are the other files that decide what lands as this pull request would have them, where it changes them.
	Besides []Source `json:"besides,omitempty"`
	// Remote is the file that Policy refers to in another repository; absent where it refers to none.
	Remote Source `json:"remote"`
	// Landing is the file that says what lands by itself where Policy does not: bulldozer's. Absent where there is none.
	Landing Source `json:"landing"`
	// Floor is what the owner's .github repository asks of all of its repositories, at the tip of its default branch.
	Floor Source `json:"floor"`
	// Codeowners is the CODEOWNERS file at the tip of the target branch, read only where a policy rests on it.
	Codeowners Source `json:"codeowners"`

	Standing Standing `json:"standing"` // roles and teams of the people who matter
	Landed   Landed   `json:"landed"`   // set once State is Merged

	At time.Time `json:"at"` // when this was read
	// Since is when this head was first seen: how long its checks have had to start.
	Since time.Time `json:"since"`
	// Glass is the last break-glass landing that somebody asked for; nil where nobody did.
	Glass *Glass `json:"glass,omitempty"`
}

// Governed reports whether anything says what may become of the pull request: a policy, or a file about landing alone.
func (r Request) Governed() bool { return r.Policy.Present() || r.Landing.Present() }

// Rulebook names the texts that a landing rests on: the policy's, or else the text of the file about landing, and the
// floor's where there is one. Whoever agreed under other texts agreed to something else.
func (r Request) Rulebook() string {
	name := r.Policy.Blob
	if name == "" {
		name = r.Landing.Blob
	}
	if r.Floor.Blob != "" {
		name += "+" + r.Floor.Blob
	}
	return name
}

// Key names the pull request.
func (r Request) Key() Key { return Key{r.Repo.ID, r.Number} }

// Ref is "owner/name#7".
func (r Request) Ref() string { return fmt.Sprintf("%s#%d", r.Repo.FullName(), r.Number) }

// Digest names a landing diff, object by object: equal digests change the same paths from the same objects to the
// same objects.
func Digest(files []File) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%q %o %o %s %s\n", f.Path, f.OldMode, f.NewMode, f.OldID, f.NewID)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Head is the proposed end: branch and SHA (H). Repo is 0 when the fork is gone.
type Head struct {
	SHA    string `json:"sha"`
	Branch string `json:"branch"`
	Repo   int64  `json:"repo"`
	Owner  string `json:"owner,omitempty"`
	// Modifiable says that the fork's owner lets the target's maintainers push to the branch.
	Modifiable bool `json:"modifiable,omitempty"`
}

// Base is the target branch and its tip (B), with the tip's root tree.
type Base struct {
	SHA    string `json:"sha"`
	Branch string `json:"branch"`
	Tree   string `json:"tree"`
}

// Mergeability says what GitHub knows of the test merge.
type Mergeability string

// The mergeabilities. Unsettled is the zero value: ask again.
const (
	Unsettled Mergeability = ""
	Clean     Mergeability = "clean"
	Conflict  Mergeability = "conflict"
	// Outdated is a test merge with an older tip of the target, where both sides changed the same files since: only GitHub
	// can tell what merging gives now, and it makes another one twice a day, or when the head moves.
	Outdated Mergeability = "outdated"
)

// TestMerge is GitHub's test merge commit, or what follows from one. State is Clean only for the parents B and H.
type TestMerge struct {
	State   Mergeability `json:"state"`
	SHA     string       `json:"sha,omitempty"`
	Tree    string       `json:"tree,omitempty"`
	Parents []string     `json:"parents,omitempty"`
	// Nameless says that GitHub has no commit of that SHA: its own is of an older base, and tree and name follow from it.
	Nameless bool `json:"nameless,omitempty"`
	// Touches says, while State is Unsettled and nothing governs the request, that GitHub's own listing names a file that
	// would: a hint that asking again is worth it.
	Touches bool `json:"touches,omitempty"`
}

// Pushed is a commit that was once pushed as a head. By is unknown where more than one account did.
type Pushed struct {
	SHA string  `json:"sha"`
	By  Account `json:"by"`
}

// Alone reports whether a push of the commit brought nothing else of the request's: what it lies on was pushed before, or is
// somebody else's.
func (r Request) Alone(c Commit) bool {
	return !slices.ContainsFunc(c.Parents, func(parent string) bool {
		own := slices.ContainsFunc(r.Commits, func(o Commit) bool { return o.SHA == parent })
		return own && !slices.ContainsFunc(r.Pushers, func(p Pushed) bool { return p.SHA == parent })
	})
}

// Rehearsal is the commit object by which a merge is named that GitHub has not made: nobody makes it, but there is one for each
// base, head and tree, so that whatever is bound to its name is bound to these.
func Rehearsal(tree, base, head string) string {
	return fmt.Sprintf("tree %s\nparent %s\nparent %s\nauthor Sallyport <> 0 +0000\ncommitter Sallyport <> 0 +0000\n\nMerge %s into %s\n",
		tree, base, head, head, base)
}

// Landed describes the commit that GitHub says the pull request became.
type Landed struct {
	SHA     string   `json:"sha,omitempty"`
	Tree    string   `json:"tree,omitempty"`
	Parents []string `json:"parents,omitempty"`
	// Under is the commit that the landing stands on: the first parent of the first landed commit
	// (for a rebase, behind all rebased commits).
	Under string `json:"under,omitempty"`
	// Line is every landed commit of a rebase, oldest first; empty for the other methods.
	Line []string  `json:"line,omitempty"`
	By   Account   `json:"by"`
	At   time.Time `json:"at"`
	// Commit is the landed commit with the bytes that were signed, as it was read together with the rest; nil where it was not.
	// It is not written down.
	Commit *Commit `json:"-"`
}

// Source is a policy file as found: Path is empty when none exists.
type Source struct {
	Path string `json:"path,omitempty"`
	Blob string `json:"blob,omitempty"` // git object id of the text, the policy's digest in bindings
	Text string `json:"text,omitempty"`
	// Unreadable, when set, says why the file that exists cannot be judged by: binary, oversized, a symlink.
	Unreadable string `json:"unreadable,omitempty"`
}

// Present reports whether the repository has a policy at all.
func (s Source) Present() bool { return s.Path != "" }

// ServerFile begins the path of a file that no repository holds, but the server's operator.
const ServerFile = "the server's "

// FromServer reports whether the file is the server's own, for repositories that have none.
func (s Source) FromServer() bool { return strings.HasPrefix(s.Path, ServerFile) }

// Elsewhere names the repository ("owner/name") that holds the file, and its path there, where it is another one than
// the request's own.
func (s Source) Elsewhere() (repository, path string, ok bool) {
	repository, path, ok = strings.Cut(s.Path, ":")
	return repository, path, ok && strings.Contains(repository, "/")
}
