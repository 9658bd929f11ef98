package server

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the server's own collectors. Label values come from closed sets, so that no stranger can grow them.
type metrics struct {
	deliveries *prometheus.CounterVec
	accepted   prometheus.Histogram
	requests   *prometheus.CounterVec
	latency    *prometheus.HistogramVec
	handler    http.Handler
}

func newMetrics(reg *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_deliveries_total", Help: "Webhook deliveries by event and by what became of them.",
		}, []string{"event", "result"}),
		accepted: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sallyport_accept_seconds", Help: "Time to make a delivery durable.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10},
		}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sallyport_http_requests_total", Help: "HTTP requests by route and status.",
		}, []string{"route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sallyport_http_request_seconds", Help: "Time to answer an HTTP request.",
			Buckets: prometheus.DefBuckets,
		}, []string{"route"}),
		handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}),
	}
	err := errors.Join(reg.Register(m.deliveries), reg.Register(m.accepted), reg.Register(m.requests), reg.Register(m.latency))
	return m, err
}

func (m *metrics) delivery(r *http.Request, result string) {
	m.deliveries.WithLabelValues(knownEvent(r), result).Inc()
}

func (m *metrics) request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(route).Observe(took.Seconds())
}

// knownEvent is the event that the request says it delivers, or "other": the header is anybody's to write.
func knownEvent(r *http.Request) string {
	event := r.Header.Get("X-GitHub-Event")
	if _, ok := readings[event]; !ok {
		return "other"
	}
	return event
}
