// PromQL that several panels share.

/** Labels that the variables choose, for families of conversations. */
export const scope = 'source=~"$source", inbox=~"$inbox", team=~"$team"';
/** The same for families that have a request type too. */
export const typed = `${scope}, request_type=~"$request_type"`;
/** Agents have a team only. */
export const ofTeam = 'team=~"$team"';

export const from = '${__from:date:seconds}';

/** A metric with labels, m('x', scope, 'result="met"'). */
export function m(name: string, ...labels: string[]): string {
  return `${name}{${labels.join(', ')}}`;
}

const group = (by: string) => (by === '' ? 'sum' : `sum by (${by})`);

/**
 * What a counter counted in the dashboard's time, in whole numbers: its value
 * now less the one at the beginning. It equals a recount, where increase() is an
 * extrapolation. Counters of the journal never go down, also while the exporter
 * is down, so the beginning may be looked up in the hour before it; a series
 * that was not there then counted from 0.
 */
export function counted(series: string, by = ''): string {
  const g = group(by);
  return `(${g} (${series}) - (${g} (last_over_time(${series}[1h] @ ${from})) or ${g} (${series}) * 0))`;
}

/** The same over the equal time before. */
export function countedBefore(series: string, by = ''): string {
  const g = group(by);
  const then = `${g} (last_over_time(${series}[1h] @ ${from}))`;
  return `(${then} - (${g} (last_over_time(${series}[1h] @ ${from} offset \${__range_s}s)) or ${then} * 0))`;
}

export function share(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** An empty team is what no team is in charge of. */
export const teams = (expr: string) => `label_replace(${expr}, "team", "–", "team", "")`;

/** A rate in events an hour. */
export function hourly(series: string, by = ''): string {
  return `${group(by)} (rate(${series}[$__rate_interval])) * 3600`;
}

export function quantile(q: number, histogram: string, labels: string, by = ''): string {
  const le = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${le}) (rate(${histogram}_bucket{${labels}}[$__rate_interval])))`;
}

export function quantileOfRange(q: number, histogram: string, labels: string, by = '', shift = ''): string {
  const le = by === '' ? 'le' : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${le}) (rate(${histogram}_bucket{${labels}}[$__range]${shift})))`;
}

/** The target that holds for everybody; teams and inboxes may have others. */
export function target(name: string): string {
  return `scalar(max(helpdesk_target{name="${name}", team="", inbox=""}))`;
}

// The deadlines of first responses: who never got an answer is in them.
export const answeredInTime = (labels: string) => m('helpdesk_first_response_deadlines_total', labels, 'hours="open"', 'result="met"');
export const answerDeadlines = (labels: string) => m('helpdesk_first_response_deadlines_total', labels, 'hours="open"', 'result=~"met|missed"');
export const solvedInTime = (labels: string) => m('helpdesk_resolution_deadlines_total', labels, 'hours="open"', 'result="met"');
export const solveDeadlines = (labels: string) => m('helpdesk_resolution_deadlines_total', labels, 'hours="open"', 'result=~"met|missed"');
export const satisfied = (labels: string) => m('helpdesk_csat_responses_total', labels, 'score=~"4|5"');
export const rated = (labels: string) => m('helpdesk_csat_responses_total', labels);
export const firstContact = (labels: string) => m('helpdesk_fcr_outcomes_7d_total', labels, 'outcome="first_contact"');
export const contacts = (labels: string) => m('helpdesk_fcr_outcomes_7d_total', labels, 'outcome!="unanswered"');
export const contained = (labels: string) => m('helpdesk_bot_conversations_total', labels, 'outcome=~"resolved_.*"');
export const botConversations = (labels: string) => m('helpdesk_bot_conversations_total', labels);
export const busy = (labels: string) => m('helpdesk_agent_state_seconds_total', labels, 'state="busy"');
export const present = (labels: string) => m('helpdesk_agent_state_seconds_total', labels, 'state=~"busy|available"');
