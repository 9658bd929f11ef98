package server

import (
	"context"
	"time"

	"github.com/sallyport/sallyport/pull"
)

// Inbox makes deliveries durable.
type Inbox interface {
	// Accept stores the delivery and files the work it causes, all or nothing. fresh is false when a delivery of
	// this id was accepted before; that is no error.
	Accept(ctx context.Context, d pull.Delivery) (fresh bool, err error)
}

// Records are the results of passes.
type Records interface {
	// Record is the latest result for a pull request; false when there is none.
	Record(ctx context.Context, k pull.Key) (pull.Record, bool, error)
	// OpenRepos lists the repositories that have open, judged pull requests, by name.
	OpenRepos(ctx context.Context) ([]pull.OpenRepo, error)
	// OpenRecords lists the results of open, judged pull requests of the repositories, newest first: some hundreds at a time,
	// those behind the first skip. None are left when there are none.
	OpenRecords(ctx context.Context, repos []int64, skip int) ([]pull.Record, error)
	// FindRepo finds a repository by the name it has now, whatever its case; false when it is not known.
	FindRepo(ctx context.Context, owner, name string) (pull.Repo, bool, error)
	// Repos lists the repositories that the app can see.
	Repos(ctx context.Context) ([]pull.Repo, error)
	// Timeline lists a pull request's ledger rows, oldest first.
	Timeline(ctx context.Context, k pull.Key, limit int) ([]pull.Entry, error)
	// History lists a repository's ledger rows with an id below before (0 means all), newest first.
	History(ctx context.Context, repo, before int64, limit int) ([]pull.Entry, error)
	// Entry is one row of the ledger; false when there is none of this id.
	Entry(ctx context.Context, id int64) (pull.Entry, bool, error)
	// Turns lists who lands next on each branch of a repository, in order; repository 0 means all.
	Turns(ctx context.Context, repo int64) ([]pull.Turn, error)
	// Alarms lists the alarms raised since then, newest first.
	Alarms(ctx context.Context, since time.Time) ([]pull.Alarm, error)
}

// Ledger is every row that was ever written.
type Ledger interface {
	// Entries lists rows with an id above after, in order, at most limit.
	Entries(ctx context.Context, after int64, limit int) ([]pull.Entry, error)
}

// Tokens looks an API token up.
type Tokens func(token string) (pull.Holder, bool)

// Keys answers duo-bot's API. Every refusal that a caller can mend is an answer with a code; an error is trouble here.
type Keys interface {
	// Ask asks a person about a key, once.
	Ask(ctx context.Context, a pull.KeyAsk) (pull.KeyAnswer, error)
	// Prompt is how the prompt of an earlier Ask stands.
	Prompt(ctx context.Context, id int64) (pull.KeyAnswer, error)
	// Check says whether a key was confirmed, or the commit that it names has landed.
	Check(ctx context.Context, q pull.KeyQuery) (pull.KeyAnswer, error)
	// Thaw lets somebody be asked again who reported fraud; false when nothing kept them from it. The error is a *pull.Refusal
	// where the token is not for them.
	Thaw(ctx context.Context, user string, by pull.Holder) (bool, error)
	// MayAskAbout reports whether a token is for somebody: a Duo name, or github:LOGIN.
	MayAskAbout(by pull.Holder, user string) bool
}

// Probe asks whether something that Sallyport rests on works.
type Probe struct {
	Name string
	// Required makes /readyz fail with the probe; the others are only reported.
	Required bool
	// Check returns nil when all is well. It is given two seconds.
	Check func(ctx context.Context) error
}

// Governing lists the rules that govern a pull request's files, in the policy's order. A group without a rule holds
// the files that no rule matches.
type Governing func(r pull.Request) []Governed

// Governed is one rule with the files that it governs.
type Governed struct {
	Rule  string
	Files []pull.File
}
