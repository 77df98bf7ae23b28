import { Board, colour, days, judged, series, stat, week } from './kit.js';
import * as q from './queries.js';

interface KPI {
  title: string;
  help: string;
  unit: string;
  good: '>=' | '<=';
  target: string;
  least?: string;
  now: string;
  before: string;
  runbook: string;
}

const shareOf = (part: string, whole: string) => ({
  now: q.share(q.counted(part), q.counted(whole)),
  before: q.share(q.countedBefore(part), q.countedBefore(whole)),
});

const quantile = (name: string) => ({
  now: q.quantileOfRange(0.5, name, q.typed),
  before: q.quantileOfRange(0.5, name, q.typed, '', ' offset ${__range_s}s'),
});

const timeOf = (series: (l: string) => string, shift = '') => `sum(increase(${series(q.ofTeam)}[$__range]${shift}))`;

const kpis: KPI[] = [
  {
    title: 'First response', unit: 's', good: '<=', target: q.target('first_response'), runbook: 'HelpdeskFirstResponseBurnFast', ...quantile('helpdesk_first_response_seconds'),
    help: 'Median time from the first customer message, or the hand-off to humans, to the first human message (section 2).',
  },
  {
    title: 'Service level', unit: 'percentunit', good: '>=', target: 'scalar(helpdesk:first_response:objective)', runbook: 'HelpdeskFirstResponseBurnFast', ...shareOf(q.answeredInTime(q.typed), q.answerDeadlines(q.typed)),
    help: 'First responses within the target by all that were due in open hours; who was never answered counts as missed (section 2).',
  },
  {
    title: 'Resolution', unit: 's', good: '<=', target: q.target('resolution'), runbook: 'HelpdeskConversationUnresolved', ...quantile('helpdesk_resolution_seconds'),
    help: 'Median time from the first customer message to the close (section 4).',
  },
  {
    title: 'CSAT', unit: 'percentunit', good: '>=', target: q.target('csat'), runbook: 'HelpdeskCSATLow', ...shareOf(q.satisfied(q.typed), q.rated(q.typed)),
    help: 'Answers of 4 and 5 by all answers to satisfaction surveys (section 6).',
  },
  {
    title: 'First contact resolution', unit: 'percentunit', good: '>=', target: q.target('fcr'), runbook: 'HelpdeskFCRLow', ...shareOf(q.firstContact(q.typed), q.contacts(q.typed)),
    help: 'Closed conversations whose customer did not come back within 7 days, by all that had a reply. It is counted when the 7 days are over, so it speaks of the week before (section 5).',
  },
  {
    title: 'Utilization', unit: 'percentunit', good: '<=', target: q.target('utilization_max'), least: q.target('utilization_min'), runbook: 'HelpdeskUtilizationHigh',
    now: q.share(timeOf(q.busy), timeOf(q.present)), before: q.share(timeOf(q.busy, ' offset ${__range_s}s'), timeOf(q.present, ' offset ${__range_s}s')),
    help: 'Busy by busy and available time of all agents, against the least and the most of the target (section 7).',
  },
  {
    title: 'Bot containment', unit: 'percentunit', good: '>=', target: q.target('containment'), runbook: 'HelpdeskContainmentLow', ...shareOf(q.contained(q.typed), q.botConversations(q.typed)),
    help: 'Conversations that the bot resolved by itself, by all that it took part in (section 8).',
  },
];

// The formulas of alerts/rules.yml for what the variables choose.
const day = (result: string, hours = '') => `sum(increase(helpdesk_first_response_deadlines_total{${q.typed}, result=~"${result}"${hours}}[1d]))`;
const left = `clamp_min(${day('void')} - sum(increase(helpdesk_bot_conversations_total{${q.typed}, outcome!="handoff"}[1d])), 0)`;

export const overview = (): Board => ({
  uid: 'helpdesk-overview',
  title: 'Helpdesk overview',
  about: 'The figures of the chosen time against their targets, each beside the equal time before.',
  from: 'now-7d',
  refresh: '1m',
  variables: ['source', 'inbox', 'team', 'request_type'],
  rows: [
    {
      panels: [
        ...kpis.map((k) =>
          judged({ title: k.title, help: k.help, w: 3, h: 5, unit: k.unit, decimals: k.unit === 'percentunit' ? 1 : 0, good: k.good, target: k.target, least: k.least, expr: k.now, runbook: k.runbook, none: 'none yet' })
        ),
        stat({
          title: 'Conversations', w: 3, h: 5, decimals: 0, runbook: 'HelpdeskVolumeUnusual',
          help: 'Conversations opened in the chosen time; whole numbers that equal a recount (section 9).',
          queries: [{ expr: q.counted(q.m('helpdesk_conversations_opened_total', q.typed)) }],
        }),
      ],
    },
    {
      panels: [
        ...kpis.map((k) =>
          stat({
            title: 'The time before', w: 3, h: 3, unit: k.unit, decimals: k.unit === 'percentunit' ? 1 : 0, queries: [{ expr: k.before }], none: 'no history',
            help: 'The same figure over the equal time before the chosen one.',
          })
        ),
        stat({
          title: 'The time before', w: 3, h: 3, decimals: 0, none: 'no history', help: 'The same figure over the equal time before the chosen one.',
          queries: [{ expr: q.countedBefore(q.m('helpdesk_conversations_opened_total', q.typed)) }],
        }),
      ],
    },
    {
      panels: [
        series({
          title: 'First response', w: 12, h: 8, unit: 's', log: true, runbook: 'HelpdeskFirstResponseBurnFast',
          help: 'Half and nine tenths of the first responses came within this time, with the target. Points are single conversations: one click opens the transcript.',
          queries: [
            { expr: q.quantile(0.5, 'helpdesk_first_response_seconds', q.typed), legend: 'half', exemplar: true, interval: '1h', colour: colour.calm },
            { expr: q.quantile(0.9, 'helpdesk_first_response_seconds', q.typed), legend: 'nine tenths', interval: '1h', colour: colour.warn },
            { expr: 'max(helpdesk_target{name="first_response", team="", inbox=""})', legend: 'target', colour: colour.none },
          ],
        }),
        series({
          title: 'Resolution', w: 12, h: 8, unit: 's', log: true, runbook: 'HelpdeskConversationUnresolved',
          help: 'Half and nine tenths of the conversations were closed within this time, with the target (section 4). Points are single conversations.',
          queries: [
            { expr: q.quantile(0.5, 'helpdesk_resolution_seconds', q.typed), legend: 'half', exemplar: true, interval: '1h', colour: colour.calm },
            { expr: q.quantile(0.9, 'helpdesk_resolution_seconds', q.typed), legend: 'nine tenths', interval: '1h', colour: colour.warn },
            { expr: 'max(helpdesk_target{name="resolution", team="", inbox=""})', legend: 'target', colour: colour.none },
          ],
        }),
      ],
    },
    {
      panels: [
        days({
          title: 'Conversations a day', w: 12, h: 8, decimals: 0, stack: true, runbook: 'HelpdeskVolumeUnusual',
          help: 'Conversations opened on each day, by who began: the customer, the customer again within a day of the close, or the helpdesk (section 1).',
          queries: [
            { expr: `sum(increase(${q.m('helpdesk_conversations_opened_total', q.typed, 'trigger="inbound"')}[1d]))`, legend: 'customer', colour: colour.calm },
            { expr: `sum(increase(${q.m('helpdesk_conversations_opened_total', q.typed, 'trigger="reopen"')}[1d]))`, legend: 'reopened', colour: colour.bad },
            { expr: `sum(increase(${q.m('helpdesk_conversations_opened_total', q.typed, 'trigger="outbound"')}[1d]))`, legend: 'helpdesk', colour: colour.none },
          ],
        }),
        series({
          title: 'Service level, the vendors’ formulas side by side', w: 12, h: 8, unit: 'percentunit', max: 1, runbook: 'HelpdeskFirstResponseBurnFast',
          help: 'The share of first responses in time of the last day, as Genesys, Amazon Connect and Twilio would count it: they differ in what they do with customers who left unanswered (alerts/rules.yml says how).',
          queries: [
            { expr: `${day('met', ', hours="open"')} / (${day('met|missed', ', hours="open"')} > 0)`, legend: 'ours' },
            { expr: `${day('met')} / (${day('met|missed')} + ${left} > 0)`, legend: 'Genesys' },
            { expr: `(${day('met')} + ${left}) / (${day('met|missed')} + ${left} > 0)`, legend: 'Amazon Connect' },
            { expr: `${day('met')} / (${day('met|missed')} > 0)`, legend: 'Twilio' },
          ],
        }),
      ],
    },
    {
      panels: [
        week({
          title: 'Conversations by hour and weekday', w: 24, h: 10, decimals: 1,
          help: 'How many conversations an hour were opened, by the clock of this dashboard’s zone. It comes from the exporter’s API: PromQL knows UTC only.',
          query: { queryType: 'heatmap' },
        }),
      ],
    },
  ],
});
