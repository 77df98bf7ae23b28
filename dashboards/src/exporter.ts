import { Board, colour, series, stat, table } from './kit.js';

const job = 'job="helpdesk-exporter", instance=~"$instance"';

export const exporter = (): Board => ({
  uid: 'helpdesk-exporter',
  title: 'Exporter health',
  about: 'Whether webhooks arrive, are taken, kept and counted: without this no other figure means anything.',
  from: 'now-6h',
  refresh: '10s',
  alerts: 'audience=\"oncall\"',
  variables: ['exporter', 'source'],
  rows: [
    {
      panels: [
        stat({ title: 'Up', w: 4, h: 4, background: true, runbook: 'HelpdeskExporterDown', queries: [{ expr: `min(up{${job}})` }], steps: [[null, colour.bad], [1, colour.good]], help: 'Whether Prometheus can scrape the exporter.' }),
        stat({ title: 'Not counted yet', w: 4, h: 4, decimals: 0, runbook: 'HelpdeskFoldLag', queries: [{ expr: `max(helpdesk_fold_lag_records{${job}})` }], steps: [[null, colour.good], [1000, colour.bad]], help: 'Records in the journal that have not been folded yet; 0 but for moments.' }),
        stat({ title: 'Journal', w: 4, h: 4, unit: 'percentunit', decimals: 1, runbook: 'HelpdeskJournalFilling', queries: [{ expr: `max(helpdesk_journal_size_bytes{${job}} / (helpdesk_journal_limit_bytes{${job}} > 0))` }], steps: [[null, colour.good], [0.8, colour.warn], [0.95, colour.bad]], help: 'Size of the journal by its limit. When it is full webhooks are refused.' }),
        stat({ title: 'Last snapshot', w: 4, h: 4, unit: 'dthms', decimals: 0, runbook: 'HelpdeskSnapshotOld', queries: [{ expr: `time() - max(helpdesk_snapshot_timestamp_seconds{${job}} > 0)` }], none: 'none yet', help: 'Time since the newest verified snapshot; a restart replays what came after it.' }),
        stat({ title: 'Configuration', w: 4, h: 4, background: true, runbook: 'HelpdeskReloadFailed', queries: [{ expr: `min(helpdesk_config_last_reload_successful{${job}})` }], steps: [[null, colour.bad], [1, colour.good]], help: '1 if the last load of the configuration succeeded.' }),
        stat({ title: 'Version', w: 4, h: 4, mode: 'name', queries: [{ expr: `max by (version, goversion) (helpdesk_build_info{${job}})`, legend: '{{version}} {{goversion}}' }], help: 'Version of the exporter that runs.' }),
      ],
    },
    {
      panels: [
        table({
          title: 'Sources', w: 24, h: 7, join: 'source', runbook: 'HelpdeskWebhooksSilent', help: 'For each source: the provider, the time since its last verified webhook, after how much silence an alert comes, and what was taken and refused in the last hour.',
          queries: [
            { expr: `max by (source, provider) (helpdesk_source_info{${job}, source=~"$source"})` },
            { expr: `time() - max by (source) (helpdesk_webhook_last_received_timestamp_seconds{${job}, source=~"$source"} > 0)`, legend: 'Silent for' },
            { expr: 'source:helpdesk_webhook_usual_silence:seconds', legend: 'Alert after' },
            { expr: `sum by (source) (increase(helpdesk_webhook_requests_total{${job}, source=~"$source", code="200"}[1h]))`, legend: 'Taken in an hour' },
            { expr: `sum by (source) (increase(helpdesk_webhook_rejected_total{${job}, source=~"$source", source!=""}[1h]))`, legend: 'Refused in an hour' },
          ],
          columns: [
            { field: 'source', title: 'Source' },
            { field: 'provider', title: 'Provider' },
            { field: 'Value #A', hidden: true },
            { field: '__name__', hidden: true },
            { field: 'Silent for', unit: 'dthms', decimals: 0 },
            { field: 'Alert after', unit: 'dthms', decimals: 0 },
            { field: 'Taken in an hour', decimals: 0 },
            { field: 'Refused in an hour', decimals: 0 },
          ],
        }),
      ],
    },
    {
      panels: [
        series({ title: 'Webhooks by answer', w: 12, h: 8, unit: 'reqps', runbook: 'HelpdeskSignaturesFail', queries: [{ expr: `sum by (source, code) (rate(helpdesk_webhook_requests_total{${job}, source=~"$source"}[$__rate_interval])) > 0`, legend: '{{source}} {{code}}' }], help: 'Webhook requests by the status that they were answered with. 401: the signature is wrong; 503: the journal is unavailable, the provider tries again.' }),
        series({ title: 'Refused, by reason', w: 12, h: 8, unit: 'reqps', runbook: 'HelpdeskWebhooksUnreadable', queries: [{ expr: `sum by (source, reason) (rate(helpdesk_webhook_rejected_total{${job}, source=~"$source"}[$__rate_interval])) > 0`, legend: '{{source}} {{reason}}' }], help: 'Webhook requests that were not taken. `helpdesk-exporter rejected` shows the unreadable ones, masked.' }),
        series({
          title: 'Time until a webhook is on disk', w: 12, h: 8, unit: 's', runbook: 'HelpdeskJournalSlow', help: 'Half and 99 % of the commits to the journal took no longer.',
          queries: [
            { expr: `histogram_quantile(0.5, sum by (le) (rate(helpdesk_journal_append_seconds_bucket{${job}}[$__rate_interval])))`, legend: 'half' },
            { expr: `histogram_quantile(0.99, sum by (le) (rate(helpdesk_journal_append_seconds_bucket{${job}}[$__rate_interval])))`, legend: '99 %' },
          ],
        }),
        series({ title: 'Lateness of events', w: 12, h: 8, unit: 's', queries: [{ expr: `histogram_quantile(0.5, sum by (le) (rate(helpdesk_event_lateness_seconds_bucket{${job}}[$__rate_interval])))`, legend: 'half' }, { expr: `histogram_quantile(0.99, sum by (le) (rate(helpdesk_event_lateness_seconds_bucket{${job}}[$__rate_interval])))`, legend: '99 %' }], help: 'Time from an event, by the provider’s clock, to its receipt. Late webhooks make alerts late.' }),
        series({ title: 'Size of the journal', w: 12, h: 8, unit: 'bytes', runbook: 'HelpdeskJournalFilling', queries: [{ expr: `max(helpdesk_journal_size_bytes{${job}})`, legend: 'size' }, { expr: `max(helpdesk_journal_limit_bytes{${job}})`, legend: 'limit', colour: colour.none }], help: 'Size of the journal on disk, and the size at which webhooks are refused.' }),
        series({ title: 'Records not counted yet', w: 12, h: 8, decimals: 0, runbook: 'HelpdeskFoldLag', queries: [{ expr: `max(helpdesk_fold_lag_records{${job}})`, legend: 'records' }], help: 'Records in the journal that have not been folded yet.' }),
        series({ title: 'Memory', w: 12, h: 8, unit: 'bytes', queries: [{ expr: `max(process_resident_memory_bytes{${job}})`, legend: 'resident' }, { expr: `max(go_memstats_heap_inuse_bytes{${job}})`, legend: 'heap' }], help: 'Memory of the exporter’s process.' }),
        series({ title: 'CPU', w: 12, h: 8, unit: 'percentunit', queries: [{ expr: `sum(rate(process_cpu_seconds_total{${job}}[$__rate_interval]))`, legend: 'cores' }], help: 'Processor time that the exporter uses; 100 % is one core.' }),
        series({ title: 'Duplicates and late events an hour', w: 12, h: 8, queries: [{ expr: `sum(rate(helpdesk_webhook_duplicates_total{${job}, source=~"$source"}[$__rate_interval])) * 3600`, legend: 'duplicates' }, { expr: `sum(rate(helpdesk_late_events_total{${job}, source=~"$source"}[$__rate_interval])) * 3600`, legend: 'late' }], help: 'Events that had been applied before, and events older than the conversation they would have changed: both are dropped (section 1).' }),
        series({ title: 'Reads in full and erasures an hour', w: 12, h: 8, queries: [{ expr: `sum by (action) (rate(helpdesk_access_total{${job}}[$__rate_interval])) * 3600`, legend: '{{action}}' }], help: 'Reads of unmasked transcripts and erasures; the access log says who.' }),
      ],
    },
  ],
});
