import type { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, Stack, Text } from '@grafana/ui';
import React, { useId } from 'react';

import type { HelpdeskDatasource } from '../datasource';
import { migrateQuery } from '../migrations';
import { changeType, queryTypes, withoutUndefined } from '../queryTypes';
import { selectors } from '../selectors';
import type { HelpdeskQuery, HelpdeskSettings, SavedQuery } from '../types';
import { LABEL_WIDTH } from './layout';
import { QueryFields } from './QueryFields';
import { useSave } from './useSave';

type Props = QueryEditorProps<HelpdeskDatasource, HelpdeskQuery, HelpdeskSettings>;

const typeOptions = queryTypes.map(({ value, label, description }) => ({ value, label, description }));

export function QueryEditor({ datasource, query: stored, onChange, onRunQuery }: Props) {
  const id = useId();
  // The internal types are never saved, so none comes here.
  const query = migrateQuery(stored) as SavedQuery;
  const type = queryTypes.find((t) => t.value === query.queryType);

  const save = useSave(stored, onChange, onRunQuery);

  return (
    <Stack direction="column" gap={0.5}>
      <Stack gap={1} alignItems="center" wrap="wrap">
        <InlineField label="Query type" labelWidth={LABEL_WIDTH} htmlFor={`${id}-type`}>
          <Combobox
            id={`${id}-type`}
            data-testid={selectors.query.type}
            width={24}
            options={typeOptions}
            value={query.queryType}
            onChange={({ value }) => save(changeType(query, value))}
          />
        </InlineField>
        <Text variant="bodySmall" color="secondary">
          {type?.description ?? 'This version of the plugin does not know the type of this query.'}
        </Text>
      </Stack>
      <QueryFields
        datasource={datasource}
        query={query}
        onChange={(changes) => save(withoutUndefined({ ...query, ...changes } as SavedQuery))}
      />
    </Stack>
  );
}
