import { Board, colour, days, listing, series, stat, table } from './kit.js';
import * as q from './queries.js';

const one = 'team=~"$team", agent=~"$agent"';
const utilization = (labels: string, by: string) => `sum by (${by}) (increase(${q.busy(labels)}[$__range])) / (sum by (${by}) (increase(${q.present(labels)}[$__range])) > 0)`;
const mean = (name: string, labels: string, by: string) => `sum by (${by}) (increase(${name}_sum{${labels}}[$__range])) / (sum by (${by}) (increase(${name}_count{${labels}}[$__range])) > 0)`;
const csat = (labels: string, by: string) => q.share(q.counted(q.m('helpdesk_agent_csat_responses_total', labels, 'score=~"4|5"'), by), q.counted(q.m('helpdesk_agent_csat_responses_total', labels), by));
const fcr = (labels: string, by: string) => q.share(q.counted(q.m('helpdesk_agent_fcr_outcomes_7d_total', labels, 'outcome="first_contact"'), by), q.counted(q.m('helpdesk_agent_fcr_outcomes_7d_total', labels, 'outcome!="unanswered"'), by));

export const agents = (): Board => ({
  uid: 'helpdesk-agents',
  title: 'Agents',
  about: 'For coaching: an agent beside the team, over weeks, with conversations to talk about. Not a ranking.',
  from: 'now-7d',
  refresh: '5m',
  variables: ['team', 'agent'],
  rows: [
    {
      panels: [
        table({
          title: 'Agents', w: 24, h: 10, join: 'agent',
          help: 'What each agent did in the chosen time (section 7). Figures of few conversations say little; work is not shared out evenly.',
          queries: [
            { expr: `max by (agent, name, team) (${q.m('helpdesk_agent_info', one)})` },
            { expr: `sum by (agent) (${q.m('helpdesk_agent_active_conversations', one)})`, legend: 'Open' },
            { expr: q.counted(q.m('helpdesk_agent_conversations_total', one, 'event="answered"'), 'agent'), legend: 'Answered' },
            { expr: mean('helpdesk_agent_response_seconds', one, 'agent'), legend: 'Mean reply' },
            { expr: mean('helpdesk_agent_resolution_seconds', one, 'agent'), legend: 'Mean resolution' },
            { expr: utilization(one, 'agent'), legend: 'Utilization' },
            { expr: csat(one, 'agent'), legend: 'CSAT' },
            { expr: fcr(one, 'agent'), legend: 'First contact' },
            { expr: q.counted(q.m('helpdesk_agent_audit_findings_total', one), 'agent'), legend: 'Findings' },
          ],
          columns: [
            { field: 'name', title: 'Name' },
            { field: 'agent', title: 'Agent' },
            { field: 'team', title: 'Team' },
            { field: 'Value #A', hidden: true },
            { field: 'Open', decimals: 0 },
            { field: 'Answered', decimals: 0 },
            { field: 'Mean reply', unit: 'dthms', decimals: 0 },
            { field: 'Mean resolution', unit: 'dthms', decimals: 0 },
            { field: 'Utilization', unit: 'percentunit', decimals: 0 },
            { field: 'CSAT', unit: 'percentunit', decimals: 0 },
            { field: 'First contact', unit: 'percentunit', decimals: 0 },
            { field: 'Findings', decimals: 0 },
          ],
        }),
      ],
    },
    {
      title: 'The chosen agents beside the median of their team',
      panels: [
        stat({ title: 'Mean reply', w: 6, h: 4, unit: 'dthms', decimals: 0, mode: 'value_and_name', help: 'Mean time to reply of the chosen agents, and the median of the means of all agents of the team: half are faster.', queries: [{ expr: mean('helpdesk_agent_response_seconds', one, ''), legend: 'chosen', colour: colour.calm }, { expr: `quantile(0.5, ${mean('helpdesk_agent_response_seconds', q.ofTeam, 'agent')})`, legend: 'team', colour: colour.none }] }),
        stat({ title: 'Utilization', w: 6, h: 4, unit: 'percentunit', decimals: 0, mode: 'value_and_name', runbook: 'HelpdeskUtilizationHigh', help: 'Busy by busy and available time of the chosen agents, and the median of the team (section 7).', queries: [{ expr: utilization(one, ''), legend: 'chosen', colour: colour.calm }, { expr: `quantile(0.5, ${utilization(q.ofTeam, 'agent')})`, legend: 'team', colour: colour.none }] }),
        stat({ title: 'CSAT', w: 6, h: 4, unit: 'percentunit', decimals: 0, mode: 'value_and_name', none: 'no answers', help: 'Answers of 4 and 5 to surveys about the chosen agents, and the median of the team (section 6).', queries: [{ expr: csat(one, ''), legend: 'chosen', colour: colour.calm }, { expr: `quantile(0.5, ${csat(q.ofTeam, 'agent')})`, legend: 'team', colour: colour.none }] }),
        stat({ title: 'First contact resolution', w: 6, h: 4, unit: 'percentunit', decimals: 0, mode: 'value_and_name', none: 'none yet', help: 'Conversations of the chosen agents whose customer did not come back within 7 days, and the median of the team (section 5).', queries: [{ expr: fcr(one, ''), legend: 'chosen', colour: colour.calm }, { expr: `quantile(0.5, ${fcr(q.ofTeam, 'agent')})`, legend: 'team', colour: colour.none }] }),
        days({
          title: 'Mean reply, four weeks', w: 12, h: 8, unit: 'dthms', decimals: 0, time: '28d', help: 'Mean time to reply of each day: the chosen agents together, and the whole team.',
          queries: [
            { expr: `sum(increase(helpdesk_agent_response_seconds_sum{${one}}[1d])) / (sum(increase(helpdesk_agent_response_seconds_count{${one}}[1d])) > 0)`, legend: 'chosen', colour: colour.calm },
            { expr: `sum(increase(helpdesk_agent_response_seconds_sum{${q.ofTeam}}[1d])) / (sum(increase(helpdesk_agent_response_seconds_count{${q.ofTeam}}[1d])) > 0)`, legend: 'team', colour: colour.none },
          ],
        }),
        days({
          title: 'Answered conversations, four weeks', w: 12, h: 8, decimals: 0, time: '28d', help: 'Conversations first answered by the chosen agents on each day.',
          queries: [{ expr: `sum(increase(${q.m('helpdesk_agent_conversations_total', one, 'event="answered"')}[1d]))`, legend: 'chosen', colour: colour.calm }],
        }),
        series({
          title: 'Time of agents', w: 24, h: 8, stack: true, decimals: 1, help: 'How many of the chosen agents were busy, available and away (section 7).', runbook: 'HelpdeskNoAgentAvailable',
          queries: [
            { expr: `sum(rate(${q.m('helpdesk_agent_state_seconds_total', one, 'state="busy"')}[$__rate_interval]))`, legend: 'busy', colour: colour.warn, interval: '15m' },
            { expr: `sum(rate(${q.m('helpdesk_agent_state_seconds_total', one, 'state="available"')}[$__rate_interval]))`, legend: 'available', colour: colour.good, interval: '15m' },
            { expr: `sum(rate(${q.m('helpdesk_agent_state_seconds_total', one, 'state="away"')}[$__rate_interval]))`, legend: 'away', colour: colour.none, interval: '15m' },
          ],
        }),
      ],
    },
    {
      title: 'Conversations to talk about',
      panels: [
        listing({ title: 'Five best rated', w: 12, h: 8, help: 'Conversations of the chosen agents with the best answers to surveys. A click opens the transcript.', query: { queryType: 'conversations', filters: [{ key: 'agent', operator: '=', values: ['$agent'] }, { key: 'csat', operator: '=', values: ['4', '5'] }], sort: 'csat', order: 'desc', limit: 5 } }),
        listing({ title: 'Five worst rated', w: 12, h: 8, help: 'Conversations of the chosen agents with the worst answers to surveys. A click opens the transcript.', query: { queryType: 'conversations', filters: [{ key: 'agent', operator: '=', values: ['$agent'] }, { key: 'csat', operator: '=', values: ['1', '2', '3'] }], sort: 'csat', order: 'asc', limit: 5 } }),
        listing({ title: 'Findings', w: 24, h: 8, help: 'What the rules of audits found in what the chosen agents wrote (section 10).', query: { queryType: 'audits', filters: [{ key: 'agent', operator: '=', values: ['$agent'] }], limit: 100 } }),
      ],
    },
  ],
});
