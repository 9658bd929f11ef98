// Package reconcile is the pass over one pull request: read the world, decide purely, write the decision down, act.
// It is level-triggered: a pass may run at any time, any number of times, and brings the pull request to where the
// facts say it belongs.
package reconcile

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sallyport/sallyport/duobot"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
)

// GitHub is what a pass needs of GitHub. Errors carry a [pull.Class].
type GitHub interface {
	// Snapshot reads a pull request at one moment, with the standing of the people in hint.
	Snapshot(ctx context.Context, repo pull.Repo, number int, hint pull.Question) (pull.Request, error)
	// Spare refuses where little is left for looks, and a look that can wait should leave it to landings.
	Spare(repo pull.Repo) error
	// Standing answers what the snapshot's hint did not cover.
	Standing(ctx context.Context, r pull.Request, q pull.Question) (pull.Standing, error)
	// RemotePolicy reads a policy file that the repository's own refers to; an empty path or ref means the usual one.
	RemotePolicy(ctx context.Context, repo pull.Repo, remote, path, ref string) (pull.Source, error)
	// Lacks names permissions that landing needs and that the app was not given.
	Lacks(ctx context.Context, repo pull.Repo) ([]string, error)
	// Bar says which of the rulesets the app may not pass by.
	Bar(ctx context.Context, repo pull.Repo, rulesets []pull.Ruleset) ([]pull.Ruleset, error)
	// Properties reads the repository's custom properties.
	Properties(ctx context.Context, repo pull.Repo) (*pull.Properties, error)
	// Remarks reads the comments on lines of a pull request's diff, all of them.
	Remarks(ctx context.Context, repo pull.Repo, number int) ([]pull.Comment, error)
	// Codeowners reads the CODEOWNERS file at the base of r.
	Codeowners(ctx context.Context, r pull.Request) (pull.Source, error)
	// Histories returns the commits with each one's own difference.
	Histories(ctx context.Context, r pull.Request) ([]pull.Commit, error)
	// Updates returns the commits with those marked that only bring the target branch in.
	Updates(ctx context.Context, r pull.Request) ([]pull.Commit, error)
	// Blob reads a policy text by its object id; path is what it is called.
	Blob(ctx context.Context, repo pull.Repo, path, oid string) (pull.Source, error)
	// Pusher says who moved the head branch to its SHA, the zero Account when GitHub does not know.
	Pusher(ctx context.Context, r pull.Request) (pull.Account, error)
	// Publish writes a check run and returns its id.
	Publish(ctx context.Context, repo pull.Repo, report pull.Report) (int64, error)
	// Merge asks GitHub to land the intent's head by its method, and returns the SHA of what landed.
	Merge(ctx context.Context, r pull.Request, i pull.Intent, message string) (string, error)
	// Update merges the target's tip into the head branch, if the head is still the request's.
	Update(ctx context.Context, r pull.Request) error
	// Enqueue puts the request's head into the target's merge queue, Dequeue takes the pull request out of it.
	Enqueue(ctx context.Context, r pull.Request) error
	Dequeue(ctx context.Context, r pull.Request) error
	// Upload hands over a commit object that no branch points to, and returns the name that GitHub gave it.
	Upload(ctx context.Context, repo pull.Repo, c pull.Candidate) (sha, doubt string, err error)
	// MoveRefs moves refs by compare-and-swap, never forced: all of them, or none.
	MoveRefs(ctx context.Context, repo pull.Repo, moves ...pull.RefMove) error
	// Notes says where a ref of notes stands, Note reads one note below a commit of them.
	Notes(ctx context.Context, repo pull.Repo, ref string) (pull.Notes, error)
	Note(ctx context.Context, repo pull.Repo, commit, path string) ([]byte, bool, error)
	// NoteTree puts a note into a tree, UploadNote makes a commit of it that no ref points to.
	NoteTree(ctx context.Context, repo pull.Repo, tree, path, text string) (string, error)
	UploadNote(ctx context.Context, repo pull.Repo, n pull.NoteCommit) (string, error)
	// Commit reads one commit, with the bytes that were signed.
	Commit(ctx context.Context, repo pull.Repo, sha string) (pull.Commit, error)
	// Contains reports whether a branch contains a commit.
	Contains(ctx context.Context, repo pull.Repo, branch, sha string) (bool, error)
	Close(ctx context.Context, repo pull.Repo, number int) error
	// Difference lists the paths that differ between two root trees.
	Difference(ctx context.Context, repo pull.Repo, base, merge string) ([]pull.File, error)
	// Point makes or moves a branch of ours, Drop removes it if it is still at a commit, MergeInto merges a commit into it while it
	// is at under.
	Point(ctx context.Context, repo pull.Repo, branch, sha string) error
	Drop(ctx context.Context, repo pull.Repo, branch, at string) error
	MergeInto(ctx context.Context, repo pull.Repo, branch, under, head string) (pull.TestMerge, error)
	// ChecksOn reads the newest of each check on a commit.
	ChecksOn(ctx context.Context, repo pull.Repo, sha string) ([]pull.Check, error)
	// Branch reads a branch with what guards it and the open pull requests that hang on it.
	Branch(ctx context.Context, repo pull.Repo, name string) (pull.Branch, error)
	Retarget(ctx context.Context, repo pull.Repo, number int, base string) error
	// Others reads other pull requests of a repository, by number, and whether everybody may read the repository.
	Others(ctx context.Context, repo pull.Repo, numbers []int) (public bool, found map[int]pull.Other, err error)
	// Delete deletes a branch by compare-and-swap.
	Delete(ctx context.Context, repo pull.Repo, branch, at string) error
	Comment(ctx context.Context, repo pull.Repo, number int, body string) error
	// OpenIssue opens an issue and returns its number; FindIssue finds one of ours whose text has the mark, 0 for none.
	OpenIssue(ctx context.Context, repo pull.Repo, title, body string) (int, error)
	FindIssue(ctx context.Context, repo pull.Repo, mark string, since time.Time) (int, error)
	// RequestReviews asks people and teams of the owner for a review. Asking twice is asking once.
	RequestReviews(ctx context.Context, repo pull.Repo, number int, people, teams []string) error
	// Dismiss takes a review's decision back and says why. Dismissing twice is refused.
	Dismiss(ctx context.Context, repo pull.Repo, number int, review int64, why string) error
	// React puts a reaction on a comment.
	React(ctx context.Context, repo pull.Repo, comment int64, content string) error
}

// Duo asks a person and learns the answer.
type Duo interface {
	// Ask sends one push. The state says whether it is open, certainly unsent, or of unknown fate.
	Ask(ctx context.Context, user string, info duobot.PushInfo) (duobot.Answer, error)
	// AskBy is Ask by a factor of the person's choice; a passcode is answered at once.
	AskBy(ctx context.Context, factor pull.Factor, user string, passcode pull.Passcode, info duobot.PushInfo) (duobot.Answer, error)
	// Status waits for news of an open push, a minute at most.
	Status(ctx context.Context, txid string) (pull.PromptState, string, error)
}

// Store keeps what must survive. Everything it writes is durable before it returns.
type Store interface {
	Save(ctx context.Context, record pull.Record) error
	Siblings(ctx context.Context, k pull.Key, head, branch string) ([]pull.Record, error)
	// Neighbours are the other open pull requests into the branch, at most limit, and how many there are.
	Neighbours(ctx context.Context, k pull.Key, branch string, limit int) ([]pull.Record, int, error)
	// OwnedBy are the open pull requests of the owner's repositories, but for those into one branch of one repository.
	OwnedBy(ctx context.Context, owner string, repo int64, branch string, limit int) ([]pull.Record, int, error)
	// Borrowers are the open pull requests of the owner's repositories, but for k, whose record says that they borrow what.
	// With no owner they are everybody's.
	Borrowers(ctx context.Context, k pull.Key, owner, what string, limit int) ([]pull.Record, int, error)
	// Lent names, in lower case, the files of a repository ("owner/name") that open pull requests elsewhere are judged or landed by.
	Lent(ctx context.Context, repository string) ([]string, error)
	Pusher(ctx context.Context, repo int64, sha string) (pull.Account, bool, error)
	// Pushers are who pushed these commits as heads, as far as the books know.
	Pushers(ctx context.Context, repo int64, shas []string) ([]pull.Pushed, error)
	// FindRepo finds a repository by the name it has now, HasLanded says whether the books have a landing of k.
	FindRepo(ctx context.Context, owner, name string) (pull.Repo, bool, error)
	HasLanded(ctx context.Context, k pull.Key) (bool, error)

	// BeginPrompt writes down that a push is about to go out. It refuses with [pull.ErrPromptPending],
	// [pull.ErrAlreadyAsked] or [pull.ErrQuota].
	BeginPrompt(ctx context.Context, c pull.Confirmation) (pull.Confirmation, error)
	RetryPrompt(ctx context.Context, id int64) (pull.Confirmation, error)
	UpdatePrompt(ctx context.Context, c pull.Confirmation) error

	// Work is all that is known of a pull request, Turns who lands next on each branch of a repository, in order.
	Work(ctx context.Context, k pull.Key) (pull.Work, error)
	Turns(ctx context.Context, repo int64) ([]pull.Turn, error)
	// FormBatch writes down a batch that the turn's holder put together, AdvanceBatch that it came further, DissolveBatch that it
	// will not land; LastBatch is the latest of a branch that has ended.
	FormBatch(ctx context.Context, t pull.Turn, b pull.Batch) (pull.Batch, error)
	AdvanceBatch(ctx context.Context, id int64, from, to pull.BatchState) error
	DissolveBatch(ctx context.Context, id int64, as pull.BatchState, why pull.Reason) error
	LastBatch(ctx context.Context, repo int64, branch string) (pull.Batch, bool, error)
	// BeginBatch writes down that all members are about to land, or none; AbandonBatch that none did.
	BeginBatch(ctx context.Context, t pull.Turn, id int64, intents []pull.Intent) ([]pull.Intent, error)
	AbandonBatch(ctx context.Context, id int64, how pull.Intent) error

	// KeepSide writes down that a branch of ours is about to be made, moved or merged into, ForgetSide that it is gone.
	KeepSide(ctx context.Context, b pull.SideBranch) error
	ForgetSide(ctx context.Context, b pull.SideBranch) error

	TakeTurn(ctx context.Context, k pull.Key, branch string, ttl time.Duration, priority bool) (pull.Turn, error)
	LeaveTurn(ctx context.Context, k pull.Key, branch string) error

	// BeginLanding writes down that a landing is about to be attempted, if the turn still stands. It refuses with
	// [pull.ErrTurnPassed], [pull.ErrLandingOpen] or [pull.ErrFrozen].
	BeginLanding(ctx context.Context, t pull.Turn, i pull.Intent) (pull.Intent, error)
	EndLanding(ctx context.Context, i pull.Intent) error
	// LandingsUnderWay lists the landings into the branch whose outcome is not in the books.
	LandingsUnderWay(ctx context.Context, repo int64, branch string) ([]pull.Intent, error)
	// LandedAs finds the pull request that the books say became a commit of a branch, Record what is known of one.
	LandedAs(ctx context.Context, repo int64, branch, sha string) (pull.LandedAs, bool, error)
	Record(ctx context.Context, k pull.Key) (pull.Record, bool, error)
	// File asks for a pass over the pull requests in the scopes.
	File(ctx context.Context, scopes []pull.Scope, fresh bool) (int, error)

	// AdmitUpdate reports whether the branch's tip may be the reason for another update, of which it causes most in all.
	AdmitUpdate(ctx context.Context, k pull.Key, branch, base string, most int) (bool, error)

	Freeze(ctx context.Context, f pull.Freeze) error
	Unfreeze(ctx context.Context, id int64, by pull.Account) error
	// Frozen lists the freezes that stand in a repository.
	Frozen(ctx context.Context, repo int64) ([]pull.Freeze, error)
	Append(ctx context.Context, e pull.Entry) error
	// Timeline lists the pull request's latest rows of the ledger, oldest first.
	Timeline(ctx context.Context, k pull.Key, limit int) ([]pull.Entry, error)
	// Prove gives a row with the proof that the ledger holds it, ProveConsistency that it grew from an older size.
	Prove(ctx context.Context, id int64) (pull.Entry, ledger.Proof, error)
	ProveConsistency(ctx context.Context, older, newer int64) ([]tlog.Hash, error)
	// Witness holds the ledger against a checkpoint that was kept elsewhere; [pull.ErrRolledBack] stops all landings.
	Witness(ctx context.Context, checkpoint string) error
	// Raise raises an alarm together with its ledger entry and freezes; the same occurrence only once.
	Raise(ctx context.Context, a pull.Alarm, entry *pull.Entry, freezes ...pull.Freeze) (fresh bool, err error)
	// RaiseFraud raises the alarm of a fraudulent push, and freezes its pull request and its author's others.
	RaiseFraud(ctx context.Context, a pull.Alarm, f pull.Freeze) error
}

// Reconciler runs passes.
type Reconciler struct {
	GitHub GitHub
	Duo    Duo           // nil: Duo is not configured, and whoever needs it is blocked
	Lease  time.Duration // how long the holder of a turn may be silent; 0 is two minutes
	Store  Store
	People func() *duobot.People
	Ring   func() *signature.Ring
	// Signer signs exact landings; nil where no signing key is configured, and then nothing lands that way.
	Signer *signature.Signer
	// Keys are the bot's public keys, those it had before included; nil where no signing key is configured.
	Keys *signature.Ring
	// App is our own GitHub App's id: the only author of check runs that prove anything.
	App int64
	// Landing is the file about landing of repositories that say nothing of it themselves; absent for none.
	Landing pull.Source
	// Watchdog is how long what is ready may take to land before it is told of; 0 means for ever. Overdue is told the
	// reason's code.
	Watchdog time.Duration
	Overdue  func(code string)
	// PublicURL is where people find the pages, without a trailing slash.
	PublicURL string
	Log       *slog.Logger
	// Now is the clock of retries and deadlines; judges use the snapshot's own time.
	Now func() time.Time

	rules rules
	notes notebook
}
