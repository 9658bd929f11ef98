package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport/sallyport/automerge"
	"github.com/sallyport/sallyport/pull"
)

// part dissolves the batch of which this is no longer the member that it was made from.
func (p *pass) part(ctx context.Context, w World) error {
	if w.Parted == "" {
		return nil
	}
	return p.dissolve(ctx, *p.standing(), pull.Reason{Code: "batch-member-moved", State: pull.Wait,
		Message: fmt.Sprintf("#%d %s.", p.work.Key.Number, w.Parted), Evidence: map[string]string{"member": fmt.Sprintf("#%d", p.work.Key.Number)}})
}

// dissolve ends a batch. Its members are woken, and whoever holds the turn forms another.
func (p *pass) dissolve(ctx context.Context, b pull.Batch, why pull.Reason) error {
	return p.dissolveAs(ctx, b, pull.BatchDissolved, why)
}

func (p *pass) dissolveAs(ctx context.Context, b pull.Batch, as pull.BatchState, why pull.Reason) error {
	err := p.Store.DissolveBatch(ctx, b.ID, as, why)
	if err != nil && !errors.Is(err, pull.ErrBatchMoved) {
		return fmt.Errorf("dissolving the batch %.10s: %w", b.Head, err)
	}
	p.log.Info("batch dissolved", "batch", b.Head, "code", why.Code, "why", why.Message)
	return p.reload(ctx)
}

// reload reads from the books what became of batches and landings; what this pass knows besides stays as it is.
func (p *pass) reload(ctx context.Context) error {
	work, err := p.Store.Work(ctx, p.work.Key)
	if err != nil {
		return err
	}
	p.work.Batches, p.work.Sides, p.work.Intents, p.work.Confirmations = work.Batches, work.Sides, work.Intents, work.Confirmations
	return nil
}

// breaks says why a member cannot land in its batch, whatever its people answer.
func (d Decision) breaks() (pull.Reason, bool) {
	why := pull.Reason{State: pull.Wait, Evidence: map[string]string{"member": fmt.Sprintf("#%d", d.Request.Number)}}
	switch duo := d.duo(); {
	case d.Binding.Method != pull.MethodExact:
		why.Code, why.Message = "batch-member-moved", "lands otherwise now"
	case d.breaksGlass():
		why.Code, why.Message = "batch-member-moved", "is to land past the gates, alone"
	case d.Stage < automerge.Ready:
		lead := d.Verdict(pull.GateAutomerge).Lead()
		why.Code, why.Message = "batch-member-held", "is held back: "+lead.Message
		why.Evidence["code"] = lead.Code
	case duo.State == pull.Block:
		why.Code, why.Message = "batch-member-refused", "was not confirmed: "+duo.Lead().Message
		why.Evidence["code"] = duo.Lead().Code
	case !d.fits():
		why.Code, why.Message = "batch-member-moved", "is approved by others now"
	default:
		return pull.Reason{}, false
	}
	why.Message = fmt.Sprintf("#%d %s", d.Request.Number, why.Message)
	return why, true
}
