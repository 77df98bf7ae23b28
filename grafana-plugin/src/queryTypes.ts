import {
  type AnnotationKind,
  messageFilterKeys,
  type QueryField,
  type QueryFields,
  type SavedQuery,
  type SavedQueryType,
  type SortField,
  type SortOrder,
} from './types';

interface Choice<T extends string> {
  value: T;
  label: string;
  description: string;
}

interface QueryTypeInfo extends Choice<SavedQueryType> {
  fields: readonly QueryField[];
}

/** What the query types are and which fields each of them reads: the editor and the switch between types follow it. */
export const queryTypes: readonly QueryTypeInfo[] = [
  {
    value: 'conversations',
    label: 'Conversations',
    description: 'A table of conversations, one row each, with state, times and ratings',
    fields: ['filters', 'search', 'sort', 'order', 'limit', 'sample', 'seed'],
  },
  {
    value: 'transcript',
    label: 'Transcript',
    description: 'All messages of one conversation, in their order',
    fields: ['conversation', 'limit'],
  },
  {
    value: 'messages',
    label: 'Messages',
    description: 'Messages of many conversations as log lines; can be watched live in Explore',
    fields: ['conversation', 'filters', 'search', 'order', 'limit'],
  },
  {
    value: 'escalations',
    label: 'Escalations',
    description: 'Who has to be helped now: customers who wait too long, are upset, or ask for a person',
    fields: ['filters', 'limit'],
  },
  {
    value: 'audits',
    label: 'Audits',
    description: 'What the audit rules found in answers',
    fields: ['filters', 'limit'],
  },
  {
    value: 'discrepancies',
    label: 'Discrepancies',
    description: 'Like questions that got unlike answers',
    fields: ['filters', 'limit'],
  },
  {
    value: 'heatmap',
    label: 'Heatmap',
    description: 'Conversations opened by weekday and hour',
    fields: ['filters', 'zone'],
  },
  {
    value: 'annotations',
    label: 'Annotations',
    description: 'Escalations and closings as events on the time axis',
    fields: ['filters', 'annotations'],
  },
];

export const sortFields: ReadonlyArray<Choice<SortField>> = [
  { value: 'opened', label: 'Opened', description: 'When the conversation began' },
  { value: 'first_response', label: 'First response', description: 'Time until the first answer' },
  { value: 'resolution', label: 'Resolution', description: 'Time until the conversation was closed' },
  { value: 'csat', label: 'Rating', description: "The customer's rating" },
];

export const sortOrders: ReadonlyArray<{ value: SortOrder; label: string }> = [
  { value: 'desc', label: 'Descending' },
  { value: 'asc', label: 'Ascending' },
];

export const annotationKinds: ReadonlyArray<Choice<AnnotationKind>> = [
  { value: 'escalations', label: 'Escalations', description: 'When a conversation became urgent, and why' },
  { value: 'closings', label: 'Closings', description: 'When conversations were closed' },
];

export const allAnnotationKinds: AnnotationKind[] = annotationKinds.map((k) => k.value);

export function hasField(type: string, field: QueryField): boolean {
  return queryTypes.find((t) => t.value === type)?.fields.includes(field) ?? false;
}

/** The query as one of another type: what the new type reads as well stays, the rest goes. */
export function changeType(query: SavedQuery, type: SavedQueryType): SavedQuery {
  const all: QueryFields = { ...query };
  if (all.filters && type !== 'messages') {
    all.filters = all.filters.filter((f) => !messageFilterKeys.includes(f.key));
  }
  const fields = queryTypes.find((t) => t.value === type)?.fields ?? [];
  const { refId, version, datasource, hide, key } = query;
  const next = { refId, version, datasource, hide, key, queryType: type };
  const kept = Object.fromEntries(fields.map((f) => [f, all[f]]));
  // fromEntries loses the types of the fields; `fields` names only those the type has.
  return withoutUndefined({ ...next, ...kept }) as unknown as SavedQuery;
}

/** JSON has no undefined: a field that was cleared is no field. */
export function withoutUndefined<T extends object>(o: T): T {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;
}
