package metrics

// SelfMetric is a line of the reference about the exporter itself.
type SelfMetric struct {
	Name, Type string
	Labels     []string
	// Help is the metric's own help text.
	Help string
}

// SelfMetrics lists the metrics about the exporter itself (DEFINITIONS section
// 11), those of the packages webhook, fetch, threads and segment included.
var SelfMetrics = []SelfMetric{
	{"helpdesk_webhook_requests_total", "counter", []string{"source", "code"}, "Webhook requests by the HTTP status they were answered with; 499 is a sender that went away."},
	{"helpdesk_webhook_events_total", "counter", []string{"source", "kind"}, "Events in webhooks that were taken, by kind; what does not count by a name of its own."},
	{"helpdesk_webhook_duplicates_total", "counter", []string{"source"}, "Events that had been applied before, within 7 days, and were dropped."},
	{"helpdesk_webhook_rejected_total", "counter", []string{"source", "reason"}, "Webhook requests that were not taken, by reason."},
	{"helpdesk_webhook_rejected_kept_total", "counter", []string{"source", "outcome"}, "Unreadable webhooks by whether they could be kept for inspection."},
	{"helpdesk_webhook_last_received_timestamp_seconds", "gauge", []string{"source"}, "When the last verified webhook came in; 0 before the first."},
	{"helpdesk_proxy_requests_total", "counter", []string{"source", "code"}, "Requests to the send proxy by the HTTP status they were answered with."},
	{"helpdesk_proxy_unrecorded_total", "counter", []string{"source"}, "Messages that Meta accepted through the send proxy and that could not be recorded."},
	{"helpdesk_event_lateness_seconds", "histogram", nil, "Time from an event, by the provider's clock, to its receipt."},
	{"helpdesk_journal_append_seconds", "histogram", nil, "Time from handing a commit to the journal until it is on disk."},
	{"helpdesk_journal_last_sequence", "gauge", nil, "Sequence number of the newest record in the journal."},
	{"helpdesk_journal_size_bytes", "gauge", nil, "Size of the journal on disk."},
	{"helpdesk_journal_limit_bytes", "gauge", nil, "Size at which the journal is full and webhooks are refused."},
	{"helpdesk_journal_oldest_record_timestamp_seconds", "gauge", nil, "When the oldest record in the journal was written; 0 while it is empty."},
	{"helpdesk_fold_lag_records", "gauge", nil, "Records in the journal that have not been folded yet."},
	{"helpdesk_snapshot_timestamp_seconds", "gauge", nil, "When the newest verified snapshot round was finished; 0 before the first."},
	{"helpdesk_snapshot_failures_total", "counter", nil, "Snapshot rounds that could not be written or verified."},
	{"helpdesk_state_rollbacks_total", "counter", nil, "Times the state went back to lower values; created times are renewed then."},
	{"helpdesk_access_total", "counter", []string{"action"}, "Reads of unmasked transcripts and erasures, which stand in the access log too: read, erase."},
	{"helpdesk_config_last_reload_successful", "gauge", nil, "1 if the last load of the configuration succeeded."},
	{"helpdesk_config_last_reload_success_timestamp_seconds", "gauge", nil, "When the configuration was last loaded with success."},
	{"helpdesk_fetch_tasks_total", "counter", []string{"source", "result"}, "Tasks of thin webhooks that ended, by result: fetched, empty (of no interest), gone (deleted at the vendor), expired (given up after a day) or refused."},
	{"helpdesk_fetch_retries_total", "counter", []string{"source"}, "Attempts at tasks that failed and are made again."},
	{"helpdesk_fetch_requests_total", "counter", []string{"source", "code"}, "Requests to the vendor's API, by the code of the answer; code 0 is no answer."},
	{"helpdesk_fetch_queue_tasks", "gauge", []string{"source", "state"}, "Tasks that are not done, by state: waiting, running, or retrying after a failure."},
	{"helpdesk_fetch_oldest_task_timestamp_seconds", "gauge", []string{"source"}, "When the webhook of the oldest task that is not done was received; absent where there is none."},
	{"helpdesk_thread_memory_entries", "gauge", []string{"source", "kind"}, "Conversations, contacts and inboxes that are remembered for sources whose events leave out what earlier ones said, by kind."},
	{"helpdesk_thread_memory_waiting_events", "gauge", []string{"source"}, "Events that wait until it is known whom their conversation is with."},
	{"helpdesk_thread_memory_faults_total", "counter", []string{"fault"}, "Records of the memory of conversations that could not be read at the start (unreadable) or not be written (write)."},
	{"helpdesk_segment_contacts", "gauge", []string{"segment"}, "Contacts in the list of segments."},
	{"helpdesk_segment_file_refused_lines", "gauge", nil, "Lines of the list of segments that were left out when it was last read."},
	{"helpdesk_segment_file_last_load_successful", "gauge", nil, "1 if the last reading of the list of segments succeeded."},
	{"helpdesk_segment_values_unknown_total", "counter", []string{"source"}, "Events whose provider said something of the customer that is neither a segment nor in segments.values."},
	{"helpdesk_build_info", "gauge", []string{"branch", "goarch", "goos", "goversion", "revision", "tags", "version"}, "A metric with a constant '1' value labeled by version, revision, branch, goversion from which helpdesk was built, and the goos and goarch for the build."},
	{"helpdesk_definitions_info", "gauge", []string{"version"}, "1 for the version of the definitions by which is counted."},
	{"helpdesk_source_info", "gauge", []string{"source", "provider", "channel"}, "1 for each configured source and channel that counts."},
}
