package githubtest

import (
	"slices"
	"time"
)

// deliveryRecord is one attempt to deliver an event, as /app/hook/deliveries shows it. Attempts share the GUID.
type deliveryRecord struct {
	ID           int64
	GUID         string
	Event        string
	Action       string
	Installation int64
	Repo         int64
	Payload      []byte
	At           time.Time
	Redelivery   bool
	Done         bool // the attempt is over
	StatusCode   int  // 0 when nobody answered
	Status       string
	Duration     time.Duration
	Answer       string
}

// copyOf is another attempt of the same delivery, with an id of its own. The state must be locked.
func (h *hook) copyOf(d *deliveryRecord) *deliveryRecord {
	return &deliveryRecord{ID: h.s.nextID(), GUID: d.GUID, Event: d.Event, Action: d.Action, Installation: d.Installation,
		Repo: d.Repo, Payload: d.Payload, At: h.s.now(), Redelivery: true}
}

// Delivery is one attempt to deliver an event, as tests look at it.
type Delivery struct {
	ID         int64
	GUID       string
	Event      string
	Action     string
	StatusCode int // 0 when nobody answered
	Redelivery bool
	Payload    []byte
}

// Deliveries lists the attempts that are over, oldest first.
func (a *App) Deliveries() []Delivery {
	a.hook.mu.Lock()
	defer a.hook.mu.Unlock()
	var all []Delivery
	for _, d := range a.hook.log {
		all = append(all, Delivery{d.ID, d.GUID, d.Event, d.Action, d.StatusCode, d.Redelivery, d.Payload})
	}
	return all
}

// Redeliver attempts a delivery again, as the button in the app's settings does.
func (a *App) Redeliver(id int64) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return asError(a.hook.redeliver(id))
}

func (h *hook) redeliver(id int64) *apiError {
	d := h.find(id)
	if d == nil {
		return notFound()
	}
	again := h.copyOf(d)
	h.enqueue(again)
	return nil
}

func (h *hook) find(id int64) *deliveryRecord {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.log, func(d *deliveryRecord) bool { return d.ID == id })
	if i < 0 {
		return nil
	}
	return h.log[i]
}
