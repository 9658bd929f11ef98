package reconcile

import (
	"context"
	"fmt"

	"github.com/sallyport/sallyport/pull"
)

// commentator reads what people wrote on lines of a pull request's diff.
type commentator interface {
	Remarks(ctx context.Context, repo pull.Repo, number int) ([]pull.Comment, error)
}

func (p *pass) remarks(ctx context.Context, w *World) error { return w.readRemarks(ctx, p.GitHub) }

// readRemarks reads the comments on lines of the diff where what lands, and how, may hang on words. Elsewhere nobody would heed
// them, and they are not paid for.
func (w *World) readRemarks(ctx context.Context, github commentator) (err error) {
	r := &w.Request
	if r.Remarks = nil; !w.Rulebook.Automerge.Listens() {
		return nil
	}
	if r.Remarks, err = github.Remarks(ctx, r.Repo, r.Number); err != nil {
		return fmt.Errorf("listening for the words that %s lands by: %w", r.Ref(), err)
	}
	return nil
}
