import {
  type AdHocVariableFilter,
  CoreApp,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceGetTagValuesOptions,
  type DataSourceInstanceSettings,
  type DataSourceWithLogsContextSupport,
  type DataSourceWithQueryModificationSupport,
  type DataSourceWithSupplementaryQueriesSupport,
  dateTime,
  type LogRowContextOptions,
  LogRowContextQueryDirection,
  type LogRowModel,
  type MetricFindValue,
  type QueryFixAction,
  type ScopedVars,
  type SupplementaryQueryOptions,
  SupplementaryQueryType,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv, type TemplateSrv } from '@grafana/runtime';
import { defer, lastValueFrom, type Observable } from 'rxjs';

import { annotationSupport } from './annotations';
import { expand, expandFilters, fromAdHoc } from './interpolate';
import { contextQuery, conversationOf, isRunnable, modifyQuery, volumeQuery } from './logs';
import { migrateQuery } from './migrations';
import { allAnnotationKinds } from './queryTypes';
import {
  type Filter,
  filterKeys,
  type HelpdeskQuery,
  type HelpdeskSettings,
  QUERY_VERSION,
  type VariableQuery,
} from './types';
import { VariableSupport } from './variables';

// A conversation may go on for weeks; the backend picks by conversation and row.
const CONTEXT_WINDOW_DAYS = 30;

export class HelpdeskDatasource
  extends DataSourceWithBackend<HelpdeskQuery, HelpdeskSettings>
  implements
    DataSourceWithLogsContextSupport<HelpdeskQuery>,
    DataSourceWithSupplementaryQueriesSupport<HelpdeskQuery>,
    DataSourceWithQueryModificationSupport<HelpdeskQuery>
{
  annotations = annotationSupport;

  constructor(
    instanceSettings: DataSourceInstanceSettings<HelpdeskSettings>,
    private readonly templateSrv: TemplateSrv = getTemplateSrv()
  ) {
    super(instanceSettings);
    this.variables = new VariableSupport(this);
  }

  getDefaultQuery(_app: CoreApp): Partial<HelpdeskQuery> {
    return { version: QUERY_VERSION, queryType: 'conversations' };
  }

  filterQuery(query: HelpdeskQuery): boolean {
    return !query.hide && isRunnable(migrateQuery(query));
  }

  query(request: DataQueryRequest<HelpdeskQuery>): Observable<DataQueryResponse> {
    // Inside defer, because a filter that cannot be applied throws.
    return defer(() =>
      super.query({
        ...request,
        targets: request.targets
          .map((target) => this.prepare(target, request))
          .filter((target) => isRunnable(this.applyTemplateVariables(target, request.scopedVars))),
      })
    );
  }

  private prepare(target: HelpdeskQuery, request: DataQueryRequest<HelpdeskQuery>): HelpdeskQuery {
    const query = migrateQuery(target);
    switch (query.queryType) {
      case 'messages':
        return { ...query, live: Boolean(request.liveStreaming) };
      case 'heatmap':
        return query.zone ? query : { ...query, zone: zoneOf(request.timezone) };
      case 'annotations':
        return { ...query, annotations: query.annotations ?? allAnnotationKinds };
      default:
        return query;
    }
  }

  applyTemplateVariables(
    stored: HelpdeskQuery,
    scopedVars: ScopedVars,
    adHoc: AdHocVariableFilter[] = []
  ): HelpdeskQuery {
    const query = { ...migrateQuery(stored) };
    if ('conversation' in query && query.conversation !== undefined) {
      query.conversation = expand(this.templateSrv, query.conversation, scopedVars)?.[0] ?? '';
    }
    if ('search' in query && query.search) {
      query.search = this.templateSrv.replace(query.search, scopedVars);
    }
    if ('zone' in query && query.zone) {
      query.zone = this.templateSrv.replace(query.zone, scopedVars);
    }
    if (query.queryType !== 'transcript' && query.queryType !== 'context') {
      const filters: Filter[] = [...(query.filters ?? []), ...fromAdHoc(adHoc, query.queryType)];
      query.filters = expandFilters(this.templateSrv, filters, scopedVars);
    }
    return query;
  }

  getQueryDisplayText(stored: HelpdeskQuery): string {
    const query = migrateQuery(stored);
    const parts: string[] = [query.queryType];
    if ('conversation' in query && query.conversation) {
      parts.push(query.conversation);
    }
    if ('filters' in query) {
      parts.push(...(query.filters ?? []).map((f) => `${f.key} ${f.operator} ${f.values.join(', ')}`));
    }
    if ('search' in query && query.search) {
      parts.push(`"${query.search}"`);
    }
    return parts.join(' · ');
  }

  /** The values a filter key has in the data, as the exporter knows them. */
  async labelValues(key: string): Promise<string[]> {
    const { values } = await this.getResource<{ values?: string[] }>(`labels/${encodeURIComponent(key)}`);
    return values ?? [];
  }

  async metricFindQuery(query: VariableQuery | string): Promise<MetricFindValue[]> {
    const label = typeof query === 'string' ? query : query.label;
    return label ? toFindValues(await this.labelValues(label)) : [];
  }

  async getTagKeys(): Promise<MetricFindValue[]> {
    return toFindValues([...filterKeys]);
  }

  async getTagValues(options: DataSourceGetTagValuesOptions<HelpdeskQuery>): Promise<MetricFindValue[]> {
    return toFindValues(await this.labelValues(options.key));
  }

  getSupportedSupplementaryQueryTypes(): SupplementaryQueryType[] {
    return [SupplementaryQueryType.LogsVolume];
  }

  getSupplementaryQuery(options: SupplementaryQueryOptions, query: HelpdeskQuery): HelpdeskQuery | undefined {
    return options.type === SupplementaryQueryType.LogsVolume ? volumeQuery(migrateQuery(query)) : undefined;
  }

  getSupplementaryRequest(
    type: SupplementaryQueryType,
    request: DataQueryRequest<HelpdeskQuery>
  ): DataQueryRequest<HelpdeskQuery> | undefined {
    if (type !== SupplementaryQueryType.LogsVolume) {
      return undefined;
    }
    const targets = request.targets.flatMap((query) => this.getSupplementaryQuery({ type }, query) ?? []);
    return targets.length > 0 ? { ...request, targets, liveStreaming: false } : undefined;
  }

  async getLogRowContext(
    row: LogRowModel,
    options?: LogRowContextOptions,
    query?: HelpdeskQuery
  ): Promise<DataQueryResponse> {
    const target = contextQuery(row, options?.direction ?? LogRowContextQueryDirection.Backward, options?.limit);
    if (!target) {
      return { data: [] };
    }
    const from = dateTime(row.timeEpochMs).subtract(CONTEXT_WINDOW_DAYS, 'days');
    const to = dateTime(row.timeEpochMs).add(CONTEXT_WINDOW_DAYS, 'days');
    return lastValueFrom(
      this.query({
        requestId: `${target.refId}-${row.uid}-${target.direction}`,
        app: CoreApp.Explore,
        range: { from, to, raw: { from, to } },
        interval: '1s',
        intervalMs: 1000,
        timezone: 'utc',
        scopedVars: options?.scopedVars ?? {},
        startTime: Date.now(),
        targets: [{ ...target, ...(query?.datasource ? { datasource: query.datasource } : {}) }],
        hideFromInspector: true,
      }),
      { defaultValue: { data: [] } }
    );
  }

  async getLogRowContextQuery(
    row: LogRowModel,
    _options?: LogRowContextOptions,
    query?: HelpdeskQuery
  ): Promise<HelpdeskQuery | null> {
    const conversation = conversationOf(row);
    return conversation
      ? {
          refId: query?.refId ?? 'A',
          ...(query?.datasource ? { datasource: query.datasource } : {}),
          version: QUERY_VERSION,
          queryType: 'transcript',
          conversation,
        }
      : null;
  }

  getSupportedQueryModifications(): string[] {
    return ['ADD_FILTER', 'ADD_FILTER_OUT'];
  }

  modifyQuery(query: HelpdeskQuery, action: QueryFixAction): HelpdeskQuery {
    return modifyQuery(migrateQuery(query), action);
  }
}

function toFindValues(values: string[]): MetricFindValue[] {
  return values.map((value) => ({ text: value, value }));
}

function zoneOf(timezone: string): string {
  return timezone === '' || timezone === 'browser' ? Intl.DateTimeFormat().resolvedOptions().timeZone : timezone;
}
