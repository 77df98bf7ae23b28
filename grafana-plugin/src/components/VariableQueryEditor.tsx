import type { QueryEditorProps } from '@grafana/data';
import { Combobox, Field } from '@grafana/ui';
import React, { useId } from 'react';

import type { HelpdeskDatasource } from '../datasource';
import { selectors } from '../selectors';
import { type FilterKey, filterKeys, type HelpdeskQuery, type HelpdeskSettings, type VariableQuery } from '../types';
import { useSave } from './useSave';

type Props = Pick<
  QueryEditorProps<HelpdeskDatasource, HelpdeskQuery, HelpdeskSettings, VariableQuery>,
  'query' | 'onChange' | 'onRunQuery'
>;

const options = filterKeys.map((value) => ({ value, label: value }));

export function VariableQueryEditor({ query, onChange, onRunQuery }: Props) {
  const id = useId();
  const save = useSave(query, onChange, onRunQuery);
  // A provisioned variable may hold its query as a bare label name.
  const saved: VariableQuery | string = query;
  const label = typeof saved === 'string' ? (saved as FilterKey) : saved.label;
  const refId = typeof saved === 'string' ? '' : saved.refId;

  return (
    <Field label="Label" description="The variable gets the values this label has in the conversations" htmlFor={id}>
      <Combobox
        id={id}
        data-testid={selectors.variable.label}
        width={30}
        placeholder="Choose a label"
        options={options}
        value={label || null}
        onChange={({ value }) => save({ refId: refId || 'HelpdeskVariable', label: value })}
      />
    </Field>
  );
}
