import { bars, Board, colour, days, series, stat, table } from './kit.js';
import * as q from './queries.js';

const by = 'request_type';

export const requests = (): Board => ({
  uid: 'helpdesk-requests',
  title: 'Requests, sentiment and feedback',
  about: 'What customers ask, how they feel and how they rate it: what to automate or to document next.',
  from: 'now-7d',
  refresh: '1m',
  variables: ['source', 'inbox', 'team', 'request_type'],
  rows: [
    {
      panels: [
        table({
          title: 'Request types', w: 24, h: 10, join: by, sort: 'Conversations', size: 'md',
          help: 'What customers ask, with how it goes. Many conversations, a low first contact resolution and little containment: worth an article or a dialogue of the bot.',
          queries: [
            { expr: q.counted(q.m('helpdesk_conversations_opened_total', q.typed), by), legend: 'Conversations' },
            { expr: q.quantileOfRange(0.5, 'helpdesk_resolution_seconds', q.typed, by), legend: 'Resolution' },
            { expr: q.share(q.counted(q.firstContact(q.typed), by), q.counted(q.contacts(q.typed), by)), legend: 'First contact' },
            { expr: q.share(q.counted(q.satisfied(q.typed), by), q.counted(q.rated(q.typed), by)), legend: 'CSAT' },
            { expr: q.counted(q.rated(q.typed), by), legend: 'Answers' },
            { expr: q.share(q.counted(q.contained(q.typed), by), q.counted(q.botConversations(q.typed), by)), legend: 'Containment' },
          ],
          columns: [
            { field: by, title: 'Request type' },
            { field: 'Conversations', decimals: 0 },
            { field: 'Resolution', unit: 'dthms', decimals: 0 },
            { field: 'First contact', unit: 'percentunit', decimals: 0 },
            { field: 'CSAT', unit: 'percentunit', decimals: 0 },
            { field: 'Answers', decimals: 0 },
            { field: 'Containment', unit: 'percentunit', decimals: 0 },
          ],
        }),
      ],
    },
    {
      panels: [
        days({
          title: 'Sentiment of customers', w: 12, h: 9, stack: true, decimals: 0, runbook: 'HelpdeskNegativeCustomerWaiting', help: 'Customer messages of each day by sentiment (section 9).',
          queries: [
            { expr: `sum(increase(${q.m('helpdesk_customer_messages_sentiment_total', q.scope, 'sentiment="negative"')}[1d]))`, legend: 'negative', colour: colour.bad },
            { expr: `sum(increase(${q.m('helpdesk_customer_messages_sentiment_total', q.scope, 'sentiment="neutral"')}[1d]))`, legend: 'neutral', colour: colour.none },
            { expr: `sum(increase(${q.m('helpdesk_customer_messages_sentiment_total', q.scope, 'sentiment="positive"')}[1d]))`, legend: 'positive', colour: colour.good },
          ],
        }),
        days({
          title: 'Answers to surveys', w: 12, h: 9, stack: true, decimals: 0, runbook: 'HelpdeskCSATLow', help: 'Answers to satisfaction surveys of each day by score (section 6).',
          queries: ['1', '2', '3', '4', '5'].map((score, i) => ({ expr: `sum(increase(${q.m('helpdesk_csat_responses_total', q.typed, `score="${score}"`)}[1d]))`, legend: score, colour: [colour.bad, colour.warn, colour.none, colour.calm, colour.good][i] })),
        }),
      ],
    },
    {
      panels: [
        stat({ title: 'NPS', w: 4, h: 5, decimals: 0, none: 'no answers', queries: [{ expr: `100 * (${q.counted(q.m('helpdesk_nps_responses_total', q.typed, 'group="promoter"'))} - ${q.counted(q.m('helpdesk_nps_responses_total', q.typed, 'group="detractor"'))}) / (${q.counted(q.m('helpdesk_nps_responses_total', q.typed))} > 0)` }], help: 'Promoters less detractors in 100 answers, of the chosen time (section 6); -100 to 100.' }),
        stat({ title: 'Who answers surveys', w: 4, h: 5, unit: 'percentunit', decimals: 0, none: 'no surveys', queries: [{ expr: q.share(q.counted(q.rated(q.typed)), q.counted(q.m('helpdesk_csat_surveys_total', q.typed))) }], help: 'Answers by satisfaction surveys sent (section 6). Of few answers do not conclude much.' }),
        stat({ title: 'Rated after a bad moment', w: 4, h: 5, unit: 'percentunit', decimals: 0, none: 'no answers', queries: [{ expr: q.share(q.counted(q.m('helpdesk_csat_responses_total', q.typed, 'score=~"4|5"', 'had_negative="true"')), q.counted(q.m('helpdesk_csat_responses_total', q.typed, 'had_negative="true"'))) }], help: 'Answers of 4 and 5 of customers who had been negative in the conversation: what was turned around (section 6).' }),
        stat({ title: 'Upset customers answered in time', w: 4, h: 5, unit: 'percentunit', decimals: 0, none: 'none', runbook: 'HelpdeskNegativeCustomerWaiting', queries: [{ expr: q.share(q.counted(q.m('helpdesk_negative_response_deadlines_total', q.scope, 'hours="open"', 'result="met"')), q.counted(q.m('helpdesk_negative_response_deadlines_total', q.scope, 'hours="open"', 'result=~"met|missed"'))) }], help: 'Turns with a negative message that a human answered within its target (section 9).' }),
        stat({ title: 'Frequent questions', w: 4, h: 5, unit: 'percentunit', decimals: 0, none: 'none', queries: [{ expr: q.share(q.counted(q.m('helpdesk_faq_conversations_total', q.scope)), q.counted(q.m('helpdesk_conversations_opened_total', q.scope))) }], help: 'Conversations whose first question is one that many ask: ten times in 7 days, near-identical (section 9).' }),
        stat({ title: 'Without a type', w: 4, h: 5, unit: 'percentunit', decimals: 0, none: 'none', queries: [{ expr: q.share(q.counted(q.m('helpdesk_conversations_opened_total', q.scope, 'request_type="other"')), q.counted(q.m('helpdesk_conversations_opened_total', q.scope))) }], help: 'Conversations that no request type was found for (section 9): where this is much, the rules lack something.' }),
      ],
    },
    {
      panels: [
        series({ title: 'Conversations an hour, by request type', w: 12, h: 9, stack: true, queries: [{ expr: q.hourly(q.m('helpdesk_conversations_opened_total', q.typed), by), legend: '{{request_type}}', interval: '1h' }], runbook: 'HelpdeskVolumeUnusual', help: 'Conversations opened an hour by what customers ask (section 9).' }),
        bars({ title: 'Labels', w: 12, h: 9, decimals: 0, none: 'No labels.', queries: [{ expr: `sort_desc(${q.counted(q.m('helpdesk_conversation_labels_total', q.typed), 'label')} > 0)`, legend: '{{label}}' }], help: 'Conversations by the labels that the provider or an agent gave them: sale, lead, churn risk (section 9).' }),
      ],
    },
  ],
});
