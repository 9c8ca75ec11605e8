package api

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics counts what the server does. Labels name routes and codes only, never people or tickets.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	decisions *prometheus.CounterVec
	refusals  *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "countersign_http_request_duration_seconds", Help: "Time of requests by route and status.",
			Buckets: []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10},
		}, []string{"route", "status"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_decisions_total", Help: "Signed decisions that were accepted.",
		}, []string{"process", "decision"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_refusals_total", Help: "Attempts that were refused and recorded, by code.",
		}, []string{"code"}),
	}
	m.registry.MustRegister(m.requests, m.decisions, m.refusals, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts one request. Requests of no known route share one label, so that strangers cannot add labels.
func (m *metrics) observe(c *call, status int, took time.Duration) {
	route := c.route
	if route == "" {
		route = "other"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}
