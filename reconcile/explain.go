package reconcile

import (
	"context"

	"github.com/sallyport/sallyport/pull"
)

// Explain reads a pull request and decides, and does nothing about it. It needs no books: what only they know (who
// was asked through Duo, who pushed) counts as unknown.
func (r *Reconciler) Explain(ctx context.Context, repo pull.Repo, number int) (Decision, error) {
	w, err := r.reader(repo, number).read(ctx)
	if err != nil {
		return Decision{}, err
	}
	return w.Decide(), nil
}

// reader is a pass that only looks.
func (r *Reconciler) reader(repo pull.Repo, number int) *pass {
	blind := &Reconciler{GitHub: r.GitHub, Duo: r.Duo, Store: noBooks{}, People: r.People, Ring: r.Ring, Signer: r.Signer, Landing: r.Landing, App: r.App, PublicURL: r.PublicURL, Log: r.Log}
	return &pass{Reconciler: blind, log: r.Log, work: pull.Work{Key: pull.Key{Repo: repo.ID, Number: number}, Repo: repo}}
}

// noBooks is the store of somebody who only wants to know.
type noBooks struct{ Store }

func (noBooks) Siblings(context.Context, pull.Key, string, string) ([]pull.Record, error) {
	return nil, nil
}

func (noBooks) Neighbours(context.Context, pull.Key, string, int) ([]pull.Record, int, error) {
	return nil, 0, nil
}

func (noBooks) Borrowers(context.Context, pull.Key, string, string, int) ([]pull.Record, int, error) {
	return nil, 0, nil
}

func (noBooks) Lent(context.Context, string) ([]string, error) { return nil, nil }

func (noBooks) OwnedBy(context.Context, string, int64, string, int) ([]pull.Record, int, error) {
	return nil, 0, nil
}

func (noBooks) Pushers(context.Context, int64, []string) ([]pull.Pushed, error) { return nil, nil }

func (noBooks) Pusher(context.Context, int64, string) (pull.Account, bool, error) {
	return pull.Account{}, false, nil
}
