package command

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/sallyport/sallyport/pull"
	"github.com/sallyport/sallyport/store"
)

// watch reads the store's numbers whenever somebody looks.
func (m *metrics) watch(s *store.Store, log *slog.Logger) {
	m.registry.MustRegister(&storeCollector{store: s, log: log, often: rate.Sometimes{Interval: time.Minute}})
}

type storeCollector struct {
	store *store.Store
	log   *slog.Logger
	often rate.Sometimes // how often the log names who waits, however often somebody looks
}

var (
	jobsDesc  = prometheus.NewDesc("sallyport_jobs", "Unfinished jobs by queue and state.", []string{"queue", "state"}, nil)
	waitDesc  = prometheus.NewDesc("sallyport_oldest_job_seconds", "How long the oldest due job has waited.", nil, nil)
	reposDesc = prometheus.NewDesc("sallyport_repositories_waiting", "Repositories that have passes due.", nil, nil)
	slowDesc  = prometheus.NewDesc("sallyport_repository_oldest_pass_seconds",
		"How long the oldest due pass of a repository has waited, for the ten that have waited longest, by GitHub's number.", []string{"repository"}, nil)
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
	for _, w := range stats.Slowest { // by number, since anybody may look and names tell of private repositories
		id := strconv.FormatInt(w.Repo, 10)
		gauge(slowDesc, w.Oldest.Seconds(), id)
		gauge(manyDesc, float64(w.Passes), id)
	}
	c.often.Do(func() { c.name(stats.Slowest) })
	gauge(newsDesc, float64(stats.Inbox))
	gauge(askDesc, float64(stats.Pending))
	for _, kind := range []string{pull.AlarmForeign, pull.AlarmBreach, pull.AlarmFraud} {
		ch <- prometheus.MustNewConstMetric(rungDesc, prometheus.CounterValue, float64(stats.Alarms[kind]), kind)
	}
}

// longWait is when the log names a repository whose passes wait.
const longWait = time.Minute

func (c *storeCollector) name(slowest []store.Waiting) {
	for _, w := range slowest {
		if w.Oldest >= longWait {
			c.log.Warn("passes_wait", "repository", w.Repo, "repo", w.Name, "passes", w.Passes, "seconds", int(w.Oldest.Seconds()))
		}
	}
}
