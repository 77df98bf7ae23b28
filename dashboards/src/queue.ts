import { Board, colour, dataLink, listing, series, stat, table, transcriptOf } from './kit.js';
import * as q from './queries.js';

const escalated = q.m('helpdesk_escalated_conversation_start_timestamp_seconds', q.scope);
const waits: [number | null, string][] = [
  [null, colour.good],
  [60, colour.amber],
  [120, colour.bad],
];

export const queue = (): Board => ({
  uid: 'helpdesk-queue',
  title: 'Live queue and escalations',
  about: 'Who waits now, who has to be helped first, and what is about to be.',
  from: 'now-3h',
  refresh: '5s',
  variables: ['source', 'inbox', 'team'],
  rows: [
    {
      panels: [
        stat({ title: 'Waiting now', w: 4, h: 4, runbook: 'HelpdeskCustomerUnanswered', queries: [{ expr: `sum(${q.m('helpdesk_conversations', q.scope, 'state="waiting"')})` }], help: 'Conversations of humans in which a customer waits for a reply now (section 3).', steps: [[null, colour.good], [1, colour.warn]] }),
        stat({ title: 'With the bot', w: 4, h: 4, queries: [{ expr: `sum(${q.m('helpdesk_conversations', q.scope, 'state="bot"')})` }], help: 'Open conversations that the bot has, whoever wrote last (section 3).' }),
        stat({ title: 'Pending', w: 4, h: 4, queries: [{ expr: `sum(${q.m('helpdesk_conversations', q.scope, 'state="pending"')})` }], help: 'Conversations put aside by an agent or the provider (section 3).' }),
        stat({ title: 'Over target', w: 4, h: 4, runbook: 'HelpdeskConversationUnresolved', queries: [{ expr: `sum(${q.m('helpdesk_conversations_over_target', q.scope)})` }], help: 'Open conversations beyond the resolution target that still need somebody (section 4).', steps: [[null, colour.good], [1, colour.bad]] }),
        stat({ title: 'Windows about to expire', w: 4, h: 4, runbook: 'HelpdeskServiceWindowsEnding', queries: [{ expr: `sum(${q.m('helpdesk_service_windows_expiring_soon', q.scope)})` }], help: 'Open turns whose 24 hours of free replies end within one hour; afterwards only a paid template reaches the customer (section 3).', steps: [[null, colour.good], [1, colour.warn]] }),
        stat({ title: 'Without a reply for 2 minutes, today', w: 4, h: 4, time: 'now/d', runbook: 'HelpdeskCustomerUnanswered', queries: [{ expr: q.counted(q.m('helpdesk_unanswered_2m_total', q.scope, 'hours="open"')) }], help: 'Turns in open hours that passed two minutes without any reply, today: when customers are said to leave (section 3).' }),
      ],
    },
    {
      panels: [
        table({
          title: 'Escalated now', w: 24, h: 9, sort: 'Waits for', runbook: 'HelpdeskConversationUnresolved',
          help: 'Conversations that need help now, the longest first; of each team the twenty that wait longest are named (section 4). A click opens the transcript.',
          queries: [{ expr: `time() - ${escalated}` }],
          columns: [
            { field: 'conversation', title: 'Conversation', width: 220, link: dataLink('Transcript', transcriptOf('__value.raw'), true) },
            { field: 'team', title: 'Team' },
            { field: 'inbox', title: 'Inbox' },
            { field: 'reason', title: 'Reason', words: { unanswered: 'unanswered', unresolved: 'unresolved', negative: 'upset', requested: 'asks for a person' } },
            { field: 'Value', title: 'Waits for', unit: 'dthms', decimals: 0, steps: waits },
            ...['source', '__name__', 'instance', 'job'].map((field) => ({ field, hidden: true })),
          ],
        }),
      ],
    },
    {
      panels: [
        listing({
          title: 'Who waits, as the exporter sees it', w: 24, h: 9,
          help: 'Open conversations in state waiting, the oldest first, with a link to each transcript. From the exporter’s API.',
          query: { queryType: 'conversations', filters: [{ key: 'state', operator: '=', values: ['waiting'] }], sort: 'opened', order: 'asc', limit: 100 },
        }),
      ],
    },
    {
      panels: [
        series({ title: 'Open conversations', w: 8, h: 8, stack: true, decimals: 0, help: 'Open conversations by state (section 3).', queries: [{ expr: `sum by (state) (${q.m('helpdesk_conversations', q.scope)})`, legend: '{{state}}' }] }),
        series({
          title: 'Longest wait', w: 8, h: 8, unit: 'dthms', help: 'How long the customer who waits longest has waited, by team (section 3).', runbook: 'HelpdeskCustomerUnanswered',
          queries: [{ expr: q.teams(`max by (team) (time() - ${q.m('helpdesk_oldest_waiting_start_timestamp_seconds', q.scope)})`), legend: '{{team}}' }],
        }),
        series({
          title: 'Longest wait of an upset customer', w: 8, h: 8, unit: 'dthms', help: 'How long an upset customer has waited for an answer since the first negative message, the longest of each team; pending conversations are left out (section 9).', runbook: 'HelpdeskNegativeCustomerNearTarget',
          queries: [{ expr: q.teams(`max by (team) (time() - ${q.m('helpdesk_oldest_negative_start_timestamp_seconds', q.scope)})`), legend: '{{team}}' }],
        }),
      ],
    },
    {
      panels: [
        series({ title: 'Escalations an hour, by reason', w: 12, h: 8, help: 'Conversations that were escalated: 120 seconds without any reply, over the resolution target, an upset customer beyond the target, or a customer who asked for a person (section 4).', queries: [{ expr: q.hourly(q.m('helpdesk_escalations_total', q.scope), 'reason'), legend: '{{reason}}', interval: '15m' }], bars: true, stack: true }),
        series({
          title: 'Replies', w: 12, h: 8, unit: 's', log: true, help: 'Time from the first unanswered message of a turn to the next human reply, every turn (section 3). Points are single conversations: one click opens the transcript.',
          queries: [
            { expr: q.quantile(0.5, 'helpdesk_response_seconds', q.scope), legend: 'half', exemplar: true, interval: '15m', colour: colour.calm },
            { expr: q.quantile(0.9, 'helpdesk_response_seconds', q.scope), legend: 'nine tenths', interval: '15m', colour: colour.warn },
          ],
        }),
      ],
    },
  ],
});
