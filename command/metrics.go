package command

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sallyport/sallyport/hub"
	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/reconcile"
	"github.com/sallyport/sallyport/store"
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

// watch reads the store's numbers whenever somebody looks.
func (m *metrics) watch(s *store.Store) { m.registry.MustRegister(&storeCollector{s}) }

type storeCollector struct{ store *store.Store }

var (
	jobsDesc  = prometheus.NewDesc("sallyport_jobs", "Unfinished jobs by queue and state.", []string{"queue", "state"}, nil)
	waitDesc  = prometheus.NewDesc("sallyport_oldest_job_seconds", "How long the oldest due job has waited.", nil, nil)
	reposDesc = prometheus.NewDesc("sallyport_repositories_waiting", "Repositories that have passes due.", nil, nil)
	slowDesc  = prometheus.NewDesc("sallyport_repository_oldest_pass_seconds",
		"How long the oldest due pass of a repository has waited, for the ten that have waited longest.", []string{"repository"}, nil)
	manyDesc = prometheus.NewDesc("sallyport_repository_passes_due", "How many passes those repositories have due.", []string{"repository"}, nil)
	newsDesc = prometheus.NewDesc("sallyport_deliveries_unhandled", "Deliveries that no pass has taken in yet.", nil, nil)
	rungDesc = prometheus.NewDesc("sallyport_alarms_total", "Foreign landings, breaches and reports of fraud so far.", []string{"kind"}, nil)
	askDesc  = prometheus.NewDesc("sallyport_prompts_pending", "Duo prompts that wait for an answer.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, waitDesc, reposDesc, slowDesc, manyDesc, newsDesc, askDesc, rungDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. A database that does not answer leaves the numbers out.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	stats, err := c.store.Stats(ctx)
	if err != nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for queue, states := range stats.Jobs {
		for state, n := range states {
			gauge(jobsDesc, float64(n), queue, state)
		}
	}
	gauge(waitDesc, stats.Oldest.Seconds())
	gauge(reposDesc, float64(stats.WaitingRepos))
	for _, w := range stats.Slowest {
		name := cmp.Or(w.Name, strconv.FormatInt(w.Repo, 10))
		gauge(slowDesc, w.Oldest.Seconds(), name)
		gauge(manyDesc, float64(w.Passes), name)
	}
	gauge(newsDesc, float64(stats.Inbox))
	gauge(askDesc, float64(stats.Pending))
	for _, kind := range []string{pull.AlarmForeign, pull.AlarmBreach, pull.AlarmFraud} {
		ch <- prometheus.MustNewConstMetric(rungDesc, prometheus.CounterValue, float64(stats.Alarms[kind]), kind)
	}
}
