import {
  type DataQueryRequest,
  type DataSourceInstanceSettings,
  dateTime,
  FieldType,
  type LogRowModel,
  type ScopedVars,
  toDataFrame,
} from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

import { HelpdeskDatasource } from '../datasource';
import type { HelpdeskQuery, HelpdeskSettings } from '../types';

export const settings = {
  id: 1,
  uid: 'h',
  type: 'helpdesk-transcripts-datasource',
  name: 'Helpdesk',
  jsonData: {},
  meta: { id: 'helpdesk-transcripts-datasource' },
} as DataSourceInstanceSettings<HelpdeskSettings>;

interface FakeVariable {
  /** What the variable stands for: of several values, all of them. */
  value: string | string[];
  /** Whether the variable stands on "All". */
  all?: boolean;
}

/** Replaces $name and ${name} as Grafana does; a value in scopedVars goes first. */
export function fakeTemplateSrv(variables: Record<string, FakeVariable> = {}): TemplateSrv {
  const valueOf = (name: string, scopedVars?: ScopedVars): string | string[] | undefined =>
    scopedVars?.[name]?.value ?? variables[name]?.value;
  return {
    getVariables: () =>
      Object.entries(variables).map(([name, { value, all }]) => ({
        name,
        current: { value: all ? ['$__all'] : value },
      })),
    replace: (text = '', scopedVars?: ScopedVars, format?: unknown) =>
      text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => {
        const value = valueOf(name, scopedVars);
        if (value === undefined) {
          return whole;
        }
        if (typeof format === 'function') {
          return format(value, { name });
        }
        return Array.isArray(value) ? `{${value.join(',')}}` : value;
      }),
    containsTemplate: (text = '') => text.includes('$'),
    updateTimeRange: () => undefined,
  } as unknown as TemplateSrv;
}

export function fakeDatasource(
  variables: Record<string, FakeVariable> = {},
  labels: Record<string, string[]> = {}
): HelpdeskDatasource {
  const datasource = new HelpdeskDatasource(settings, fakeTemplateSrv(variables));
  datasource.getResource = jest.fn().mockImplementation(async (path: string) => ({ values: labels[path.replace('labels/', '')] ?? [] }));
  return datasource;
}

export function request(
  targets: HelpdeskQuery[],
  more: Partial<DataQueryRequest<HelpdeskQuery>> = {}
): DataQueryRequest<HelpdeskQuery> {
  const from = dateTime('2026-03-02T00:00:00Z');
  const to = dateTime('2026-03-03T00:00:00Z');
  return {
    requestId: 'Q1',
    app: 'dashboard',
    range: { from, to, raw: { from, to } },
    interval: '1m',
    intervalMs: 60_000,
    maxDataPoints: 500,
    timezone: 'utc',
    scopedVars: {},
    startTime: 0,
    targets,
    ...more,
  };
}

export function logRow(labels: Record<string, string>, more: Partial<LogRowModel> = {}): LogRowModel {
  const dataFrame = toDataFrame({
    refId: 'A',
    fields: [
      { name: 'timestamp', type: FieldType.time, values: [1, 2] },
      { name: 'body', type: FieldType.string, values: ['Hi', 'Hello'] },
      { name: 'id', type: FieldType.string, values: ['m1', 'm2'] },
      { name: 'conversation', type: FieldType.string, values: ['0abc', '0def'] },
    ],
  });
  return {
    dataFrame,
    rowIndex: 1,
    rowId: 'm2',
    uid: 'A_m2',
    timeEpochMs: Date.parse('2026-03-02T10:00:00Z'),
    labels,
    ...more,
  } as LogRowModel;
}
