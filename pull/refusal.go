package pull

import (
	"errors"
	"fmt"
)

// What a store refuses, as the reconciler must tell the cases apart.
var (
	ErrPromptPending = errors.New("this person already has an open Duo prompt")
	ErrAlreadyAsked  = errors.New("this person was already asked for this landing")
	ErrQuota         = errors.New("too many Duo requests in the last hour")
	ErrKeyPending    = errors.New("a Duo prompt about this key is still waiting for its answer")
	ErrTokenQuota    = errors.New("too many Duo requests by this token in the last hour")
	ErrPhoneFrozen   = errors.New("this person reported the last Duo push as fraud")
	ErrTurnPassed    = errors.New("the turn on this branch has passed on")
	ErrBatchMoved    = errors.New("the batch has moved on")
	ErrLandingOpen   = errors.New("a landing of this pull request is already under way")
	ErrFrozen        = errors.New("landing is frozen")
	ErrRolledBack    = errors.New("the ledger is older than a checkpoint of it")
)

// Quotas bound how many Duo pushes go out within an hour; zero values get the store's own bounds.
type Quotas struct {
	Pull       int // asked for by somebody, to one person for one pull request
	Person     int // of all kinds, to one person
	Repository int // of all kinds, for one repository
}

// The words for whose quota is used up.
const (
	QuotaOfPull       = "person for one pull request"
	QuotaOfPerson     = "person"
	QuotaOfRepository = "repository"
)

// QuotaError is ErrQuota with whose it is.
type QuotaError struct {
	Of    string
	Limit int
}

func (e *QuotaError) Error() string {
	return fmt.Sprintf("%v: at most %d for one %s", ErrQuota, e.Limit, e.Of)
}

// Is has every quota be ErrQuota.
func (e *QuotaError) Is(target error) bool { return target == ErrQuota }
