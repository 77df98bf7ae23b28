package fetch

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// outcome is what became of a task.
type outcome string

const (
	fetched outcome = "fetched"
	empty   outcome = "empty"
	gone    outcome = "gone"
	expired outcome = "expired"
	refused outcome = "refused"
)

var outcomes = [...]outcome{fetched, empty, gone, expired, refused}

// help texts of the metrics, by name.
var help = map[string]string{
	"helpdesk_fetch_tasks_total":                   "Tasks of thin webhooks that ended, by result: fetched, empty (of no interest), gone (deleted at the vendor), expired (given up after a day) or refused.",
	"helpdesk_fetch_retries_total":                 "Attempts at tasks that failed and are made again.",
	"helpdesk_fetch_requests_total":                "Requests to the vendor's API, by the code of the answer; code 0 is no answer.",
	"helpdesk_fetch_queue_tasks":                   "Tasks that are not done, by state: waiting, running, or retrying after a failure.",
	"helpdesk_fetch_oldest_task_timestamp_seconds": "When the webhook of the oldest task that is not done was received; absent where there is none.",
}

type queueMetrics struct {
	tasks, retries, requests *prometheus.CounterVec

	mu            sync.Mutex
	feeds         []*feed
	queue, oldest *prometheus.Desc
}

func newQueueMetrics(reg prometheus.Registerer) *queueMetrics {
	counter := func(name string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help[name]}, labels)
	}
	desc := func(name string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help[name], labels, nil)
	}
	m := &queueMetrics{
		tasks:    counter("helpdesk_fetch_tasks_total", "source", "result"),
		retries:  counter("helpdesk_fetch_retries_total", "source"),
		requests: counter("helpdesk_fetch_requests_total", "source", "code"),
		queue:    desc("helpdesk_fetch_queue_tasks", "source", "state"),
		oldest:   desc("helpdesk_fetch_oldest_task_timestamp_seconds", "source"),
	}
	reg.MustRegister(m.tasks, m.retries, m.requests, m)
	return m
}

// watch shows a feed from now on, at 0.
func (m *queueMetrics) watch(f *feed) {
	for _, o := range outcomes {
		m.tasks.WithLabelValues(f.name, string(o))
	}
	m.retries.WithLabelValues(f.name)
	m.mu.Lock()
	m.feeds = append(m.feeds, f)
	m.mu.Unlock()
}

func (m *queueMetrics) request(source string, code int) {
	m.requests.WithLabelValues(source, strconv.Itoa(code)).Inc()
}

// Describe implements prometheus.Collector.
func (m *queueMetrics) Describe(ch chan<- *prometheus.Desc) { ch <- m.queue; ch <- m.oldest }

// Collect implements prometheus.Collector.
func (m *queueMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	feeds := m.feeds
	m.mu.Unlock()
	for _, f := range feeds {
		running, retrying, waiting, oldest := f.state()
		for state, n := range map[string]int{"running": running, "retrying": retrying, "waiting": waiting} {
			ch <- prometheus.MustNewConstMetric(m.queue, prometheus.GaugeValue, float64(n), f.name, state)
		}
		if !oldest.IsZero() {
			ch <- prometheus.MustNewConstMetric(m.oldest, prometheus.GaugeValue, float64(oldest.UnixNano())/1e9, f.name)
		}
	}
}
