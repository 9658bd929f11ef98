package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sallyport/sallyport/attest"
	"github.com/sallyport/sallyport/config"
	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// noteKey writes into the ledger that a new key signs, at the first start with it. A key that the one before did not
// name may be right, after a theft for instance; it is logged so that somebody knows why.
func (a *app) noteKey(ctx context.Context) error {
	signer := a.passes.Signer
	if signer == nil {
		return nil
	}
	ring, err := botKeys(a.config, signer)
	if err != nil {
		return err
	}
	k := pull.BotKey{Fingerprint: signer.Fingerprint(), NamedBy: namedBy(a.config, ring, signer.Fingerprint())}
	for _, about := range ring.Keys() {
		if about.Fingerprint == k.Fingerprint {
			k.Created = about.Created
		}
	}
	k, fresh, err := a.store.NoteKey(ctx, k)
	switch {
	case err != nil:
		return err
	case fresh && k.Before != "" && k.NamedBy == "":
		a.log.Warn("signing_key_unannounced", "fingerprint", k.Fingerprint, "before", k.Before)
	case fresh:
		a.log.Info("signing_key", "fingerprint", k.Fingerprint, "before", k.Before, "named_by", k.NamedBy)
	}
	return nil
}

// namedBy is the older key that named this one its successor, by a statement kept beside the old public keys.
func namedBy(cfg config.Server, ring *signature.Ring, fingerprint string) string {
	if cfg.SigningKeysOld == "" {
		return ""
	}
	files, err := filepath.Glob(filepath.Join(cfg.SigningKeysOld, fmt.Sprintf("*-to-%s.json", fingerprint)))
	if err != nil {
		return ""
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// The new key must not be the one that vouches: it signed nothing yet that others believe.
		if r, err := attest.OpenRotation(text, ring); err == nil && r.New == fingerprint && r.Old != fingerprint {
			return r.Old
		}
	}
	return ""
}
