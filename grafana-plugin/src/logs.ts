import { LogRowContextQueryDirection, type LogRowModel, type QueryFixAction } from '@grafana/data';

import { hasField } from './queryTypes';
import {
  type ContextQuery,
  DEFAULT_LIMIT,
  type Filter,
  filterKeys,
  type FilterOperator,
  type HelpdeskQuery,
  QUERY_VERSION,
  type VolumeQuery,
} from './types';

/** Grafana finds the source of a log volume by this start of its refId. */
const VOLUME_REF_ID = 'log-volume-';

/** Whether a query is complete enough to be sent. */
export function isRunnable(query: HelpdeskQuery): boolean {
  switch (query.queryType) {
    case 'transcript':
      return Boolean(query.conversation?.trim());
    case 'annotations':
      return query.annotations === undefined || query.annotations.length > 0;
    default:
      return true;
  }
}

export function volumeQuery(query: HelpdeskQuery): VolumeQuery | undefined {
  if (query.hide) {
    return undefined;
  }
  if (query.queryType === 'transcript' && query.conversation) {
    const { refId, version, datasource, conversation } = query;
    return { refId: VOLUME_REF_ID + refId, version, datasource, conversation, queryType: 'volume' };
  }
  if (query.queryType !== 'messages') {
    return undefined;
  }
  const { live, ...messages } = query;
  return { ...messages, queryType: 'volume', refId: VOLUME_REF_ID + query.refId };
}

/** The value of a field of the log row, also where the field is not among the labels. */
function valueOf(row: LogRowModel, name: string): string {
  const field = row.dataFrame.fields.find((f) => f.name === name);
  const value: unknown = field?.values[row.rowIndex];
  return typeof value === 'string' ? value : '';
}

export function conversationOf(row: LogRowModel): string {
  return row.labels.conversation || valueOf(row, 'conversation');
}

export function contextQuery(
  row: LogRowModel,
  direction: LogRowContextQueryDirection,
  limit = DEFAULT_LIMIT
): ContextQuery | undefined {
  const conversation = conversationOf(row);
  const id = row.rowId || valueOf(row, 'id');
  if (!conversation || !id) {
    return undefined;
  }
  return {
    refId: `log-context-${direction}`,
    version: QUERY_VERSION,
    queryType: 'context',
    conversation,
    row: id,
    direction: direction === LogRowContextQueryDirection.Forward ? 'FORWARD' : 'BACKWARD',
    limit,
  };
}

// The log rows call the actor of a message its role.
const filterKeyOfLabel: Record<string, string> = { role: 'actor' };

/** The query with the filter a reader chose in the details of a log row or in a table cell. */
export function modifyQuery(query: HelpdeskQuery, action: QueryFixAction): HelpdeskQuery {
  const label = action.options?.key ?? '';
  const value = action.options?.value ?? '';
  const adding = action.type === 'ADD_FILTER';
  if (!value || (!adding && action.type !== 'ADD_FILTER_OUT')) {
    return query;
  }
  if (label === 'conversation') {
    return adding && query.queryType === 'messages' ? { ...query, conversation: value } : query;
  }
  const key = filterKeyOfLabel[label] ?? label;
  if (!isFilterKey(key) || !takesFilters(query)) {
    return query;
  }
  return { ...query, filters: withFilter(query.filters ?? [], key, adding ? '=' : '!=', value) };
}

function isFilterKey(key: string): boolean {
  return filterKeys.some((k) => k === key);
}

function takesFilters(query: HelpdeskQuery): query is Extract<HelpdeskQuery, { filters?: Filter[] }> {
  return hasField(query.queryType, 'filters');
}

function withFilter(filters: Filter[], key: string, operator: FilterOperator, value: string): Filter[] {
  const others = filters
    .map((f) => (f.key === key && f.operator !== operator ? { ...f, values: f.values.filter((v) => v !== value) } : f))
    .filter((f) => f.values.length > 0);
  const same = others.find((f) => f.key === key && f.operator === operator);
  if (!same) {
    return [...others, { key, operator, values: [value] }];
  }
  // "Filter for" narrows to the value clicked on, "filter out" adds one more exception.
  const values = operator === '=' ? [value] : [...new Set([...same.values, value])];
  return others.map((f) => (f === same ? { ...f, values } : f));
}
