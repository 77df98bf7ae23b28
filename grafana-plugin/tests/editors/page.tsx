import { createTheme, type DataSourceInstanceSettings, type DataSourceSettings, ThemeContext } from '@grafana/data';
import { setBackendSrv, setTemplateSrv, type BackendSrv, type TemplateSrv } from '@grafana/runtime';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import React, { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { of, throwError } from 'rxjs';

import { AnnotationQueryEditor } from '../../src/components/AnnotationQueryEditor';
import { ConfigEditor } from '../../src/components/ConfigEditor';
import { QueryEditor } from '../../src/components/QueryEditor';
import { VariableQueryEditor } from '../../src/components/VariableQueryEditor';
import { HelpdeskDatasource } from '../../src/datasource';
import type { HelpdeskQuery, HelpdeskSecrets, HelpdeskSettings, VariableQuery } from '../../src/types';

declare global {
  interface Window {
    /** What the editors reported last, for the script that plays the user. */
    reported: Record<string, unknown>;
    runs: Record<string, number>;
  }
}

window.reported = {};
window.runs = {};

const labels: Record<string, string[]> = { team: ['sales', 'support'], state: ['open', 'closed'] };

setBackendSrv({
  fetch: ({ url }: { url: string }) => {
    const [, key] = /\/api\/datasources\/uid\/h\/resources\/labels\/(\w+)$/.exec(url) ?? [];
    return key ? of({ data: { values: labels[key] ?? [] } }) : throwError(() => new Error(`unexpected request: ${url}`));
  },
} as unknown as BackendSrv);

const templateSrv = { getVariables: () => [], replace: (text?: string) => text ?? '' } as unknown as TemplateSrv;
setTemplateSrv(templateSrv);

const datasource = new HelpdeskDatasource({
  id: 1,
  uid: 'h',
  type: 'helpdesk-transcripts-datasource',
  name: 'Helpdesk',
  jsonData: {},
} as DataSourceInstanceSettings<HelpdeskSettings>);

type Options = DataSourceSettings<HelpdeskSettings, HelpdeskSecrets>;

function useReported<T>(name: string, initial: T): [T, (value: T) => void, () => void] {
  const [value, setValue] = useState(initial);
  window.reported[name] = value;
  window.runs[name] ??= 0;
  return [value, setValue, () => window.runs[name]++];
}

function Config() {
  const [options, setOptions] = useReported('config', {
    url: '',
    jsonData: {},
    secureJsonFields: { token: true },
    secureJsonData: {},
    readOnly: false,
  } as unknown as Options);
  return <ConfigEditor options={options} onOptionsChange={setOptions} />;
}

function Query() {
  const stored = { refId: 'A', queryType: 'conversations', team: 'sales', text: 'refund' } as unknown as HelpdeskQuery;
  const [query, setQuery, run] = useReported('query', stored);
  return <QueryEditor datasource={datasource} query={query} onChange={setQuery} onRunQuery={run} />;
}

function Variable() {
  const [query, setQuery, run] = useReported<VariableQuery>('variable', { refId: 'V', label: 'team' });
  return <VariableQueryEditor query={query} onChange={setQuery} onRunQuery={run} />;
}

function Annotation() {
  const [query, setQuery, run] = useReported('annotation', { refId: 'Anno' } as unknown as HelpdeskQuery);
  return <AnnotationQueryEditor datasource={datasource} query={query} onChange={setQuery} onRunQuery={run} />;
}

function Section({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <section id={name} style={{ padding: 16 }}>
      <h2>{name}</h2>
      {children}
    </section>
  );
}

function Page() {
  return (
    <ThemeContext.Provider value={createTheme({ colors: { mode: 'dark' } })}>
      <GlobalStyles />
      <Section name="query">
        <Query />
      </Section>
      <Section name="variable">
        <Variable />
      </Section>
      <Section name="annotation">
        <Annotation />
      </Section>
      <Section name="config">
        <Config />
      </Section>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}

createRoot(document.getElementById('root')!).render(<Page />);
