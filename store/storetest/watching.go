package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// answering makes handlers whose watch answers with f and whose passes are delivered.
func answering(seen chan<- pull.Work, f func(context.Context, pull.Confirmation) (pull.Confirmation, error)) store.Handlers {
	return store.Handlers{
		Pass: func(_ context.Context, work pull.Work) (pull.Outcome, error) {
			seen <- work
			return pull.Outcome{}, nil
		},
		Watch: f,
	}
}

var watching = []promise{
	{"AnOpenPromptIsWatchedUntilItEnds", func(w *world) {
		s := w.open()
		seen := make(chan pull.Work, 10)
		var polls atomic.Int32
		w.work(s, answering(seen, func(_ context.Context, c pull.Confirmation) (pull.Confirmation, error) {
			switch polls.Add(1) {
			case 1:
				return c, nil // still waiting
			case 2:
				c.Detail = "Pushed a login request to your device."
				return c, nil
			}
			c.State, c.Detail = pull.PromptAllowed, "Success."
			return c, nil
		}))
		c := w.opened(s, prompt(1, "ann"), "tx1")
		work := next(w, seen)
		if len(work.Confirmations) != 1 || work.Confirmations[0].State != pull.PromptAllowed {
			w.Errorf("the pass that follows sees %+v, want the answer", work.Confirmations)
		}
		if !work.Confirmations[0].Confirms(c.Binding) {
			w.Error("the answer does not confirm the binding")
		}
		w.idle(s)
		if n := polls.Load(); n != 3 {
			w.Errorf("polled %d times, want 3", n)
		}
	}},
	{"AFailedPollIsRepeated", func(w *world) {
		s := w.open()
		seen := make(chan pull.Work, 10)
		var polls atomic.Int32
		w.work(s, answering(seen, func(_ context.Context, c pull.Confirmation) (pull.Confirmation, error) {
			if polls.Add(1) == 1 {
				return c, errors.New("nobody answers")
			}
			c.State = pull.PromptDenied
			return c, nil
		}))
		w.opened(s, prompt(1, "ann"), "tx1")
		if work := next(w, seen); work.Confirmations[0].State != pull.PromptDenied {
			w.Errorf("state %q, want denied", work.Confirmations[0].State)
		}
	}},
	{"AWatchIsCutShortWhenTheQueueStops", func(w *world) {
		s := w.open()
		s.Grace = time.Hour // which is for passes
		seen := make(chan pull.Work, 10)
		polling := make(chan struct{})
		stop := w.work(s, answering(seen, func(ctx context.Context, c pull.Confirmation) (pull.Confirmation, error) {
			close(polling)
			<-ctx.Done()
			return c, ctx.Err()
		}))
		w.opened(s, prompt(1, "ann"), "tx1")
		next(w, polling)
		stop()
		if st := w.stats(s); st.Jobs["watch"]["running"] != 0 || st.Jobs["watch"]["available"] != 1 || st.Pending != 1 {
			w.Errorf("after the stop: %+v; want one watch available, none running", st)
		}
		w.work(s, answering(seen, func(_ context.Context, c pull.Confirmation) (pull.Confirmation, error) {
			c.State = pull.PromptTimeout
			return c, nil
		}))
		if work := next(w, seen); work.Confirmations[0].State != pull.PromptTimeout {
			w.Errorf("state %q, want timeout", work.Confirmations[0].State)
		}
	}},
}
