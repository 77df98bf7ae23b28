import type { DataQuery } from '@grafana/data';

import { allAnnotationKinds } from './queryTypes';
import { type AnnotationsQuery, type Filter, type HelpdeskQuery, QUERY_VERSION } from './types';

/** Version 0, of the builds before the first release: flat, one value each. */
interface QueryV0 extends DataQuery {
  conversationId?: string;
  team?: string;
  agent?: string;
  text?: string;
}

/** What Grafana writes for the link of an exemplar, whatever the type of the data source. */
interface ExemplarQuery extends DataQuery {
  queryType: 'traceql';
  query?: string;
}

function isExemplarQuery(query: DataQuery): query is ExemplarQuery {
  return query.queryType === 'traceql';
}

// Grafana lays the default query under a saved one in some places, so that a
// query of version 0 may arrive with the current version: the fields tell.
function isV0(query: DataQuery): query is QueryV0 {
  return (
    'conversationId' in query ||
    ('text' in query && typeof query.text === 'string') ||
    ('team' in query && typeof query.team === 'string') ||
    ('agent' in query && typeof query.agent === 'string')
  );
}

function fromExemplar({ query, ...rest }: ExemplarQuery): HelpdeskQuery {
  return { ...rest, version: QUERY_VERSION, queryType: 'transcript', conversation: query ?? '' };
}

function fromV0({ conversationId, team, agent, text, ...rest }: QueryV0): HelpdeskQuery {
  const filters: Filter[] = [];
  if (team) {
    filters.push({ key: 'team', operator: '=', values: [team] });
  }
  if (agent) {
    filters.push({ key: 'agent', operator: '=', values: [agent] });
  }
  return {
    ...rest,
    version: QUERY_VERSION,
    queryType: rest.queryType || 'conversations',
    ...(conversationId ? { conversation: conversationId } : {}),
    ...(filters.length > 0 ? { filters } : {}),
    ...(text ? { search: text } : {}),
  } as HelpdeskQuery;
}

/** Any query a dashboard, an alert or a link may hold, in today's form; a current one is returned as it is. */
export function migrateQuery(query: DataQuery): HelpdeskQuery {
  if (isExemplarQuery(query)) {
    return fromExemplar(query);
  }
  if (isV0(query)) {
    return fromV0(query);
  }
  if (!('version' in query) || !query.queryType) {
    return { ...query, version: QUERY_VERSION, queryType: query.queryType || 'conversations' } as HelpdeskQuery;
  }
  return query as HelpdeskQuery;
}

export const annotationDefaults: Omit<AnnotationsQuery, 'refId'> = {
  version: QUERY_VERSION,
  queryType: 'annotations',
  annotations: allAnnotationKinds,
};

/** Any saved query as one for annotations. */
export function toAnnotationsQuery(stored: DataQuery | undefined): AnnotationsQuery {
  const query = stored && migrateQuery({ ...annotationDefaults, ...stored });
  return { refId: 'Anno', ...annotationDefaults, ...query, queryType: 'annotations' };
}
