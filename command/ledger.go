package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/ledger"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// openLedger gives the store the key that signs checkpoints and the file that keeps them, and compares the ledger with
// what was kept. A ledger that was rolled back does not keep the server from starting: its pages say what is wrong.
func (a *app) openLedger(ctx context.Context) error {
	if err := keyedLedger(a.store, a.passes.Signer, a.config); err != nil {
		return err
	}
	if a.passes.Signer == nil {
		a.log.Warn("no signing_key is configured: the ledger's checkpoints are not signed, and prove nothing to others")
	}
	if err := a.store.LedgerRights(ctx); err != nil {
		a.log.Warn("ledger_rights", "error", err.Error())
	}
	switch err := a.store.CheckLedger(ctx); {
	case errors.Is(err, pull.ErrRolledBack):
		return nil // nothing lands, so that no key signs
	case err != nil:
		return fmt.Errorf("comparing the ledger with its checkpoint: %w", err)
	}
	return a.noteKey(ctx)
}

// sweep looks at the ledger too, so that rows about verdicts and prompts are in the checkpoint file before long and not
// only with the next landing. What is wrong with it stops landings and no sweep.
func (a *app) sweep(ctx context.Context) error {
	if err := a.store.CheckLedger(ctx); err != nil {
		a.log.Error("ledger_unchecked", "error", err.Error())
	}
	return a.upkeep.Sweep(ctx)
}

// keyedLedger has the store sign with the bot's key, and believe it and those that it had before.
func keyedLedger(s *store.Store, signer *signature.Signer, cfg config.Server) error {
	s.CheckpointFile = cfg.CheckpointFile
	if signer == nil {
		return nil
	}
	keys, err := botKeys(cfg, signer)
	if err != nil {
		return err
	}
	verifier, err := ledger.VerifierOf(keys)
	if err != nil {
		return fmt.Errorf("reading the bot's public key: %w", err)
	}
	s.Signer, s.Verifier = ledger.NewSigner(signer), verifier
	return nil
}
