import type { DataSourceSettings } from '@grafana/data';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent, { PointerEventsCheckLevel } from '@testing-library/user-event';
import React, { useState } from 'react';

import { selectors } from '../selectors';
import { fakeDatasource } from '../testdata/fakes';
import type { Filter, HelpdeskQuery, HelpdeskSecrets, HelpdeskSettings, VariableQuery } from '../types';
import { AnnotationQueryEditor } from './AnnotationQueryEditor';
import { ConfigEditor } from './ConfigEditor';
import { QueryEditor } from './QueryEditor';
import { VariableQueryEditor } from './VariableQueryEditor';

// The check of pointer-events computes styles at each event, most of the time of these tests.
const user = userEvent.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never });
const labels = { team: ['sales', 'support'], state: ['open', 'closed'] };

interface Shown {
  query: () => HelpdeskQuery;
  onRunQuery: jest.Mock;
  set: (query: HelpdeskQuery) => void;
  datasource: ReturnType<typeof fakeDatasource>;
}

/** Shows an editor that keeps what it reports, as Grafana does. */
function show(stored: unknown, Editor = QueryEditor): Shown {
  let current = stored as HelpdeskQuery;
  let set: (query: HelpdeskQuery) => void = () => undefined;
  const onRunQuery = jest.fn();
  const datasource = fakeDatasource({}, labels);
  function Page() {
    const [query, setQuery] = useState(current);
    current = query;
    set = setQuery;
    return <Editor datasource={datasource} query={query} onChange={setQuery} onRunQuery={onRunQuery} />;
  }
  render(<Page />);
  return {
    query: () => current,
    onRunQuery,
    set: (query) => React.act(() => set(query)),
    datasource,
  };
}

/** The option with this label. By role and name it would be found as well, in seconds instead of milliseconds. */
function option(label: string): HTMLElement | undefined {
  return Array.from(document.querySelectorAll<HTMLElement>('[role="option"]')).find((o) => {
    const [first] = within(o).queryAllByText(label);
    return first !== undefined;
  });
}

async function pick(label: string) {
  await waitFor(() => expect(option(label)).toBeDefined());
  await user.click(option(label)!);
}

async function choose(field: HTMLElement, label: string) {
  await user.click(field);
  await pick(label);
}

async function typeInto(testId: string, text: string) {
  const input = screen.getByTestId(testId);
  await user.clear(input);
  await user.type(input, text);
  await user.tab();
}

const conversations = { refId: 'A', version: 1, queryType: 'conversations' };

describe('QueryEditor', () => {
  test.each<[string, Array<keyof typeof selectors.query>]>([
    ['conversations', ['search', 'sort', 'order', 'limit', 'sample', 'addFilter']],
    ['transcript', ['conversation', 'limit']],
    ['messages', ['conversation', 'search', 'order', 'limit', 'addFilter']],
    ['escalations', ['limit', 'addFilter']],
    ['audits', ['limit', 'addFilter']],
    ['discrepancies', ['limit', 'addFilter']],
    ['heatmap', ['zone', 'addFilter']],
    ['annotations', ['annotations', 'addFilter']],
  ])('%s shows its own fields only', (queryType, fields) => {
    show({ refId: 'A', version: 1, queryType });
    const shown = Object.entries(selectors.query).flatMap(([name, id]) =>
      typeof id === 'string' && screen.queryByTestId(id) ? [name] : []
    );
    expect(shown.sort()).toEqual(['type', ...fields].sort());
  });

  test('another type keeps what it reads as well', async () => {
    const filters: Filter[] = [
      { key: 'team', operator: '=', values: ['sales'] },
      { key: 'direction', operator: '=', values: ['in'] },
    ];
    const shown = show({ refId: 'A', version: 1, queryType: 'messages', conversation: '0abc', filters, search: 'late' });
    await choose(screen.getByLabelText('Query type'), 'Conversations');
    expect(shown.query()).toEqual({ ...conversations, filters: [filters[0]], search: 'late' });
    expect(shown.onRunQuery).toHaveBeenCalledTimes(1);
    expect(screen.getByText(/A table of conversations/)).toBeInTheDocument();
  });

  test('an exemplar is shown as a transcript and saved as one', async () => {
    const shown = show({ refId: 'A', queryType: 'traceql', query: '0abc' });
    expect(screen.getByLabelText('Query type')).toHaveValue('Transcript');
    expect(screen.getByLabelText('Conversation')).toHaveValue('0abc');
    expect(shown.onRunQuery).not.toHaveBeenCalled();
    await typeInto(selectors.query.limit, '10');
    expect(shown.query()).toEqual({ refId: 'A', version: 1, queryType: 'transcript', conversation: '0abc', limit: 10 });
  });

  test('an old query is shown in the current form', () => {
    show({ refId: 'A', queryType: 'conversations', team: 'sales', text: 'refund' });
    expect(screen.getByLabelText('Search')).toHaveValue('refund');
    expect(screen.getByTestId(selectors.query.filterKey(0))).toHaveValue('team');
  });

  test('a text runs when it is done, not at each key', async () => {
    const shown = show(conversations);
    const search = screen.getByLabelText('Search');
    await user.type(search, 'refund');
    expect(shown.query()).toEqual(conversations);
    await user.keyboard('{Enter}');
    expect(shown.query()).toEqual({ ...conversations, search: 'refund' });
    await user.tab();
    expect(shown.onRunQuery).toHaveBeenCalledTimes(1);
    await typeInto(selectors.query.search, ' ');
    await user.clear(search);
    await user.tab();
    expect(shown.query()).toEqual(conversations);
  });

  test.each([
    ['0', 1],
    ['5000', 1000],
    ['7.4', 7],
  ])('a limit of %s becomes %d', async (typed, limit) => {
    const shown = show(conversations);
    await typeInto(selectors.query.limit, typed);
    expect(shown.query()).toEqual({ ...conversations, limit });
    expect(screen.getByTestId(selectors.query.limit)).toHaveValue(limit);
  });

  test('a number moved back to the one from before is shown', async () => {
    const shown = show({ ...conversations, limit: 1000 });
    await typeInto(selectors.query.limit, '2000');
    expect(shown.query()).toEqual({ ...conversations, limit: 1000 });
    expect(screen.getByTestId(selectors.query.limit)).toHaveValue(1000);
  });

  test('a seed goes with a sample', async () => {
    const shown = show(conversations);
    expect(screen.queryByLabelText('Seed')).not.toBeInTheDocument();
    await typeInto(selectors.query.sample, '20');
    await typeInto(selectors.query.seed, '3');
    expect(shown.query()).toEqual({ ...conversations, sample: 20, seed: 3 });
    await typeInto(selectors.query.sample, '0');
    expect(shown.query()).toEqual(conversations);
  });

  test('sort and order', async () => {
    const shown = show(conversations);
    await choose(screen.getByLabelText('Sort by'), 'Rating');
    await user.click(screen.getByRole('radio', { name: 'Ascending' }));
    expect(shown.query()).toEqual({ ...conversations, sort: 'csat', order: 'asc' });
  });

  test('a time zone', async () => {
    const heatmap = { refId: 'A', version: 1, queryType: 'heatmap' };
    const shown = show(heatmap);
    const zone = screen.getByLabelText('Time zone');
    expect(zone).toHaveValue("The dashboard's");
    await user.click(zone);
    await user.keyboard('Sao_Paulo');
    await pick('America/Sao_Paulo');
    expect(shown.query()).toEqual({ ...heatmap, zone: 'America/Sao_Paulo' });
  });

  test('which annotations', async () => {
    const annotations = { refId: 'A', version: 1, queryType: 'annotations' };
    const shown = show(annotations);
    await user.click(screen.getByRole('checkbox', { name: /Escalations/ }));
    expect(shown.query()).toEqual({ ...annotations, annotations: ['closings'] });
  });

  test('an unknown type is said to be one', () => {
    show({ refId: 'A', version: 1, queryType: 'tomorrow' });
    expect(screen.getByText(/does not know the type/)).toBeInTheDocument();
    expect(screen.queryByTestId(selectors.query.limit)).not.toBeInTheDocument();
  });
});

describe('filters', () => {
  test('have names for those who cannot see the rows', () => {
    show({ ...conversations, filters: [{ key: 'team', operator: '=', values: ['sales'] }] });
    expect(screen.getByTestId(selectors.query.filterKey(0))).toHaveAccessibleName('Filter 1: key');
    expect(screen.getByTestId(selectors.query.filterOperator(0))).toHaveAccessibleName('Filter 1: operator');
    expect(screen.getByTestId(selectors.query.filterValues(0))).toHaveAccessibleName('Filter 1: values');
    expect(screen.getByTestId(selectors.query.removeFilter(0))).toHaveAccessibleName('Remove filter 1');
  });

  test('get into the query when they are complete', async () => {
    const shown = show(conversations);
    await user.click(screen.getByRole('button', { name: 'Add a filter' }));
    await choose(screen.getByTestId(selectors.query.filterKey(0)), 'team');
    await choose(screen.getByTestId(selectors.query.filterOperator(0)), '!=');
    expect(shown.query()).toEqual(conversations);
    expect(shown.onRunQuery).not.toHaveBeenCalled();

    await choose(screen.getByTestId(selectors.query.filterValues(0)), 'sales');
    expect(shown.query()).toEqual({ ...conversations, filters: [{ key: 'team', operator: '!=', values: ['sales'] }] });
    expect(shown.datasource.getResource).toHaveBeenCalledWith('labels/team');
    expect(shown.onRunQuery).toHaveBeenCalledTimes(1);
  });

  test('take values that are not in the list', async () => {
    const shown = show({ ...conversations, filters: [{ key: 'team', operator: '=', values: ['sales'] }] });
    const values = screen.getByTestId(selectors.query.filterValues(0));
    await user.click(values);
    await user.type(values, '$team');
    await pick('$team');
    expect(shown.query()).toMatchObject({ filters: [{ key: 'team', operator: '=', values: ['sales', '$team'] }] });
  });

  test('take values also without an answer of the exporter', async () => {
    const shown = show({ ...conversations, filters: [{ key: 'team', operator: '=', values: ['sales'] }] });
    shown.datasource.getResource = jest.fn().mockRejectedValue(new Error('unreachable'));
    const values = screen.getByTestId(selectors.query.filterValues(0));
    await user.click(values);
    await user.type(values, 'north');
    await pick('north');
    expect(shown.query()).toMatchObject({ filters: [{ values: ['sales', 'north'] }] });
  });

  test('lose their values with their key', async () => {
    const shown = show({ ...conversations, filters: [{ key: 'team', operator: '=', values: ['sales'] }] });
    await choose(screen.getByTestId(selectors.query.filterKey(0)), 'state');
    expect(shown.query()).toEqual(conversations);
    await choose(screen.getByTestId(selectors.query.filterValues(0)), 'closed');
    expect(shown.query()).toMatchObject({ filters: [{ key: 'state', operator: '=', values: ['closed'] }] });
  });

  test('are removed', async () => {
    const filters = [
      { key: 'team', operator: '=', values: ['sales'] },
      { key: 'state', operator: '=', values: ['open'] },
    ];
    const shown = show({ ...conversations, filters });
    await user.click(screen.getByTestId(selectors.query.removeFilter(0)));
    expect(shown.query()).toEqual({ ...conversations, filters: [filters[1]] });
    await user.click(screen.getByTestId(selectors.query.removeFilter(0)));
    expect(shown.query()).toEqual(conversations);
  });

  test('follow a change from elsewhere', () => {
    const shown = show(conversations);
    shown.set({ ...conversations, filters: [{ key: 'team', operator: '=', values: ['sales'] }] } as HelpdeskQuery);
    expect(screen.getByTestId(selectors.query.filterKey(0))).toHaveValue('team');
    shown.set(conversations as HelpdeskQuery);
    expect(screen.queryByTestId(selectors.query.filterKey(0))).not.toBeInTheDocument();
  });

  test('on single messages are offered for messages only', async () => {
    show({ refId: 'A', version: 1, queryType: 'messages' });
    await user.click(screen.getByRole('button', { name: 'Add a filter' }));
    await choose(screen.getByTestId(selectors.query.filterKey(0)), 'direction');
  });

  test('on single messages are not offered for conversations', async () => {
    show(conversations);
    await user.click(screen.getByRole('button', { name: 'Add a filter' }));
    await user.type(screen.getByTestId(selectors.query.filterKey(0)), 'direction');
    await waitFor(() => expect(option('team')).toBeUndefined());
    expect(option('direction')).toBeUndefined();
  });
});

describe('AnnotationQueryEditor', () => {
  test('has no choice of type and saves one', async () => {
    const shown = show({ refId: 'Anno' }, AnnotationQueryEditor);
    expect(screen.queryByTestId(selectors.query.type)).not.toBeInTheDocument();
    await user.click(screen.getByRole('checkbox', { name: /Closings/ }));
    expect(shown.query()).toEqual({ refId: 'Anno', version: 1, queryType: 'annotations', annotations: ['escalations'] });
    expect(shown.onRunQuery).toHaveBeenCalledTimes(1);
  });
});

describe('VariableQueryEditor', () => {
  test.each([
    [{ refId: 'A', label: 'team' }, { refId: 'A', label: 'state' }],
    ['team', { refId: 'HelpdeskVariable', label: 'state' }],
  ])('%j', async (stored, want) => {
    const onChange = jest.fn();
    const onRunQuery = jest.fn();
    render(<VariableQueryEditor query={stored as VariableQuery} onChange={onChange} onRunQuery={onRunQuery} />);
    expect(screen.getByLabelText(/^Label/)).toHaveValue('team');
    await choose(screen.getByLabelText(/^Label/), 'state');
    expect(onChange.mock.calls).toEqual([[want]]);
    expect(onRunQuery).toHaveBeenCalledTimes(1);
  });
});

describe('ConfigEditor', () => {
  type Options = DataSourceSettings<HelpdeskSettings, HelpdeskSecrets>;

  function configure(stored: Partial<Options> = {}) {
    let current = { url: '', jsonData: {}, secureJsonFields: {}, readOnly: false, ...stored } as Options;
    function Page() {
      const [options, setOptions] = useState(current);
      current = options;
      return <ConfigEditor options={options} onOptionsChange={setOptions} />;
    }
    render(<Page />);
    return () => current;
  }

  test('the connection', async () => {
    const options = configure();
    await user.type(screen.getByTestId(selectors.config.url), 'localhost:9841');
    expect(screen.getByRole('alert')).toHaveTextContent('has to start with http://');
    await user.clear(screen.getByTestId(selectors.config.url));
    await user.type(screen.getByTestId(selectors.config.url), 'http://localhost:9841');
    expect(screen.queryByText(/has to start with/)).not.toBeInTheDocument();
    await user.type(screen.getByTestId(selectors.config.token), 'secret');
    await user.type(screen.getByTestId(selectors.config.timeout), '25');
    expect(options()).toMatchObject({
      url: 'http://localhost:9841',
      jsonData: { timeoutSeconds: 25 },
      secureJsonData: { token: 'secret' },
    });
    await user.clear(screen.getByTestId(selectors.config.timeout));
    expect(options().jsonData.timeoutSeconds).toBeUndefined();
  });

  test('a saved token is not shown and can be replaced', async () => {
    const options = configure({ secureJsonFields: { token: true } });
    expect(screen.getByTestId(selectors.config.token)).toHaveValue('configured');
    await user.click(screen.getByRole('button', { name: 'Reset' }));
    expect(options()).toMatchObject({ secureJsonFields: { token: false }, secureJsonData: { token: '' } });
    await user.type(screen.getByTestId(selectors.config.token), 'new');
    expect(options().secureJsonData).toEqual({ token: 'new' });
  });

  test('who reads full texts', async () => {
    const options = configure();
    const roles = within(screen.getByTestId(selectors.config.fullRole));
    expect(roles.getByRole('radio', { name: 'Nobody' })).toBeChecked();
    expect(screen.getByText('All texts are masked')).toBeInTheDocument();
    await user.click(roles.getByRole('radio', { name: 'Editors' }));
    expect(options().jsonData.fullRole).toBe('Editor');
    expect(screen.getByText('Editors read personal data of customers')).toBeInTheDocument();
  });

  test('TLS', async () => {
    const options = configure();
    expect(screen.queryByTestId(selectors.config.caCert)).not.toBeInTheDocument();
    await user.click(screen.getByTestId(selectors.config.withCACert));
    await user.type(screen.getByTestId(selectors.config.caCert), 'ca');
    await user.click(screen.getByTestId(selectors.config.clientAuth));
    await user.type(screen.getByTestId(selectors.config.clientCert), 'cert');
    await user.type(screen.getByTestId(selectors.config.clientKey), 'key');
    await user.type(screen.getByTestId(selectors.config.serverName), 'helpdesk.example.com');
    await user.click(screen.getByTestId(selectors.config.skipVerify));
    expect(options()).toMatchObject({
      jsonData: {
        tlsSkipVerify: true,
        tlsAuthWithCACert: true,
        tlsAuth: true,
        serverName: 'helpdesk.example.com',
      },
      secureJsonData: { tlsCACert: 'ca', tlsClientCert: 'cert', tlsClientKey: 'key' },
    });
  });

  test('a provisioned data source cannot be changed', () => {
    configure({ readOnly: true, url: 'http://localhost:9841' });
    for (const field of [selectors.config.url, selectors.config.token, selectors.config.timeout]) {
      expect(screen.getByTestId(field)).toBeDisabled();
    }
    expect(screen.getByRole('radio', { name: 'Viewers' })).toBeDisabled();
  });
});
