import { bars, Board, colour, days, judged, listing, series, stat } from './kit.js';
import * as q from './queries.js';

export const bot = (): Board => ({
  uid: 'helpdesk-bot',
  title: 'Bot and automation',
  about: 'What the bot takes off the agents, what it hands over and why, and whether its solutions last.',
  from: 'now-7d',
  refresh: '1m',
  variables: ['source', 'inbox', 'team', 'request_type'],
  rows: [
    {
      panels: [
        judged({ title: 'Containment', w: 6, h: 5, unit: 'percentunit', decimals: 1, good: '>=', target: q.target('containment'), runbook: 'HelpdeskContainmentLow', none: 'none yet', expr: q.share(q.counted(q.contained(q.typed)), q.counted(q.botConversations(q.typed))), help: 'Conversations that the bot resolved by itself, by all that it took part in (section 8).' }),
        stat({ title: 'Of these for good', w: 6, h: 5, unit: 'percentunit', decimals: 1, none: 'none yet', runbook: 'HelpdeskContainmentLow', queries: [{ expr: q.share(q.counted(q.m('helpdesk_bot_contained_7d_total', q.typed, 'outcome="durable"')), q.counted(q.m('helpdesk_bot_contained_7d_total', q.typed))) }], help: 'Conversations resolved by the bot whose customer did not come back within 7 days; it speaks of the week before (section 8).' }),
        stat({ title: 'The bot’s first reply', w: 6, h: 5, unit: 'dthms', decimals: 0, queries: [{ expr: q.quantileOfRange(0.5, 'helpdesk_bot_first_response_seconds', q.typed) }], none: 'none yet', help: 'Median time from the first customer message to the first bot message (section 2).' }),
        stat({ title: 'The customer’s first human reply', w: 6, h: 5, unit: 'dthms', decimals: 0, queries: [{ expr: q.quantileOfRange(0.5, 'helpdesk_customer_first_response_seconds', q.typed) }], none: 'none yet', help: 'Median time from the first customer message to the first human message, the bot’s time included (section 2): what the customer feels.' }),
      ],
    },
    {
      panels: [
        days({
          title: 'Outcomes a day', w: 12, h: 9, stack: true, decimals: 0, runbook: 'HelpdeskContainmentLow', help: 'Conversations in which the bot spoke and the customer wrote, by how the bot’s part ended (section 8).',
          queries: [
            { expr: `sum(increase(${q.m('helpdesk_bot_conversations_total', q.typed, 'outcome="resolved_confirmed"')}[1d]))`, legend: 'resolved, confirmed', colour: colour.good },
            { expr: `sum(increase(${q.m('helpdesk_bot_conversations_total', q.typed, 'outcome="resolved_silent"')}[1d]))`, legend: 'resolved, silent', colour: colour.calm },
            { expr: `sum(increase(${q.m('helpdesk_bot_conversations_total', q.typed, 'outcome="handoff"')}[1d]))`, legend: 'handed over', colour: colour.warn },
            { expr: `sum(increase(${q.m('helpdesk_bot_conversations_total', q.typed, 'outcome="abandoned"')}[1d]))`, legend: 'abandoned', colour: colour.bad },
          ],
        }),
        bars({ title: 'Why it hands over', w: 12, h: 9, decimals: 0, none: 'Nothing was handed over.', queries: [{ expr: `sort_desc(${q.counted(q.m('helpdesk_bot_handoffs_total', q.typed), 'reason')} > 0)`, legend: '{{reason}}' }], help: 'Conversations handed from the bot to humans, by reason (section 8).' }),
      ],
    },
    {
      panels: [
        bars({ title: 'Containment by request type', w: 12, h: 9, unit: 'percentunit', decimals: 0, max: 1, min: 0, none: 'none yet', runbook: 'HelpdeskContainmentLow', queries: [{ expr: `sort_desc(${q.share(q.counted(q.contained(q.typed), 'request_type'), q.counted(q.botConversations(q.typed), 'request_type'))})`, legend: '{{request_type}}' }], help: 'What the bot resolved by itself of each request type (section 8).' }),
        series({ title: 'Handed over an hour', w: 12, h: 9, queries: [{ expr: q.hourly(q.m('helpdesk_bot_conversations_total', q.typed, 'outcome="handoff"')), legend: 'handed over', interval: '15m', colour: colour.warn }, { expr: q.hourly(q.contained(q.typed)), legend: 'resolved', interval: '15m', colour: colour.good }], help: 'Conversations that the bot handed over and that it resolved, an hour (section 8).' }),
      ],
    },
    {
      panels: [
        listing({ title: 'A sample of what was handed over', w: 24, h: 9, help: 'Twenty conversations at random that a human closed: what would the bot have had to know? A click opens the transcript.', query: { queryType: 'conversations', filters: [{ key: 'closed_by', operator: '=', values: ['human'] }], sample: 20, seed: 1, limit: 20 } }),
      ],
    },
  ],
});
