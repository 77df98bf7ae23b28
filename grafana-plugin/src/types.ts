import type { DataQuery, DataSourceJsonData } from '@grafana/data';

export const QUERY_VERSION = 1;

export const filterKeys = [
  'state',
  'source',
  'inbox',
  'team',
  'agent',
  'request_type',
  'trigger',
  'sentiment',
  'csat',
  'closed_by',
  'escalated',
  'audit_rule',
  'contact',
  'direction',
  'actor',
] as const;

export type FilterKey = (typeof filterKeys)[number];

/** Keys that describe one message; a conversation has no single direction or actor. */
export const messageFilterKeys: readonly string[] = ['direction', 'actor'];

export type FilterOperator = '=' | '!=';

export interface Filter {
  /** Usually a FilterKey; anything else is kept and left to the backend to refuse by name. */
  key: string;
  operator: FilterOperator;
  values: string[];
}

export type SortField = 'opened' | 'first_response' | 'resolution' | 'csat';
export type SortOrder = 'asc' | 'desc';
export type AnnotationKind = 'escalations' | 'closings';

interface CommonQuery extends DataQuery {
  version: number;
}

interface FilteredQuery extends CommonQuery {
  filters?: Filter[];
}

export interface ConversationsQuery extends FilteredQuery {
  queryType: 'conversations';
  search?: string;
  sort?: SortField;
  order?: SortOrder;
  limit?: number;
  sample?: number;
  seed?: number;
}

export interface TranscriptQuery extends CommonQuery {
  queryType: 'transcript';
  conversation?: string;
  limit?: number;
}

interface MessageSelection extends FilteredQuery {
  conversation?: string;
  search?: string;
  order?: SortOrder;
  limit?: number;
}

export interface MessagesQuery extends MessageSelection {
  queryType: 'messages';
  live?: boolean;
}

export interface ListQuery extends FilteredQuery {
  queryType: 'escalations' | 'audits' | 'discrepancies';
  limit?: number;
}

export interface HeatmapQuery extends FilteredQuery {
  queryType: 'heatmap';
  zone?: string;
}

export interface AnnotationsQuery extends FilteredQuery {
  queryType: 'annotations';
  annotations?: AnnotationKind[];
}

/** Counts of the messages a messages query selects; made for the log volume in Explore, never saved. */
export interface VolumeQuery extends MessageSelection {
  queryType: 'volume';
}

/** The messages around one log row; made for the log context view, never saved. */
export interface ContextQuery extends CommonQuery {
  queryType: 'context';
  conversation: string;
  row: string;
  direction: 'BACKWARD' | 'FORWARD';
  limit: number;
}

/** What an editor can show and a dashboard can hold. */
export type SavedQuery =
  | ConversationsQuery
  | TranscriptQuery
  | MessagesQuery
  | ListQuery
  | HeatmapQuery
  | AnnotationsQuery;

export type HelpdeskQuery = SavedQuery | VolumeQuery | ContextQuery;

export type SavedQueryType = SavedQuery['queryType'];

/** The fields of all saved queries beside the ones every query has. */
export type QueryField =
  | 'conversation'
  | 'filters'
  | 'search'
  | 'sort'
  | 'order'
  | 'limit'
  | 'sample'
  | 'seed'
  | 'zone'
  | 'annotations';

/** All fields at once, for code that is driven by queryTypes[].fields. */
export type QueryFields = Partial<
  Omit<ConversationsQuery, 'queryType'> &
    Omit<MessagesQuery, 'queryType'> &
    Omit<HeatmapQuery, 'queryType'> &
    Omit<AnnotationsQuery, 'queryType'>
>;

export interface VariableQuery extends DataQuery {
  label: FilterKey | '';
}

export type FullRole = '' | 'Viewer' | 'Editor' | 'Admin';

export interface HelpdeskSettings extends DataSourceJsonData {
  fullRole?: FullRole;
  timeoutSeconds?: number;
  tlsAuth?: boolean;
  tlsAuthWithCACert?: boolean;
  tlsSkipVerify?: boolean;
  serverName?: string;
}

export interface HelpdeskSecrets {
  token?: string;
  tlsCACert?: string;
  tlsClientCert?: string;
  tlsClientKey?: string;
}

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;
export const DEFAULT_TIMEOUT_SECONDS = 10;
