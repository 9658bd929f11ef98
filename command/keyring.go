package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sallyport/sallyport/duobot/signature"
	"github.com/sallyport/sallyport/pull"
)

// readRing asks first when the keys were confirmed: what changes while they are read changes the files' stamp too.
func readRing(dir string, maxAge time.Duration) (*signature.Ring, error) {
	root := os.DirFS(dir)
	confirmed, err := signature.Confirmed(root, time.Now())
	if err != nil {
		return nil, err
	}
	return signature.LoadRing(root, confirmed, maxAge)
}

// keyringFresh is the probe that tells /readyz of a keyring too old to be believed.
func (f *files) keyringFresh(context.Context) error {
	err := f.Ring().Stale(time.Now())
	var fault *signature.Fault
	if errors.As(err, &fault) {
		return fmt.Errorf("%s: %s It was confirmed at %s and counts for %s; fetch the keys anew and touch %s in its folder",
			fault.Code, fault.Message, fault.Evidence["confirmed"], fault.Evidence["max-age"], signature.FreshFile)
	}
	return err
}

// watchKeyring counts how old the keyring is.
func (m *metrics) watchKeyring(f *files) {
	age := func() float64 { return time.Since(f.Ring().ReadAt).Seconds() }
	stale := func() float64 {
		if f.Ring().Stale(time.Now()) != nil {
			return 1
		}
		return 0
	}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sallyport_keyring_age_seconds",
			Help: "How long ago the keyring's content was last confirmed to be up to date."}, age),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sallyport_keyring_stale",
			Help: "1 while the keyring is too old to be believed and every signature is refused."}, stale))
}

// noteAge has every open pull request judged again when the keyring has become too old since the last look. Becoming
// fresh needs no such care: it takes a change of the files.
func (a *app) noteAge(ctx context.Context, wasStale bool) bool {
	err := a.files.keyringFresh(ctx)
	if err == nil || wasStale {
		return err != nil
	}
	n, filed := a.store.File(ctx, []pull.Scope{{}}, true)
	a.log.Error("keyring_stale", "error", err.Error(), "judging_again", n)
	if filed != nil {
		a.log.Error("keyring_stale_unfiled", "error", filed.Error())
		return false
	}
	return true
}
