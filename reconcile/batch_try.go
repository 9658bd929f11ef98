package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// try asks what CI says of the batch's head. Green, its people are asked next; red, it is dissolved, and the next one holds half
// as many.
func (p *pass) try(ctx context.Context, d Decision) (wait time.Duration, again bool, err error) {
	b := *d.Batch
	have, err := p.GitHub.ChecksOn(ctx, d.Request.Repo, b.Head)
	if err != nil {
		return 0, false, err
	}
	policy := d.Policy.Automerge.Batches(d.Request)
	state, why := automerge.Tried(automerge.Try{Policy: policy, Have: have, Rules: d.Policy.Automerge.Sources(d.Request.Rules.Checks), App: d.App, Since: b.At, At: d.Request.At})
	switch state {
	case pull.Pass:
		err = p.Store.AdvanceBatch(ctx, b.ID, pull.BatchTesting, pull.BatchAsking)
		if errors.Is(err, pull.ErrBatchMoved) {
			err = nil
		}
		return 0, true, errors.Join(err, p.reload(ctx))
	case pull.Block:
		why.Message = fmt.Sprintf("%s (%.10s: %s)", why.Message, b.Head, b.Listed())
		return 0, true, p.dissolveAs(ctx, b, pull.BatchRed, why)
	}
	left := max(time.Second, b.At.Add(policy.Wait()).Sub(d.Request.At))
	return min(queuePatience, left), false, nil
}

// untestable ends a batch that GitHub will not have stand where CI runs, as it ends one that is red: smaller ones fare no better, and
// whoever is alone in the end is told what to mend.
func (p *pass) untestable(ctx context.Context, b pull.Batch, cause error) error {
	return p.dissolveAs(ctx, b, pull.BatchRed, pull.Reason{Code: "batch-branch-refused", State: pull.Block, Evidence: map[string]string{"branch": b.Tested},
		Message: fmt.Sprintf("GitHub would not have %s made or moved: %s.", b.Tested, cause),
		Next:    "Let the app make, move and delete branches below sallyport/, then comment /sallyport recheck."})
}
