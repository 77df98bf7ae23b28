import { Board, choice, colour, judged, MappingType, series, stat, table } from './kit.js';
import * as q from './queries.js';
import { t } from './words.js';

// The wall goes by today: its range begins at midnight of the browser's zone.

const live = '((max(up{job="helpdesk-exporter"}) or vector(0)) * (clamp_max(count(helpdesk_target), 1) or vector(0)))';
const silence = 'time() - max by (source) (helpdesk_webhook_last_received_timestamp_seconds{source=~"$source"} > 0)';
const limit = 'source:helpdesk_webhook_usual_silence:seconds';
// 0 while nobody waits, and nothing at all while the exporter says nothing.
const longest = `max(time() - ${q.m('helpdesk_oldest_waiting_start_timestamp_seconds', q.scope)}) or sum(${q.m('helpdesk_conversations', q.scope, 'state="waiting"')}) * 0`;
const now = (state: string) => `round(sum(rate(${q.m('helpdesk_agent_state_seconds_total', q.ofTeam, `state="${state}"`)}[1m])))`;
// The first is the colour of no data.
const waits: [number | null, string][] = [
  [null, 'text'],
  [0, colour.good],
  [60, colour.amber],
  [120, colour.bad],
];
const some: [number | null, string][] = [
  [null, 'text'],
  [0, colour.good],
  [1, colour.amber],
];

export const wall = (): Board => ({
  uid: 'helpdesk-wall',
  title: 'Helpdesk wall',
  about: 'For a screen on the wall: who waits now, and how today goes. Open it with ?kiosk&autofitpanels&_dash.hideTimePicker&_dash.hideVariables&_dash.hideLinks&refresh=5s.',
  from: 'now/d',
  refresh: '5s',
  variables: ['source', 'inbox', 'team', choice('names', 'Names', [['Names off', '0'], ['Names on', '1']])],
  rows: [
    {
      panels: [
        stat({
          title: 'Exporter', w: 5, h: 3, background: true, runbook: 'HelpdeskExporterDown',
          help: 'Live while the exporter can be scraped and has counted its whole journal. While it says NO DATA no figure of this wall means anything.',
          queries: [{ expr: live }],
          steps: [[null, colour.bad], [1, colour.good]],
          mappings: [{ type: MappingType.ValueToText, options: { '0': { text: t('✗ NO DATA'), index: 0 }, '1': { text: t('✓ live'), index: 1 } } }],
        }),
        stat({
          title: 'Business hours', w: 5, h: 3, background: true,
          help: 'Open while the calendar of any chosen inbox and team is (section 2). Figures of first response count open hours only.',
          queries: [{ expr: `max(${q.m('helpdesk_calendar_open', q.scope)})` }],
          steps: [[null, colour.none], [1, colour.good]],
          mappings: [{ type: MappingType.ValueToText, options: { '0': { text: t('closed'), index: 0 }, '1': { text: t('open'), index: 1 } } }],
        }),
        stat({
          title: 'Last webhook', w: 14, h: 3, unit: 's', decimals: 0, background: true, mode: 'value_and_name', runbook: 'HelpdeskWebhooksSilent',
          help: 'Time since the last verified webhook of each source. It turns orange-red after the usual silence, ten times the mean gap or what was usual at this hour a week ago: then 0 waiting may only mean that nothing is heard.',
          queries: [
            { expr: `(${silence}) <= on (source) ${limit}`, legend: '{{source}}', colour: colour.good },
            { expr: `(${silence}) > on (source) ${limit}`, legend: '{{source}}: SILENT', colour: colour.bad },
          ],
        }),
      ],
    },
    {
      panels: [
        stat({
          title: 'Waiting now', w: 6, h: 6, text: 90, background: true, runbook: 'HelpdeskCustomerUnanswered',
          help: 'Conversations of humans in which a customer waits for a reply now (section 3).',
          queries: [{ expr: `sum(${q.m('helpdesk_conversations', q.scope, 'state="waiting"')})` }], steps: some,
        }),
        stat({
          title: 'Longest wait', w: 6, h: 6, text: 90, background: true, unit: 'dthms', decimals: 0, runbook: 'HelpdeskCustomerUnanswered',
          help: 'How long the customer who waits longest has waited (section 3). Customers are said to leave after two minutes.',
          queries: [{ expr: longest }], steps: waits,
        }),
        stat({
          title: 'At risk', w: 6, h: 6, text: 90, background: true, runbook: 'HelpdeskConversationUnresolved',
          help: 'Open conversations beyond the resolution target that still need somebody (section 4).',
          queries: [{ expr: `sum(${q.m('helpdesk_conversations_over_target', q.scope)})` }], steps: some,
        }),
        stat({
          title: 'Escalated', w: 6, h: 6, text: 90, background: true, runbook: 'HelpdeskNegativeCustomerWaiting',
          help: 'Upset customers who wait beyond their target and customers who asked for a person (section 4).',
          queries: [{ expr: `sum(${q.m('helpdesk_escalated_conversations', q.scope, 'reason=~"negative|requested"')})` }], steps: some,
        }),
      ],
    },
    {
      panels: [
        judged({
          title: 'First response today', w: 4, h: 5, unit: 's', decimals: 0, good: '<=', target: q.target('first_response'), runbook: 'HelpdeskFirstResponseBurnFast',
          help: 'Median time to the first human reply today, against its target (section 2). Who never got a reply is not in it: see the service level.',
          expr: q.quantileOfRange(0.5, 'helpdesk_first_response_seconds', q.scope),
        }),
        judged({
          title: 'Service level today', w: 4, h: 5, unit: 'percentunit', decimals: 1, good: '>=', target: 'scalar(helpdesk:first_response:objective)', runbook: 'HelpdeskFirstResponseBurnFast',
          help: 'First responses within the target, by all that were due in open hours today; who was never answered counts as missed (section 2).',
          expr: q.share(q.counted(q.answeredInTime(q.scope)), q.counted(q.answerDeadlines(q.scope))),
        }),
        judged({
          title: 'CSAT today', w: 4, h: 5, unit: 'percentunit', decimals: 0, good: '>=', target: q.target('csat'), runbook: 'HelpdeskCSATLow',
          help: 'Answers of 4 and 5 by all answers to surveys today (section 6).',
          expr: q.share(q.counted(q.satisfied(q.scope)), q.counted(q.rated(q.scope))),
        }),
        judged({
          title: 'First contact resolution', w: 4, h: 5, unit: 'percentunit', decimals: 0, good: '>=', target: q.target('fcr'), runbook: 'HelpdeskFCRLow',
          help: 'Conversations closed a week ago whose customer did not come back within 7 days, by all that had a reply; those whose week ended today (section 5).',
          expr: q.share(q.counted(q.firstContact(q.scope)), q.counted(q.contacts(q.scope))),
        }),
        judged({
          title: 'Utilization', w: 4, h: 5, unit: 'percentunit', decimals: 0, good: '<=', target: q.target('utilization_max'), least: q.target('utilization_min'), runbook: 'HelpdeskUtilizationHigh',
          help: 'Busy by busy and available time of all agents in the last hour, against the least and the most of the target (section 7). A band, not a record: above it people tire.',
          expr: q.share(`sum(increase(${q.busy(q.ofTeam)}[1h]))`, `sum(increase(${q.present(q.ofTeam)}[1h]))`),
        }),
        judged({
          title: 'Bot containment today', w: 4, h: 5, unit: 'percentunit', decimals: 0, good: '>=', target: q.target('containment'), runbook: 'HelpdeskContainmentLow',
          help: 'Conversations that the bot resolved by itself, by all that it took part in and that ended today (section 8).',
          expr: q.share(q.counted(q.contained(q.scope)), q.counted(q.botConversations(q.scope))),
        }),
      ],
    },
    {
      panels: [
        stat({
          title: 'Agents', w: 8, h: 6, mode: 'value_and_name', decimals: 0, runbook: 'HelpdeskNoAgentAvailable',
          help: 'Agents who are available, busy or away in this minute, as reported or inferred from what they do (section 7).',
          queries: [
            { expr: now('available'), legend: 'available', colour: colour.good },
            { expr: now('busy'), legend: 'busy', colour: colour.warn },
            { expr: now('away'), legend: 'away', colour: colour.none },
          ],
        }),
        series({
          title: 'Conversations an hour, against a typical day', w: 16, h: 6, decimals: 0, runbook: 'HelpdeskVolumeUnusual',
          help: 'Conversations opened in the hour before, and as many as usual: the mean of the same hour of the weekday in the last four weeks (section 9).',
          queries: [
            { expr: `sum(increase(${q.m('helpdesk_conversations_opened_total', q.scope)}[1h]))`, legend: 'today', colour: colour.warn },
            { expr: `sum(${q.m('helpdesk_opened_typical', q.scope)})`, legend: 'typical', colour: colour.calm },
          ],
        }),
      ],
    },
    {
      panels: [
        table({
          title: 'Teams', w: 24, h: 10, size: 'md', join: 'team', sort: 'Waiting',
          help: 'A row for each team: who waits, for how long, and how today goes. A dash is what no team is in charge of.',
          queries: [
            { expr: q.teams(`sum by (team) (${q.m('helpdesk_conversations', q.scope, 'state="waiting"')})`), legend: 'Waiting' },
            { expr: q.teams(`max by (team) (time() - ${q.m('helpdesk_oldest_waiting_start_timestamp_seconds', q.scope)}) or sum by (team) (${q.m('helpdesk_conversations', q.scope, 'state="waiting"')}) * 0`), legend: 'Longest' },
            { expr: q.teams(`sum by (team) (${q.m('helpdesk_conversations_over_target', q.scope)})`), legend: 'At risk' },
            { expr: q.teams(q.share(q.counted(q.answeredInTime(q.scope), 'team'), q.counted(q.answerDeadlines(q.scope), 'team'))), legend: 'Service level' },
            { expr: q.teams(q.share(q.counted(q.satisfied(q.scope), 'team'), q.counted(q.rated(q.scope), 'team'))), legend: 'CSAT' },
            { expr: q.teams(`sum by (team) (increase(${q.busy(q.ofTeam)}[1h])) / (sum by (team) (increase(${q.present(q.ofTeam)}[1h])) > 0) and on () (${live} == 1)`), legend: 'Utilization' },
            { expr: q.teams(`max by (team) (${q.m('helpdesk_calendar_open', q.scope)})`), legend: 'Hours' },
          ],
          columns: [
            { field: 'team', title: 'Team' },
            { field: 'Waiting', decimals: 0, steps: some },
            { field: 'Longest', unit: 'dthms', decimals: 0, steps: waits },
            { field: 'At risk', decimals: 0, steps: some },
            { field: 'Service level', unit: 'percentunit', decimals: 0 },
            { field: 'CSAT', unit: 'percentunit', decimals: 0 },
            { field: 'Utilization', unit: 'percentunit', decimals: 0 },
            { field: 'Hours', width: 130, words: { '0': 'closed', '1': 'open' } },
          ],
        }),
      ],
    },
    {
      panels: [
        table({
          title: 'Who is there', w: 24, h: 5, none: 'names are switched off',
          help: 'Agents by name with their open conversations. Shown only where the variable Names is on: a wall is read by visitors too.',
          queries: [{ expr: `(sum by (agent, name, team) (${q.m('helpdesk_agent_info', q.ofTeam)} * on (agent, team) group_left () helpdesk_agent_active_conversations)) and on () (vector($names) == 1)` }],
          columns: [{ field: 'agent', hidden: true }, { field: 'name', title: 'Name' }, { field: 'team', title: 'Team' }, { field: 'Value', title: 'Conversations' }],
        }),
      ],
    },
  ],
});
