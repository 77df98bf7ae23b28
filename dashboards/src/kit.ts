// Panels, variables and links as all dashboards have them.
import { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as logs from '@grafana/grafana-foundation-sdk/logs';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stats from '@grafana/grafana-foundation-sdk/stat';
import * as tables from '@grafana/grafana-foundation-sdk/table';
import * as texts from '@grafana/grafana-foundation-sdk/text';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

import { t } from './words.js';

export const MappingType = dashboard.MappingType;
export type Panel = Builder<dashboard.Panel>;

const prometheusSource = { type: 'prometheus', uid: '${datasource}' };
const transcriptSource = { type: 'helpdesk-transcripts-datasource', uid: '${transcripts}' };

const runbookURL = 'https://github.com/helpdesk-exporter/helpdesk-exporter/blob/main/alerts/runbook.md';

/** Colours that people with any colour vision can tell apart (Okabe and Ito), on dark and on light. */
export const colour = { good: '#0072B2', bad: '#D55E00', warn: '#E69F00', calm: '#56B4E9', other: '#CC79A7', none: '#8E8E8E', green: '#009E73', amber: '#F7B900' };
const palette = [colour.calm, colour.warn, colour.green, colour.other, colour.good, colour.bad, colour.none];

export interface Query {
  expr: string;
  /** Legend, or the name of a table's column. */
  legend?: string;
  /** Points of exemplars, which lead to transcripts. */
  exemplar?: boolean;
  colour?: string;
  /** Shortest step: samples of a counter that seldom counts are too rare for less. */
  interval?: string;
}

interface Common {
  title: string;
  /** What the figure is, with the section of docs/definitions.md. */
  help: string;
  w: number;
  h: number;
  unit?: string;
  decimals?: number;
  /** Heading of the runbook, an alert's name. */
  runbook?: string;
  links?: dashboard.DashboardLinkBuilder[];
  /** Shown where there is no value; empty is "no data". */
  none?: string;
  /** An own time, "now/d" is today. */
  time?: string;
  min?: number;
  max?: number;
}

interface Setup<B> {
  title(s: string): B;
  description(s: string): B;
  span(n: number): B;
  height(n: number): B;
  unit(s: string): B;
  decimals(n: number): B;
  noValue(s: string): B;
  min(n: number): B;
  max(n: number): B;
  timeFrom(s: string): B;
  links(l: Builder<dashboard.DashboardLink>[]): B;
  datasource(d: common.DataSourceRef): B;
}

function set<B extends Setup<B>>(b: B, o: Common, source: common.DataSourceRef = prometheusSource): B {
  b.title(t(o.title)).description(t(o.help)).span(o.w).height(o.h).datasource(source);
  b.noValue(o.none === undefined ? t('no data') : words(o.none));
  b.unit(o.unit ?? 'none');
  if (o.decimals !== undefined) b.decimals(o.decimals);
  if (o.min !== undefined) b.min(o.min);
  if (o.max !== undefined) b.max(o.max);
  if (o.time !== undefined) b.timeFrom(o.time);
  const links = [...(o.links ?? [])];
  if (o.runbook !== undefined) links.push(link(t('Runbook'), `${runbookURL}#${o.runbook.toLowerCase()}`, true));
  if (links.length > 0) b.links(links);
  return b;
}

export function link(title: string, url: string, blank = false): dashboard.DashboardLinkBuilder {
  return new dashboard.DashboardLinkBuilder(title).type(dashboard.DashboardLinkType.Link).url(url).targetBlank(blank);
}

/** A data link: in Grafana's JSON it has three fields only. */
export function dataLink(title: string, url: string, oneClick = false): { title: string; url: string; targetBlank: boolean; oneClick?: boolean } {
  return oneClick ? { title, url, targetBlank: false, oneClick } : { title, url, targetBlank: false };
}

/** Where a conversation can be read. */
export const transcriptOf = (field: string) => `/d/helpdesk-quality?\${__url_time_range}&var-conversation=\${${field}}`;

// A legend of labels alone, a number or a mark is the same in every language.
const words = (s: string) => (/\p{L}/u.test(s.replace(/\{\{.*?\}\}/g, '')) ? t(s) : s);

const refId = (i: number) => String.fromCharCode('A'.charCodeAt(0) + i);

function query(q: Query, i: number, instant: boolean, format = prometheus.PromQueryFormat.TimeSeries): prometheus.DataqueryBuilder {
  const b = new prometheus.DataqueryBuilder().refId(refId(i)).expr(q.expr).datasource(prometheusSource).editorMode(prometheus.QueryEditorMode.Code).format(format);
  if (q.legend !== undefined) b.legendFormat(words(q.legend));
  if (q.exemplar) b.exemplar(true);
  if (q.interval !== undefined) b.interval(q.interval);
  return instant ? b.instant() : b.range();
}

const fixed = (c: string) => ({ id: 'color', value: { mode: 'fixed', fixedColor: c } });
const reduce = (calc: string) => new common.ReduceDataOptionsBuilder().calcs([calc]).values(false).fields('');

interface Stat extends Common {
  queries: Query[];
  text?: number;
  mode?: 'value' | 'value_and_name' | 'name';
  steps?: [number | null, string][];
  mappings?: dashboard.ValueMapping[];
  background?: boolean;
  dataLinks?: ReturnType<typeof dataLink>[];
}

/** One figure, or one for each series. */
export function stat(o: Stat): Panel {
  const b = set(new stats.PanelBuilder(), o)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(o.background ? common.BigValueColorMode.BackgroundSolid : common.BigValueColorMode.Value)
    .justifyMode(common.BigValueJustifyMode.Center)
    .textMode((o.mode ?? 'value') as common.BigValueTextMode)
    .reduceOptions(reduce('lastNotNull'))
    .wideLayout(true);
  if (o.text !== undefined) b.text(new common.VizTextDisplayOptionsBuilder().valueSize(o.text));
  if (o.mappings !== undefined) b.mappings(o.mappings);
  const steps = o.steps ?? [[null, 'text'] as [null, string]];
  b.thresholds(new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps.map(([value, color]) => ({ value, color }))));
  b.colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds));
  o.queries.forEach((q, i) => {
    b.withTarget(query(q, i, true));
    if (q.colour !== undefined) b.overrideByQuery(refId(i), [fixed(q.colour)]);
  });
  if (o.dataLinks !== undefined) b.overrideByRegexp('.*', [{ id: 'links', value: o.dataLinks }]);
  return b;
}

interface Judged extends Omit<Stat, 'queries' | 'steps'> {
  expr: string;
  target: string;
  /** Which side of the target is the good one. */
  good: '>=' | '<=';
  /** The other end where the target is a band. */
  least?: string;
}

/**
 * A figure against its target, which is a metric and may change: of the queries
 * one has the value while it is met, and another while it is not.
 */
export function judged(o: Judged): Panel {
  const bad = o.good === '>=' ? '<' : '>';
  return stat({
    background: true,
    mode: 'value_and_name',
    ...o,
    queries: [
      { expr: `(${o.expr}) ${o.good} ${o.target}` + (o.least === undefined ? '' : ` >= ${o.least}`), legend: '✓', colour: colour.good },
      { expr: `(${o.expr}) ${bad} ${o.target}`, legend: o.least === undefined ? 'missed' : 'high', colour: colour.bad },
      ...(o.least === undefined ? [] : [{ expr: `(${o.expr}) < ${o.least}`, legend: 'low', colour: colour.amber }]),
    ],
  });
}

interface Series extends Common {
  queries: Query[];
  stack?: boolean;
  bars?: boolean;
  legend?: 'list' | 'table' | 'hidden';
  /** From seconds to days. */
  log?: boolean;
  dataLinks?: ReturnType<typeof dataLink>[];
}

/** Curves over time. */
export function series(o: Series): Panel {
  const b = set(new timeseries.PanelBuilder(), o)
    .lineWidth(2)
    .fillOpacity(o.stack || o.bars ? 60 : 10)
    .showPoints(common.VisibilityMode.Never)
    .axisSoftMin(0)
    .drawStyle(o.bars ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassic))
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(o.legend !== 'hidden')
        .displayMode(o.legend === 'table' ? common.LegendDisplayMode.Table : common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs(o.legend === 'table' ? ['lastNotNull', 'mean', 'max'] : [])
    );
  if (o.stack) b.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (o.log) b.scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10));
  o.queries.forEach((q, i) => {
    b.withTarget(query(q, i, false));
    if (q.colour !== undefined || o.queries.length > 1) b.overrideByQuery(refId(i), [fixed(q.colour ?? palette[i % palette.length])]);
  });
  if (o.dataLinks !== undefined) b.overrideByRegexp('.*', [{ id: 'links', value: o.dataLinks }]);
  return b;
}

export interface Column {
  /** The label or the query's legend, as it comes. */
  field: string;
  title?: string;
  unit?: string;
  decimals?: number;
  width?: number;
  hidden?: boolean;
  /** Coloured background by these steps. */
  steps?: [number | null, string][];
  link?: ReturnType<typeof dataLink>;
  gauge?: boolean;
  /** Words for values. */
  words?: Record<string, string>;
}

interface Table extends Common {
  queries: Query[];
  columns: Column[];
  /** The label by which several queries are joined to one row. */
  join?: string;
  sort?: string;
  size?: 'md' | 'lg' | 'sm';
}

/** A table of instant values: a row for each series, or one for each value of join. */
export function table(o: Table): Panel {
  const b = set(new tables.PanelBuilder(), { none: '–', ...o }).showHeader(true).cellHeight((o.size ?? 'sm') as common.TableCellHeight);
  o.queries.forEach((q, i) => b.withTarget(query(q, i, true, prometheus.PromQueryFormat.Table)));
  const hidden = Object.fromEntries(['Time', ...o.columns.filter((c) => c.hidden).map((c) => c.field)].flatMap((f) => [f, ...o.queries.map((_, i) => `${f} ${i + 1}`)]).map((f) => [f, true]));
  if (o.queries.length > 1) b.withTransformation({ id: 'joinByField', options: { byField: o.join, mode: 'outer' } });
  const value = (i: number) => (o.queries.length > 1 ? `Value #${refId(i)}` : 'Value');
  const names = Object.fromEntries(o.queries.flatMap((q, i) => (q.legend === undefined ? [] : [[value(i), t(q.legend)]])));
  for (const c of o.columns) if (c.title !== undefined && !c.hidden && !o.queries.some((q) => q.legend === c.field)) names[c.field] = t(c.title);
  const order = o.columns.filter((c) => !c.hidden).map((c) => {
    const i = o.queries.findIndex((q) => q.legend === c.field);
    return i < 0 ? c.field : value(i);
  });
  b.withTransformation({ id: 'organize', options: { excludeByName: hidden, indexByName: Object.fromEntries(order.map((f, i) => [f, i])), renameByName: names } });
  for (const c of o.columns) {
    if (c.hidden) continue;
    const shown = names[o.queries.some((q) => q.legend === c.field) ? value(o.queries.findIndex((q) => q.legend === c.field)) : c.field] ?? c.field;
    const properties: dashboard.DynamicConfigValue[] = [];
    if (c.unit !== undefined) properties.push({ id: 'unit', value: c.unit });
    if (c.decimals !== undefined) properties.push({ id: 'decimals', value: c.decimals });
    if (c.width !== undefined) properties.push({ id: 'custom.width', value: c.width });
    if (c.steps !== undefined) {
      properties.push({ id: 'thresholds', value: { mode: 'absolute', steps: c.steps.map(([v, color]) => ({ value: v, color })) } }, { id: 'color', value: { mode: 'thresholds' } });
      properties.push({ id: 'custom.cellOptions', value: c.gauge ? { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } : { type: 'color-background', mode: 'basic' } });
    }
    if (c.words !== undefined) {
      const options = Object.fromEntries(Object.entries(c.words).map(([v, text], index) => [v, { text: t(text), index }]));
      properties.push({ id: 'mappings', value: [{ type: MappingType.ValueToText, options }] });
    }
    if (c.link !== undefined) properties.push({ id: 'links', value: [c.link] });
    if (properties.length > 0) b.overrideByName(shown, properties);
  }
  if (o.sort !== undefined) b.sortBy([new common.TableSortByFieldStateBuilder().displayName(t(o.sort)).desc(true)]);
  return b;
}

interface Bars extends Common {
  queries: Query[];
  steps?: [number | null, string][];
}

/** Horizontal bars, a bar for each series, the longest first where the query sorts. */
export function bars(o: Bars): Panel {
  const b = set(new bargauge.PanelBuilder(), o)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .orientation(common.VizOrientation.Horizontal)
    .valueMode(common.BarGaugeValueMode.Text)
    .showUnfilled(false)
    .reduceOptions(reduce('lastNotNull'))
    .thresholds(new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps((o.steps ?? [[null, colour.calm]]).map(([value, color]) => ({ value, color }))))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds));
  o.queries.forEach((q, i) => b.withTarget(query(q, i, true)));
  return b;
}

interface Days extends Common {
  queries: Query[];
  stack?: boolean;
}

/** A bar for each day, in the dashboard's zone. */
export function days(o: Days): Panel {
  const b = set(new barchart.PanelBuilder(), o)
    .stacking(o.stack ? common.StackingMode.Normal : common.StackingMode.None)
    .showValue(common.VisibilityMode.Never)
    .xTickLabelSpacing(100)
    .fillOpacity(70)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom).calcs([]))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.None));
  o.queries.forEach((q, i) => {
    b.withTarget(query({ interval: '1d', ...q }, i, false));
    b.overrideByQuery(refId(i), [fixed(q.colour ?? palette[i % palette.length])]);
  });
  return b;
}

/** A query of the transcripts data source. */
class TranscriptQuery implements Builder<Dataquery> {
  constructor(private readonly fields: Record<string, unknown>) {}
  build(): Dataquery {
    return { refId: 'A', datasource: transcriptSource, version: 1, ...this.fields } as unknown as Dataquery;
  }
}

interface Transcript extends Common {
  query: Record<string, unknown>;
}

/** Messages as they were written, oldest first. */
export function transcript(o: Transcript): Panel {
  return set(new logs.PanelBuilder(), o, transcriptSource)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(common.LogsSortOrder.Ascending)
    .withTarget(new TranscriptQuery(o.query));
}

interface Listing extends Common {
  query: Record<string, unknown>;
  overrides?: { field: string; properties: dashboard.DynamicConfigValue[] }[];
}

// The columns of the transcripts data source, whose titles there are English.
const columns: Record<string, string> = {
  opened: 'Opened', conversation: 'Conversation', state: 'State', source: 'Source', inbox: 'Inbox', team: 'Team', agent: 'Agent', request_type: 'Request',
  trigger: 'Trigger', waiting_since: 'Waiting since', first_response: 'First response', resolution: 'Resolution', csat: 'CSAT', sentiment: 'Sentiment',
  closed: 'Closed', closed_by: 'Closed by', messages: 'Messages', escalations: 'Escalations', audit_rules: 'Findings', contact: 'Contact',
  time: 'Time', rule: 'Rule', severity: 'Severity', similarity: 'Similarity', typical_conversation: 'Typical answer in', question: 'Question', vendor_url: 'Provider',
};
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** A table of the transcripts data source; its columns and links come from there. */
export function listing(o: Listing): Panel {
  const b = set(new tables.PanelBuilder(), { ...o, none: '–' }, transcriptSource).showHeader(true).withTarget(new TranscriptQuery(o.query));
  for (const [field, title] of Object.entries(columns)) if (t(title) !== title) b.overrideByName(field, [{ id: 'displayName', value: t(title) }]);
  for (const p of o.overrides ?? []) b.overrideByName(p.field, p.properties);
  return b;
}

/** Hour by weekday, dark where there is much. */
export function week(o: Listing): Panel {
  const b = set(new tables.PanelBuilder(), { ...o, none: '–' }, transcriptSource)
    .showHeader(true)
    .withTarget(new TranscriptQuery(o.query))
    .colorScheme(new dashboard.FieldColorBuilder().mode('continuous-blues' as dashboard.FieldColorModeId));
  if (t('Weekday') !== 'Weekday') {
    b.overrideByName('weekday', [
      { id: 'displayName', value: t('Weekday') },
      { id: 'mappings', value: [{ type: MappingType.ValueToText, options: Object.fromEntries(weekdays.map((d, index) => [d, { text: t(d), index }])) }] },
    ]);
  }
  b.overrideByRegexp('^\\d\\d$', [
    { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    { id: 'custom.width', value: 66 },
  ]);
  return b;
}

export function note(o: { title: string; text: string; w: number; h: number }): Panel {
  return new texts.PanelBuilder().title(t(o.title)).span(o.w).height(o.h).mode(texts.TextMode.Markdown).content(t(o.text));
}

export interface Board {
  uid: string;
  title: string;
  about: string;
  /** Default range, and how often it is looked at again. */
  from: string;
  to?: string;
  refresh: string;
  /** Which alerts are marked, as a matcher [those of no single conversation]. */
  alerts?: string;
  variables: (keyof typeof variables | dashboard.VariableModel)[];
  /** Rows of panels; a title opens a row that can be folded. */
  rows: { title?: string; panels: Panel[] }[];
}

const every = { selected: true, text: 'All', value: '$__all' };

const labelValues = (name: string, label: string, title: string, metric: string) => () =>
  new dashboard.QueryVariableBuilder(name)
    .label(t(title))
    .datasource(prometheusSource)
    .query({ qryType: 1, query: `label_values(${metric}, ${label})`, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(`label_values(${metric}, ${label})`)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(every);

export const variables = {
  source: labelValues('source', 'source', 'Source', 'helpdesk_calendar_open'),
  inbox: labelValues('inbox', 'inbox', 'Inbox', 'helpdesk_calendar_open{source=~"$source"}'),
  team: labelValues('team', 'team', 'Team', 'helpdesk_calendar_open{source=~"$source", inbox=~"$inbox"}'),
  request_type: labelValues('request_type', 'request_type', 'Request type', 'helpdesk_conversations_opened_total{source=~"$source"}'),
  agent: labelValues('agent', 'agent', 'Agent', 'helpdesk_agent_info{team=~"$team"}'),
  exporter: labelValues('instance', 'instance', 'Exporter', 'helpdesk_build_info'),
};

export function textVariable(name: string, title: string, value: string): dashboard.VariableModel {
  return new dashboard.TextBoxVariableBuilder(name).label(t(title)).defaultValue(value).build();
}

export function choice(name: string, title: string, options: [string, string][]): dashboard.VariableModel {
  return new dashboard.CustomVariableBuilder(name)
    .label(t(title))
    .values(options.map(([text, value]) => `${t(text)} : ${value}`).join(','))
    .current({ selected: true, text: t(options[0][0]), value: options[0][1] })
    .options(options.map(([text, value], i) => ({ selected: i === 0, text: t(text), value })))
    .build();
}

class Built implements Builder<dashboard.VariableModel> {
  constructor(private readonly model: dashboard.VariableModel) {}
  build(): dashboard.VariableModel {
    return this.model;
  }
}

export function assemble(board: Board, language: string): dashboard.Dashboard {
  const b = new dashboard.DashboardBuilder(t(board.title))
    .uid(board.uid)
    .description(t(board.about))
    .tags(['helpdesk', language])
    .readonly()
    .time({ from: board.from, to: board.to ?? 'now' })
    .timezone('browser')
    .refresh(board.refresh)
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(new dashboard.DashboardLinkBuilder(t('Helpdesk')).type(dashboard.DashboardLinkType.Dashboards).tags(['helpdesk']).asDropdown(true).includeVars(true).keepTime(false))
    .annotation(
      new dashboard.AnnotationQueryBuilder()
        .name(t('Alerts'))
        .datasource(prometheusSource)
        .enable(true)
        .iconColor(colour.bad)
        // Without those of single conversations: dashboards list them, and dozens of bands hide every curve.
        .expr(`max by (alertname, severity) (ALERTS{alertname=~"Helpdesk.*", alertstate="firing", severity!="info", conversation=""${board.alerts === undefined ? '' : `, ${board.alerts}`}})`)
        .titleFormat('{{alertname}}')
        .tagKeys('severity')
        .step('60s')
    )
    .annotation(
      new dashboard.AnnotationQueryBuilder()
        .name(t('Configuration loaded'))
        .datasource(prometheusSource)
        .enable(true)
        .iconColor(colour.calm)
        .expr('helpdesk_config_last_reload_success_timestamp_seconds * 1000')
        .titleFormat(t('Configuration loaded'))
        .useValueForTime(true)
        .step('60s')
    )
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label(t('Data source')).type('prometheus').current({ selected: true, text: 'Prometheus', value: 'helpdesk-prometheus' }))
    .withVariable(new dashboard.DatasourceVariableBuilder('transcripts').label(t('Transcripts')).type('helpdesk-transcripts-datasource').current({ selected: true, text: 'Helpdesk transcripts', value: 'helpdesk-transcripts' }));
  for (const v of board.variables) b.withVariable(typeof v === 'string' ? variables[v]() : new Built(v));
  for (const row of board.rows) {
    if (row.title !== undefined) b.withRow(new dashboard.RowBuilder(t(row.title)));
    for (const p of row.panels) b.withPanel(p);
  }
  return b.build();
}
