package pull

import "errors"

// What a store refuses, as the reconciler must tell the cases apart.
var (
	ErrPromptPending = errors.New("this person already has an open Duo prompt")
	ErrAlreadyAsked  = errors.New("this person was already asked for this landing")
	ErrQuota         = errors.New("too many Duo requests in the last hour")
	ErrKeyPending    = errors.New("a Duo prompt about this key is still waiting for its answer")
	ErrTokenQuota    = errors.New("too many Duo requests by this token in the last hour")
	ErrPhoneFrozen   = errors.New("this person reported the last Duo push as fraud")
	ErrTurnPassed    = errors.New("the turn on this branch has passed on")
	ErrLandingOpen   = errors.New("a landing of this pull request is already under way")
	ErrFrozen        = errors.New("landing is frozen")
	ErrRolledBack    = errors.New("the ledger is older than a checkpoint of it")
)
