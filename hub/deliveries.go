package hub

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/sallyport/sallyport/pull"
)

// deliveryPages bounds how many pages of deliveries, of a hundred each, are read at a time: an app may ask for little more
// than eighty a minute, and everything else that it asks in its own name comes out of the same.
const deliveryPages = 30

// FailedDeliveries lists the webhooks since then that GitHub could not hand over and has not handed over since, oldest
// first, each once, by its latest attempt. The listing is GitHub's own, newest first; it is read no further back than since,
// and where that is too far for one look, rest is from where the next one goes on into the past.
func (h *Hub) FailedDeliveries(ctx context.Context, since time.Time, from string) (failed []pull.FailedDelivery, rest string, err error) {
	taken := map[string]bool{} // by GUID, of deliveries newer than the one at hand
	for range deliveryPages {
		page, next, err := h.deliveries(ctx, from)
		if err != nil {
			return nil, "", fmt.Errorf("reading webhook deliveries: %w", err)
		}
		for _, d := range page {
			if d.GetDeliveredAt().Before(since) {
				slices.Reverse(failed)
				return failed, "", nil
			}
			if taken[d.GetGUID()] {
				continue
			}
			taken[d.GetGUID()] = true
			if status := d.GetStatusCode(); status < 200 || status > 299 {
				failed = append(failed, pull.FailedDelivery{ID: d.GetID(), GUID: d.GetGUID(), Event: d.GetEvent(),
					Status: status, At: d.GetDeliveredAt().UTC()})
			}
		}
		if next == "" || next == from {
			from = ""
			break
		}
		from = next
	}
	slices.Reverse(failed)
	return failed, from, nil
}

func (h *Hub) deliveries(ctx context.Context, cursor string) ([]*github.HookDelivery, string, error) {
	var page []*github.HookDelivery
	var next string
	err := h.rest(ctx, request{operation: "deliveries"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		found, resp, err := c.Apps.ListHookDeliveries(ctx, &github.ListCursorOptions{PerPage: 100, Cursor: cursor})
		if err == nil {
			page, next = found, resp.Cursor
		}
		return resp, err
	})
	return page, next, err
}

// Redeliver asks GitHub to hand a delivery over once more. Asking twice only delivers twice, which intake takes.
func (h *Hub) Redeliver(ctx context.Context, id int64) error {
	err := h.rest(ctx, request{operation: "redeliver"}, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		_, resp, err := c.Apps.RedeliverHookDelivery(ctx, id)
		return resp, err
	})
	if err != nil {
		return fmt.Errorf("asking for delivery %d again: %w", id, err)
	}
	return nil
}
