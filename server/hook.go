package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/palantir/go-githubapp/githubapp"
)

// intake is the one event handler of go-githubapp's dispatcher: what it is handed is authentic, what it returns
// without error is durable.
type intake struct {
	inbox   Inbox
	reader  reader
	metrics *metrics
	now     func() time.Time
}

// Handles lists the events that are understood.
func (i intake) Handles() []string { return events() }

// Handle understands the delivery and makes it durable. The dispatcher answers GitHub only after it has returned.
func (i intake) Handle(ctx context.Context, event, id string, payload []byte) error {
	d, err := i.reader.understand(event, id, payload, i.now())
	if err != nil {
		return err
	}
	began := time.Now()
	fresh, err := i.inbox.Accept(ctx, d)
	if err != nil {
		return err
	}
	i.metrics.accepted.Observe(time.Since(began).Seconds())
	result := "duplicate"
	if fresh {
		result = "accepted"
	}
	githubapp.SetResponder(ctx, i.answer(result))
	return nil
}

func (i intake) answer(result string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		i.metrics.delivery(r, result)
		writeJSON(w, http.StatusAccepted, map[string]string{"result": result})
	}
}

// durable is the dispatcher's scheduler. It runs the handler at once and within bounds, because here to schedule
// means to have written it down; the queue behind the inbox does the rest.
type durable struct{ wait time.Duration }

// Schedule returns once the delivery is durable, or with the reason why it is not.
func (s durable) Schedule(ctx context.Context, d githubapp.Dispatch) error {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	return d.Execute(ctx)
}

// newHook puts the guard in front of one dispatcher for each secret. The dispatcher checks the signature once more;
// that is cheap and leaves no way around.
func newHook(c Config, m *metrics) http.Handler {
	in := intake{inbox: c.Inbox, reader: reader{app: c.AppID}, metrics: m, now: c.Now}
	refuse := func(w http.ResponseWriter, r *http.Request, status int, result, message string) {
		m.delivery(r, result)
		writeProblem(w, status, message, "")
	}
	g := &guard{refuse: refuse, large: make(chan struct{}, largeSlots), wait: c.AcceptWait}
	for _, secret := range c.WebhookSecrets {
		g.gates = append(g.gates, gate{[]byte(secret), githubapp.NewEventDispatcher(
			[]githubapp.EventHandler{in}, secret,
			githubapp.WithScheduler(durable{c.AcceptWait}),
			githubapp.WithErrorCallback(hookFailed(c.Log, refuse)),
			githubapp.WithResponseCallback(in.respond),
		)})
	}
	return g
}

func (i intake) respond(w http.ResponseWriter, r *http.Request, _ string, handled bool) {
	if answer := githubapp.GetResponder(r.Context()); handled && answer != nil {
		answer(w, r)
		return
	}
	i.answer("ignored")(w, r)
}

// hookFailed answers for a delivery that did not become durable. Whatever went wrong inside is for the log alone.
func hookFailed(log *slog.Logger, refuse func(http.ResponseWriter, *http.Request, int, string, string)) githubapp.ErrorCallback {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		var invalid githubapp.ValidationError
		var malformed *malformedError
		switch {
		case errors.As(err, &malformed):
			log.WarnContext(r.Context(), "delivery not understood", "delivery", deliveryID(r), "event", knownEvent(r), "error", err)
			refuse(w, r, http.StatusBadRequest, "malformed", "The delivery's payload could not be understood.")
		case errors.As(err, &invalid):
			refuse(w, r, http.StatusUnauthorized, "unauthorized", "The delivery is not signed as expected.")
		default:
			log.ErrorContext(r.Context(), "delivery not stored", "delivery", deliveryID(r), "event", knownEvent(r), "error", err)
			refuse(w, r, http.StatusServiceUnavailable, "unavailable", "The delivery could not be stored; deliver it again later.")
		}
	}
}
