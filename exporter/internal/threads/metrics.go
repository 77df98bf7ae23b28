package threads

import "github.com/prometheus/client_golang/prometheus"

var (
	knownDesc = prometheus.NewDesc("helpdesk_thread_memory_entries",
		"Conversations, contacts and inboxes that are remembered for sources whose events leave out what earlier ones said, by kind.",
		[]string{"source", "kind"}, nil)
	waitingDesc = prometheus.NewDesc("helpdesk_thread_memory_waiting_events",
		"Events that wait until it is known whom their conversation is with.", []string{"source"}, nil)
	faultsDesc = prometheus.NewDesc("helpdesk_thread_memory_faults_total",
		"Records of the memory of conversations that could not be read at the start (unreadable) or not be written (write).",
		[]string{"fault"}, nil)
)

var tableNames = [tableEnd]string{conversations: "conversation", contacts: "contact", inboxes: "inbox"}

// collector shows a memory; nothing of one that no source uses.
type collector struct{ m *Memory }

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- knownDesc
	ch <- waitingDesc
	ch <- faultsDesc
}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	list := c.m.Sources()
	unreadable, failures := c.m.unreadable.Load(), c.m.failures.Load()
	if len(list) == 0 && unreadable+failures == 0 {
		return
	}
	ch <- prometheus.MustNewConstMetric(faultsDesc, prometheus.CounterValue, float64(unreadable), "unreadable")
	ch <- prometheus.MustNewConstMetric(faultsDesc, prometheus.CounterValue, float64(failures), "write")
	for _, s := range list {
		s.mu.Lock()
		waiting := len(s.room.ids)
		var known [tableEnd]int
		for t := range s.tables {
			known[t] = s.tables[t].len()
		}
		s.mu.Unlock()
		ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(waiting), s.name)
		for t, n := range known {
			ch <- prometheus.MustNewConstMetric(knownDesc, prometheus.GaugeValue, float64(n), s.name, tableNames[t])
		}
	}
}
