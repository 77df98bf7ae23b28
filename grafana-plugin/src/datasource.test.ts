import {
  type AdHocVariableFilter,
  CoreApp,
  type DataQueryRequest,
  type DataSourceApi,
  hasLogsContextSupport,
  hasQueryModificationSupport,
  hasSupplementaryQuerySupport,
  LogRowContextQueryDirection,
  SupplementaryQueryType,
} from '@grafana/data';
import { DataSourceWithBackend } from '@grafana/runtime';
import { lastValueFrom, of } from 'rxjs';

import { fakeDatasource, logRow, request } from './testdata/fakes';
import type { ConversationsQuery, Filter, HelpdeskQuery, MessagesQuery, VariableQuery } from './types';

const messages: MessagesQuery = { refId: 'A', version: 1, queryType: 'messages' };
const conversations: ConversationsQuery = { refId: 'A', version: 1, queryType: 'conversations' };

function filtered(...filters: Filter[]): HelpdeskQuery {
  return { ...conversations, filters };
}

function filtersOf(query: HelpdeskQuery): Filter[] | undefined {
  return 'filters' in query ? query.filters : undefined;
}

const sent = jest.spyOn(DataSourceWithBackend.prototype, 'query');

/** The targets that reach Grafana's part of the data source, after the template variables were applied there. */
async function run(
  datasource: ReturnType<typeof fakeDatasource>,
  req: DataQueryRequest<HelpdeskQuery>
): Promise<HelpdeskQuery[]> {
  sent.mockReset();
  sent.mockReturnValue(of({ data: [] }));
  await lastValueFrom(datasource.query(req));
  return (sent.mock.calls[0][0] as DataQueryRequest<HelpdeskQuery>).targets;
}

describe('template variables', () => {
  const datasource = fakeDatasource({
    team: { value: ['sales', 'support'] },
    agent: { value: 'agent-7' },
    every: { value: ['a', 'b'], all: true },
    nothing: { value: '' },
    raw: { value: '$__all' },
    conversation: { value: '0abc' },
  });

  test.each<[string, string[], string[] | undefined]>([
    ['a fixed value', ['sales'], ['sales']],
    ['one value', ['$agent'], ['agent-7']],
    ['several values', ['$team'], ['sales', 'support']],
    ['several values within a text', ['x-${team}-y'], ['x-sales-y', 'x-support-y']],
    ['two variables in one text', ['$team-$agent'], ['sales-agent-7', 'support-agent-7']],
    ['the same value twice', ['$team', 'sales'], ['sales', 'support']],
    ['a variable on All', ['$every'], undefined],
    ['All beside a fixed value', ['sales', '$every'], undefined],
    ['All as a value', ['$raw'], undefined],
    ['All written down', ['$__all'], undefined],
    ['All as Prometheus matches it', ['.*'], undefined],
    ['an empty variable', ['$nothing'], undefined],
    ['an unknown variable', ['$missing'], ['$missing']],
  ])('%s', (_, values, want) => {
    const query = datasource.applyTemplateVariables(filtered({ key: 'team', operator: '!=', values }), {});
    expect(filtersOf(query)).toEqual(want ? [{ key: 'team', operator: '!=', values: want }] : []);
  });

  test('a repeated panel shows its own value of a variable on All', () => {
    const query = datasource.applyTemplateVariables(filtered({ key: 'team', operator: '=', values: ['$every'] }), {
      every: { text: 'b', value: 'b' },
    });
    expect(filtersOf(query)).toEqual([{ key: 'team', operator: '=', values: ['b'] }]);
  });

  test('in the other fields', () => {
    expect(
      datasource.applyTemplateVariables({ ...messages, conversation: '$conversation', search: 'from $agent' }, {})
    ).toMatchObject({ conversation: '0abc', search: 'from agent-7' });
    expect(
      datasource.applyTemplateVariables({ refId: 'A', version: 1, queryType: 'heatmap', zone: '$agent' }, {})
    ).toMatchObject({ zone: 'agent-7' });
  });

  test('of several conversations the first, of all none', () => {
    expect(datasource.applyTemplateVariables({ ...messages, conversation: '$team' }, {})).toMatchObject({
      conversation: 'sales',
    });
    expect(datasource.applyTemplateVariables({ ...messages, conversation: '$every' }, {})).toMatchObject({
      conversation: '',
    });
  });

  test('the saved query is left alone', () => {
    const query = filtered({ key: 'team', operator: '=', values: ['$team'] });
    datasource.applyTemplateVariables(query, {}, [{ key: 'agent', operator: '=', value: 'x' }]);
    expect(query).toEqual(filtered({ key: 'team', operator: '=', values: ['$team'] }));
  });

  test('an unfinished filter is left out', () => {
    const query = datasource.applyTemplateVariables(
      filtered({ key: '', operator: '=', values: ['x'] }, { key: 'team', operator: '=', values: [] }),
      {}
    );
    expect(filtersOf(query)).toEqual([]);
  });
});

describe('ad hoc filters', () => {
  const datasource = fakeDatasource();
  const apply = (query: HelpdeskQuery, ...filters: AdHocVariableFilter[]) =>
    filtersOf(datasource.applyTemplateVariables(query, {}, filters));

  test.each<[AdHocVariableFilter, Filter[]]>([
    [{ key: 'team', operator: '=', value: 'a' }, [{ key: 'team', operator: '=', values: ['a'] }]],
    [{ key: 'team', operator: '!=', value: 'a' }, [{ key: 'team', operator: '!=', values: ['a'] }]],
    [
      { key: 'team', operator: '=|', value: 'a', values: ['a', 'b'] },
      [{ key: 'team', operator: '=', values: ['a', 'b'] }],
    ],
    [
      { key: 'team', operator: '!=|', value: 'a', values: ['a', 'b'] },
      [{ key: 'team', operator: '!=', values: ['a', 'b'] }],
    ],
    [{ key: 'team', operator: '=', value: '' }, []],
    [{ key: 'team', operator: '=|', value: '$__all', values: ['$__all'] }, []],
    [{ key: 'direction', operator: '=', value: 'in' }, []],
  ])('%j', (filter, want) => {
    expect(apply(conversations, filter)).toEqual(want);
  });

  test('come after the filters of the query', () => {
    expect(
      apply(filtered({ key: 'agent', operator: '=', values: ['x'] }), { key: 'team', operator: '=', value: 'a' })
    ).toEqual([
      { key: 'agent', operator: '=', values: ['x'] },
      { key: 'team', operator: '=', values: ['a'] },
    ]);
  });

  test('on single messages reach queries of messages', () => {
    expect(apply(messages, { key: 'direction', operator: '=', value: 'in' })).toHaveLength(1);
  });

  test('say nothing about a transcript', () => {
    const transcript: HelpdeskQuery = { refId: 'A', version: 1, queryType: 'transcript', conversation: '0abc' };
    expect(datasource.applyTemplateVariables(transcript, {}, [{ key: 'team', operator: '=', value: 'a' }])).toEqual(
      transcript
    );
  });

  test('with an unknown operator are an error of the query, not of the page', async () => {
    const filters = [{ key: 'team', operator: '=~', value: 'a.*' }];
    sent.mockImplementation((req) => {
      req.targets.forEach((t) => datasource.applyTemplateVariables(t as HelpdeskQuery, {}, req.filters));
      return of({ data: [] });
    });
    const result = datasource.query(request([conversations], { filters }));
    await expect(lastValueFrom(result)).rejects.toThrow('"team =~ a.*" cannot be applied');
  });

  test('keys and values', async () => {
    const withLabels = fakeDatasource({}, { team: ['sales', 'support'] });
    expect((await withLabels.getTagKeys()).map((k) => k.text)).toEqual(expect.arrayContaining(['team', 'csat']));
    expect(await withLabels.getTagValues({ key: 'team', filters: [] })).toEqual([
      { text: 'sales', value: 'sales' },
      { text: 'support', value: 'support' },
    ]);
  });
});

describe('query', () => {
  const datasource = fakeDatasource({ empty: { value: '' } });

  test('old queries and those of exemplars are sent in the current form', async () => {
    const old = { refId: 'A', queryType: 'escalations', team: 'sales' } as unknown as HelpdeskQuery;
    const exemplar = { refId: 'B', queryType: 'traceql', query: '0abc' } as unknown as HelpdeskQuery;
    expect(await run(datasource, request([old, exemplar]))).toEqual([
      { refId: 'A', version: 1, queryType: 'escalations', filters: [{ key: 'team', operator: '=', values: ['sales'] }] },
      { refId: 'B', version: 1, queryType: 'transcript', conversation: '0abc' },
    ]);
  });

  test('messages are live while Explore streams', async () => {
    expect(await run(datasource, request([messages], { liveStreaming: true }))).toEqual([{ ...messages, live: true }]);
    expect(await run(datasource, request([{ ...messages, live: true }]))).toEqual([{ ...messages, live: false }]);
    expect(await run(datasource, request([conversations], { liveStreaming: true }))).toEqual([conversations]);
  });

  test.each([
    ['America/Sao_Paulo', undefined, 'America/Sao_Paulo'],
    ['utc', undefined, 'utc'],
    ['browser', undefined, Intl.DateTimeFormat().resolvedOptions().timeZone],
    ['', '', Intl.DateTimeFormat().resolvedOptions().timeZone],
    ['utc', 'Europe/Berlin', 'Europe/Berlin'],
  ])('a heatmap on a dashboard in "%s" with the zone %j', async (timezone, zone, want) => {
    const targets: HelpdeskQuery[] = [{ refId: 'A', version: 1, queryType: 'heatmap', zone }];
    expect(await run(datasource, request(targets, { timezone }))).toMatchObject([{ zone: want }]);
  });

  test('a transcript without a conversation is not sent', async () => {
    const transcript: HelpdeskQuery = { refId: 'A', version: 1, queryType: 'transcript', conversation: '$empty' };
    expect(await run(datasource, request([transcript, conversations]))).toEqual([conversations]);
    expect(datasource.filterQuery({ ...transcript, conversation: ' ' })).toBe(false);
    expect(datasource.filterQuery({ ...transcript, conversation: '0abc' })).toBe(true);
  });

  test('hidden queries and annotations of nothing are not sent', () => {
    expect(datasource.filterQuery(conversations)).toBe(true);
    expect(datasource.filterQuery({ ...conversations, hide: true })).toBe(false);
    expect(datasource.filterQuery({ refId: 'A', version: 1, queryType: 'annotations', annotations: [] })).toBe(false);
    expect(datasource.filterQuery({ refId: 'A', queryType: 'traceql', query: 'x' } as unknown as HelpdeskQuery)).toBe(
      true
    );
  });

  test('the default query', () => {
    expect(datasource.getDefaultQuery(CoreApp.Explore)).toEqual({ version: 1, queryType: 'conversations' });
  });

  test('in one line for the history', () => {
    expect(
      datasource.getQueryDisplayText({
        ...messages,
        filters: [{ key: 'team', operator: '!=', values: ['a', 'b'] }],
        search: 'late',
      })
    ).toBe('messages · team != a, b · "late"');
  });
});

describe('variables', () => {
  const datasource = fakeDatasource({}, { team: ['sales', 'support'] });
  const values = [
    { text: 'sales', value: 'sales' },
    { text: 'support', value: 'support' },
  ];

  test('values of a label', async () => {
    expect(await datasource.metricFindQuery({ refId: 'A', label: 'team' })).toEqual(values);
    expect(await datasource.metricFindQuery('team')).toEqual(values);
    expect(await datasource.metricFindQuery({ refId: 'A', label: '' })).toEqual([]);
    expect(datasource.getResource).toHaveBeenCalledTimes(2);
  });

  test('through the variable support', async () => {
    const support = datasource.variables;
    if (!support || !('query' in support) || !support.query) {
      throw new Error('no support for variables');
    }
    const req = request([]) as unknown as DataQueryRequest<VariableQuery & HelpdeskQuery>;
    req.targets = [{ refId: 'A', label: 'team' } as VariableQuery & HelpdeskQuery];
    expect(await lastValueFrom(support.query(req))).toEqual({ data: values });
  });
});

describe('annotations', () => {
  const { annotations } = fakeDatasource();
  const all = { refId: 'Anno', version: 1, queryType: 'annotations', annotations: ['escalations', 'closings'] };
  const base = { name: 'x', enable: true, iconColor: 'red' };

  test('a new one shows everything', () => {
    expect(annotations.prepareAnnotation?.(base)).toEqual({ ...base, target: all });
    expect(annotations.prepareQuery?.(base)).toEqual(all);
  });

  test('a saved one stays the same object', () => {
    const classic = { ...base, target: { ...all, annotations: ['closings'] } };
    expect(annotations.prepareAnnotation?.(classic)).toBe(classic);
    const v2 = { ...base, query: { kind: 'x', spec: { ...all, annotations: ['closings'] } } };
    expect(annotations.prepareAnnotation?.(v2)).toBe(v2);
    expect(annotations.prepareQuery?.(v2)).toMatchObject({ annotations: ['closings'] });
  });

  test('whatever the type of the query was', () => {
    const target = { ...conversations, filters: [{ key: 'team', operator: '=' as const, values: ['a'] }] };
    expect(annotations.prepareQuery?.({ ...base, target })).toEqual({
      ...all,
      refId: 'A',
      filters: target.filters,
    });
  });
});

describe('log volume', () => {
  const datasource = fakeDatasource();
  const volume = { type: SupplementaryQueryType.LogsVolume } as const;

  test('Explore finds the support for it', () => {
    expect(hasSupplementaryQuerySupport(datasource as unknown as DataSourceApi, SupplementaryQueryType.LogsVolume)).toBe(true);
    expect(hasSupplementaryQuerySupport(datasource as unknown as DataSourceApi, SupplementaryQueryType.LogsSample)).toBe(false);
  });

  test('of messages, under the refId that Grafana expects', () => {
    const query: HelpdeskQuery = {
      ...messages,
      refId: 'B',
      live: true,
      search: 'late',
      filters: [{ key: 'team', operator: '=', values: ['$team'] }],
    };
    expect(datasource.getSupplementaryQuery(volume, query)).toEqual({
      refId: 'log-volume-B',
      version: 1,
      queryType: 'volume',
      search: 'late',
      filters: [{ key: 'team', operator: '=', values: ['$team'] }],
    });
  });

  test('of a transcript, of its conversation', () => {
    expect(
      datasource.getSupplementaryQuery(volume, { refId: 'A', version: 1, queryType: 'transcript', conversation: '0abc', limit: 5 })
    ).toEqual({ refId: 'log-volume-A', version: 1, datasource: undefined, queryType: 'volume', conversation: '0abc' });
    expect(datasource.getSupplementaryQuery(volume, { refId: 'A', version: 1, queryType: 'transcript' })).toBeUndefined();
  });

  test('of nothing else', () => {
    expect(datasource.getSupplementaryQuery(volume, conversations)).toBeUndefined();
    expect(datasource.getSupplementaryQuery(volume, { ...messages, hide: true })).toBeUndefined();
    expect(datasource.getSupplementaryQuery({ type: SupplementaryQueryType.LogsSample }, messages)).toBeUndefined();
    expect(
      datasource.getSupplementaryRequest(SupplementaryQueryType.LogsVolume, request([conversations]))
    ).toBeUndefined();
    expect(datasource.getSupplementaryRequest(SupplementaryQueryType.LogsSample, request([messages]))).toBeUndefined();
  });

  test('the request has the volumes only', () => {
    const req = datasource.getSupplementaryRequest(
      SupplementaryQueryType.LogsVolume,
      request([conversations, { ...messages, refId: 'B' }], { liveStreaming: true })
    );
    expect(req?.targets.map((t) => [t.refId, t.queryType])).toEqual([['log-volume-B', 'volume']]);
    expect(req?.liveStreaming).toBe(false);
  });
});

describe('context of a log row', () => {
  const datasource = fakeDatasource();
  const row = logRow({ conversation: '0def', team: 'sales' });

  beforeEach(() => {
    sent.mockReset();
    sent.mockReturnValue(of({ data: [] }));
  });

  const target = () => (sent.mock.calls[0][0] as DataQueryRequest<HelpdeskQuery>).targets[0];

  test('Grafana finds the support for it', () => {
    expect(hasLogsContextSupport(datasource)).toBe(true);
  });

  test('before and after the row, in its conversation', async () => {
    await datasource.getLogRowContext(row, { direction: LogRowContextQueryDirection.Forward, limit: 20 }, messages);
    expect(target()).toEqual({
      refId: 'log-context-FORWARD',
      version: 1,
      queryType: 'context',
      conversation: '0def',
      row: 'm2',
      direction: 'FORWARD',
      limit: 20,
    });
    const { range } = sent.mock.calls[0][0];
    expect(range.from.valueOf()).toBeLessThan(row.timeEpochMs);
    expect(range.to.valueOf()).toBeGreaterThan(row.timeEpochMs);
  });

  test('backward without options, from the fields without labels', async () => {
    await datasource.getLogRowContext(logRow({}, { rowId: undefined, rowIndex: 0 }));
    expect(target()).toMatchObject({ conversation: '0abc', row: 'm1', direction: 'BACKWARD', limit: 100 });
  });

  test('a row of another data source has none', async () => {
    const foreign = logRow({}, { dataFrame: { fields: [], length: 0 }, rowId: undefined });
    expect(await datasource.getLogRowContext(foreign)).toEqual({ data: [] });
    expect(await datasource.getLogRowContextQuery(foreign)).toBeNull();
    expect(sent).not.toHaveBeenCalled();
  });

  test('in a pane of its own it is the transcript', async () => {
    const datasourceRef = { type: 'helpdesk-transcripts-datasource', uid: 'h' };
    expect(await datasource.getLogRowContextQuery(row, {}, { ...messages, datasource: datasourceRef })).toEqual({
      refId: 'A',
      datasource: datasourceRef,
      version: 1,
      queryType: 'transcript',
      conversation: '0def',
    });
  });
});

describe('filters from the details of a log row', () => {
  const datasource = fakeDatasource();
  const modify = (query: HelpdeskQuery, type: string, key: string, value: string) =>
    datasource.modifyQuery(query, { type, options: { key, value } });
  const team = (operator: '=' | '!=', ...values: string[]): Filter => ({ key: 'team', operator, values });

  test('Explore finds the support for it', () => {
    expect(hasQueryModificationSupport(datasource)).toBe(true);
    expect(datasource.getSupportedQueryModifications()).toEqual(['ADD_FILTER', 'ADD_FILTER_OUT']);
  });

  test.each<[string, Filter[], string, Filter[]]>([
    ['a first one', [], 'ADD_FILTER', [team('=', 'sales')]],
    ['a first exception', [], 'ADD_FILTER_OUT', [team('!=', 'sales')]],
    ['narrows', [team('=', 'sales', 'support')], 'ADD_FILTER', [team('=', 'sales')]],
    ['one more exception', [team('!=', 'support')], 'ADD_FILTER_OUT', [team('!=', 'support', 'sales')]],
    ['the same exception', [team('!=', 'sales')], 'ADD_FILTER_OUT', [team('!=', 'sales')]],
    ['takes back an exception', [team('!=', 'sales')], 'ADD_FILTER', [team('=', 'sales')]],
    [
      'takes a value from the filter',
      [team('=', 'sales', 'support')],
      'ADD_FILTER_OUT',
      [team('=', 'support'), team('!=', 'sales')],
    ],
  ])('%s', (_, before, type, after) => {
    expect(filtersOf(modify({ ...messages, filters: before }, type, 'team', 'sales'))).toEqual(after);
  });

  test('the role is the actor, the conversation a field of its own', () => {
    expect(filtersOf(modify(messages, 'ADD_FILTER', 'role', 'bot'))).toEqual([
      { key: 'actor', operator: '=', values: ['bot'] },
    ]);
    expect(modify(messages, 'ADD_FILTER', 'conversation', '0abc')).toEqual({ ...messages, conversation: '0abc' });
    expect(modify(messages, 'ADD_FILTER_OUT', 'conversation', '0abc')).toEqual(messages);
  });

  test('what cannot be filtered changes nothing', () => {
    const transcript: HelpdeskQuery = { refId: 'A', version: 1, queryType: 'transcript', conversation: '0abc' };
    expect(modify(transcript, 'ADD_FILTER', 'team', 'sales')).toEqual(transcript);
    expect(modify(messages, 'ADD_FILTER', 'name', 'Ann')).toEqual(messages);
    expect(modify(messages, 'ADD_STRING_FILTER', 'team', 'sales')).toEqual(messages);
    expect(modify(messages, 'ADD_FILTER', 'team', '')).toEqual(messages);
  });
});
