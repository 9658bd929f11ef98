package server

import (
	"context"

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
	// OpenRecords lists the results of open pull requests, newest first.
	OpenRecords(ctx context.Context) ([]pull.Record, error)
	// FindRepo finds a repository by the name it has now, whatever its case; false when it is not known.
	FindRepo(ctx context.Context, owner, name string) (pull.Repo, bool, error)
	// Timeline lists a pull request's ledger rows, oldest first.
	Timeline(ctx context.Context, k pull.Key, limit int) ([]pull.Entry, error)
	// Turns lists who lands next on each branch of a repository, in order; repository 0 means all.
	Turns(ctx context.Context, repo int64) ([]pull.Turn, error)
}

// Tokens looks an API token up: the name it was given to, and its scopes.
type Tokens func(token string) (name string, scopes []string, ok bool)

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
