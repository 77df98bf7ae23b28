import type { AnnotationQuery, QueryEditorProps } from '@grafana/data';
import { Stack } from '@grafana/ui';
import React from 'react';

import type { HelpdeskDatasource } from '../datasource';
import { toAnnotationsQuery } from '../migrations';
import { withoutUndefined } from '../queryTypes';
import type { HelpdeskQuery, HelpdeskSettings } from '../types';
import { QueryFields } from './QueryFields';
import { useSave } from './useSave';

type Props = QueryEditorProps<HelpdeskDatasource, HelpdeskQuery, HelpdeskSettings> & {
  annotation?: AnnotationQuery<HelpdeskQuery>;
  onAnnotationChange?: (annotation: AnnotationQuery<HelpdeskQuery>) => void;
};

/** The query editor without a choice of type: annotations come from one type only. */
export function AnnotationQueryEditor({ datasource, query: stored, onChange, onRunQuery }: Props) {
  const query = toAnnotationsQuery(stored);
  const save = useSave(stored, onChange, onRunQuery);
  return (
    <Stack direction="column" gap={0.5}>
      <QueryFields
        datasource={datasource}
        query={query}
        onChange={(changes) => save(withoutUndefined({ ...query, ...changes } as HelpdeskQuery))}
      />
    </Stack>
  );
}
