import { bars, Board, colour, days, listing, stat, table, textVariable, transcript } from './kit.js';
import * as q from './queries.js';

export const quality = (): Board => ({
  uid: 'helpdesk-quality',
  title: 'Quality, transcripts and consent',
  about: 'How well answers are, with the conversations to read, and whether consent and the account are in order.',
  from: 'now-7d',
  refresh: '5m',
  variables: ['source', 'inbox', 'team', 'agent', textVariable('conversation', 'Conversation', '')],
  rows: [
    {
      panels: [
        transcript({ title: 'Transcript', w: 24, h: 12, none: 'Choose a conversation below, or give its id above.', help: 'The conversation of the variable above, as it was written: masked unless your role may read in full. Waits beyond the target stand in it as lines of their own.', query: { queryType: 'transcript', conversation: '$conversation' } }),
      ],
    },
    {
      panels: [
        listing({ title: 'A random sample of the chosen agents', w: 24, h: 9, help: 'Twenty conversations of the chosen agents and time at random, to be read: a sample is fairer than the loudest. A click opens the transcript.', query: { queryType: 'conversations', filters: [{ key: 'agent', operator: '=', values: ['$agent'] }], sample: 20, seed: 1, limit: 20 } }),
      ],
    },
    {
      title: 'Audits and consistency',
      panels: [
        stat({ title: 'Messages with findings', w: 4, h: 5, unit: 'percentunit', decimals: 2, none: 'none', runbook: 'HelpdeskAuditFindings', queries: [{ expr: q.share(q.counted(q.m('helpdesk_audit_findings_total', q.scope)), q.counted(q.m('helpdesk_audited_messages_total', q.scope))) }], help: 'What the rules of audits found, by human messages that they looked at (section 10).' }),
        bars({ title: 'Findings by rule', w: 10, h: 9, decimals: 0, none: 'No findings.', runbook: 'HelpdeskAuditFindings', queries: [{ expr: `sort_desc(${q.counted(q.m('helpdesk_audit_findings_total', q.scope), 'rule')} > 0)`, legend: '{{rule}}' }], help: 'What the rules of audits found in human messages and at the end of conversations (section 10).' }),
        bars({ title: 'Least consistent answers', w: 10, h: 9, unit: 'percentunit', decimals: 0, max: 1, min: 0, none: 'none yet', queries: [{ expr: `sort(bottomk(8, ${q.m('helpdesk_reply_consistency_ratio', q.scope)}))`, legend: '{{inbox}} {{team}} {{request_type}}' }], help: 'Mean similarity of human answers to near-identical questions: the eight lowest by inbox, team and request type (section 10).' }),
        listing({ title: 'Findings', w: 12, h: 9, help: 'The findings themselves, with links to their transcripts.', query: { queryType: 'audits', limit: 100 } }),
        listing({ title: 'Answers that disagree', w: 12, h: 9, help: 'Human answers that are unlike the typical one to near-identical questions, with both (section 10).', query: { queryType: 'discrepancies', limit: 100 } }),
      ],
    },
    {
      title: 'Consent',
      panels: [
        stat({ title: 'Contacts by consent', w: 8, h: 6, decimals: 0, mode: 'value_and_name', queries: [{ expr: `sum by (consent) (helpdesk_contacts{source=~"$source"})`, legend: '{{consent}}' }], help: 'Contacts by the consent that they declared; unknown are those without who were seen in the last 30 days (section 10).' }),
        days({
          title: 'Consent given and withdrawn', w: 8, h: 6, decimals: 0, runbook: 'HelpdeskOptOuts', help: 'Consents declared and withdrawn on each day (section 10).',
          queries: [
            { expr: `sum(increase(${q.m('helpdesk_consent_changes_total', q.scope, 'to=~"opted_in|confirmed"')}[1d]))`, legend: 'given', colour: colour.good },
            { expr: `sum(increase(${q.m('helpdesk_consent_changes_total', q.scope, 'to="opted_out"')}[1d]))`, legend: 'withdrawn', colour: colour.bad },
          ],
        }),
        stat({ title: 'Templates without consent', w: 8, h: 6, decimals: 0, mode: 'value_and_name', runbook: 'HelpdeskTemplatesWithoutConsent', queries: [{ expr: q.counted(q.m('helpdesk_template_messages_total', q.scope, 'consent="missing"'), 'category'), legend: '{{category}}' }], help: 'Template messages sent to contacts whose consent was not recorded, by category (section 10).' }),
      ],
    },
    {
      title: 'The line itself',
      panels: [
        stat({ title: 'Restricted numbers', w: 4, h: 6, decimals: 0, runbook: 'HelpdeskAccountRestricted', queries: [{ expr: 'sum(helpdesk_inbox_restricted{source=~"$source", inbox=~"$inbox"})' }], steps: [[null, colour.good], [1, colour.bad]], help: 'Numbers that the provider has restricted: a stopped helpdesk (section 10).' }),
        table({ title: 'Templates', w: 10, h: 8, runbook: 'HelpdeskTemplatePaused', queries: [{ expr: 'max by (source, template, state) (helpdesk_template_state{source=~"$source"}) == 1' }], columns: [{ field: 'template', title: 'Template' }, { field: 'state', title: 'State' }, { field: 'source', title: 'Source' }, { field: 'Value', hidden: true }], help: 'Templates with the state that the provider reports (section 10).' }),
        bars({ title: 'Failed sends by code', w: 10, h: 8, decimals: 0, none: 'None failed.', runbook: 'HelpdeskSendsFail', queries: [{ expr: `sort_desc(${q.counted(q.m('helpdesk_send_failures_total', q.scope), 'code')} > 0)`, legend: '{{code}}' }], help: 'Messages that did not go out, by the provider’s documented code (section 9).' }),
      ],
    },
  ],
});
