package command

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/reconcile"
)

// metrics are the numbers that no single package owns.
type metrics struct {
	registry  *prometheus.Registry
	calls     *prometheus.CounterVec
	points    *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	remaining *prometheus.GaugeVec
	late      *prometheus.CounterVec
	waits     *prometheus.CounterVec
	missing   prometheus.Gauge
	gap       prometheus.Gauge
	asked     prometheus.Counter
	healed    prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_github_requests_total",
			Help: "Requests to GitHub by kind, operation and status (0: no answer)."}, []string{"kind", "operation", "status"}),
		points: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_github_points_total",
			Help: "GraphQL points spent, by installation."}, []string{"installation"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sallyport_github_request_seconds",
			Help: "How long GitHub took to answer.", Buckets: prometheus.ExponentialBuckets(0.01, 2, 12)}, []string{"kind"}),
		remaining: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sallyport_github_budget_remaining",
			Help: "What GitHub last said is left of the hour's budget."}, []string{"installation", "kind"}),
	}
	m.late = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_landings_overdue_total",
		Help: "Pull requests that were ready for longer than the watchdog allows and had not landed, by reason."}, []string{"code"})
	m.waits = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sallyport_github_put_off_total",
		Help: "What was left for GitHub's next hour, so that landings had what was left of this one."}, []string{"kind", "operation"})
	m.missing = prometheus.NewGauge(prometheus.GaugeOpts{Name: "sallyport_deliveries_missing",
		Help: "Deliveries that GitHub could not hand over and that had not come when recovery last looked, on the replica that looks."})
	m.gap = prometheus.NewGauge(prometheus.GaugeOpts{Name: "sallyport_deliveries_gap_seconds",
		Help: "How long ago the oldest missing delivery was due."})
	m.asked = prometheus.NewCounter(prometheus.CounterOpts{Name: "sallyport_redeliveries_total",
		Help: "Deliveries that GitHub was asked for again."})
	m.healed = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sallyport_deliveries_heal_seconds",
		Help: "From when a delivery was due that GitHub could not hand over until it was known to have come.", Buckets: prometheus.ExponentialBuckets(1, 3, 10)})
	m.registry.MustRegister(m.missing, m.gap, m.asked, m.healed, m.late, m.waits, m.calls, m.points, m.latency, m.remaining,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// overdue notes a landing that the watchdog told of.
func (m *metrics) overdue(code string) { m.late.WithLabelValues(code).Inc() }

// putOff notes what waits for the next hour.
func (m *metrics) putOff(kind, operation string) { m.waits.WithLabelValues(kind, operation).Inc() }

// delivered notes how GitHub's deliveries stand.
func (m *metrics) delivered(g reconcile.Gap) {
	m.missing.Set(float64(g.Missing))
	m.gap.Set(g.Oldest.Seconds())
	m.asked.Add(float64(g.Asked))
	for _, took := range g.Healed {
		m.healed.Observe(took.Seconds())
	}
}

// call notes one request to GitHub.
func (m *metrics) call(c hub.Call) {
	installation := strconv.FormatInt(c.Installation, 10)
	m.calls.WithLabelValues(c.Kind, c.Operation, strconv.Itoa(c.Status)).Inc()
	m.latency.WithLabelValues(c.Kind).Observe(c.Duration.Seconds())
	m.points.WithLabelValues(installation).Add(float64(c.Points))
	if c.Remaining >= 0 {
		m.remaining.WithLabelValues(installation, c.Kind).Set(float64(c.Remaining))
	}
}
