import { Button, Combobox, type ComboboxOption, IconButton, InlineLabel, MultiCombobox, Stack } from '@grafana/ui';
import React, { useCallback, useId, useState } from 'react';

import type { HelpdeskDatasource } from '../datasource';
import { selectors } from '../selectors';
import { type Filter, filterKeys, type FilterOperator, messageFilterKeys } from '../types';
import { LABEL_WIDTH } from './layout';

const operators: Array<ComboboxOption<FilterOperator>> = [
  { value: '=', label: '=', description: 'is one of' },
  { value: '!=', label: '!=', description: 'is none of' },
];

const allKeys: Array<ComboboxOption<string>> = filterKeys.map((key) => ({ value: key, label: key }));
const conversationKeys = allKeys.filter(({ value }) => !messageFilterKeys.includes(value));

interface Props {
  datasource: HelpdeskDatasource;
  filters: Filter[];
  /** Whether filters on single messages make sense. */
  ofMessages: boolean;
  onChange: (filters: Filter[]) => void;
}

function isComplete(filter: Filter): boolean {
  return filter.key !== '' && filter.values.length > 0;
}

function same(a: Filter[], b: Filter[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Rows of key, operator and values. Only complete rows get into the query. */
export function FilterRows({ datasource, filters, ofMessages, onChange }: Props) {
  const [rows, setRows] = useState(filters);
  const [seen, setSeen] = useState(filters);
  if (!same(seen, filters)) {
    // The query was changed elsewhere, for example by a click in the details of a log row.
    setSeen(filters);
    if (!same(rows.filter(isComplete), filters)) {
      setRows(filters);
    }
  }

  const update = (next: Filter[]) => {
    setRows(next);
    const complete = next.filter(isComplete);
    if (!same(complete, rows.filter(isComplete))) {
      onChange(complete);
    }
  };

  return (
    <Stack direction="column" gap={0.5}>
      {rows.map((row, i) => (
        <FilterRow
          key={i}
          index={i}
          datasource={datasource}
          filter={row}
          ofMessages={ofMessages}
          onChange={(filter) => update(rows.map((r, j) => (j === i ? filter : r)))}
          onRemove={() => update(rows.filter((_, j) => j !== i))}
        />
      ))}
      <Stack gap={0.5}>
        {rows.length === 0 && <FiltersLabel />}
        <Button
          icon="plus"
          variant="secondary"
          type="button"
          data-testid={selectors.query.addFilter}
          aria-label="Add a filter"
          onClick={() => setRows([...rows, { key: '', operator: '=', values: [] }])}
        >
          Add filter
        </Button>
      </Stack>
    </Stack>
  );
}

function FiltersLabel() {
  return (
    <InlineLabel
      as="span"
      width={LABEL_WIDTH}
      tooltip="Rows with a value that fits all filters are shown. Values may hold dashboard variables."
    >
      Filters
    </InlineLabel>
  );
}

interface RowProps extends Omit<Props, 'filters' | 'onChange'> {
  index: number;
  filter: Filter;
  onChange: (filter: Filter) => void;
  onRemove: () => void;
}

function FilterRow({ index, datasource, filter, ofMessages, onChange, onRemove }: RowProps) {
  const id = useId();
  const n = index + 1;
  const loadValues = useCallback(
    async (typed: string): Promise<Array<ComboboxOption<string>>> => {
      if (!filter.key) {
        return [];
      }
      // Without an answer values can still be typed.
      const values = await datasource.labelValues(filter.key).catch(() => []);
      const wanted = typed.toLowerCase();
      return values.filter((v) => v.toLowerCase().includes(wanted)).map((value) => ({ value, label: value }));
    },
    [datasource, filter.key]
  );

  return (
    <Stack gap={0.5} wrap="wrap" alignItems="flex-start">
      {index === 0 ? <FiltersLabel /> : <InlineLabel as="span" width={LABEL_WIDTH}>{'and'}</InlineLabel>}
      {/* The fields take their names from these: none of them has room for a label of its own. */}
      <span id={`${id}-key`} hidden>{`Filter ${n}: key`}</span>
      <span id={`${id}-operator`} hidden>{`Filter ${n}: operator`}</span>
      <span id={`${id}-values`} hidden>{`Filter ${n}: values`}</span>
      <Combobox
        aria-labelledby={`${id}-key`}
        data-testid={selectors.query.filterKey(index)}
        width={20}
        placeholder="Choose a key"
        options={ofMessages ? allKeys : conversationKeys}
        value={filter.key || null}
        onChange={({ value }) => onChange({ ...filter, key: value, values: value === filter.key ? filter.values : [] })}
      />
      <Combobox
        aria-labelledby={`${id}-operator`}
        data-testid={selectors.query.filterOperator(index)}
        width={10}
        options={operators}
        value={filter.operator}
        onChange={({ value }) => onChange({ ...filter, operator: value })}
      />
      <MultiCombobox
        // The list of values belongs to the key; a new key must not offer the old one's.
        key={filter.key}
        aria-labelledby={`${id}-values`}
        data-testid={selectors.query.filterValues(index)}
        width={40}
        placeholder={filter.key ? 'Choose or type values' : 'Choose a key first'}
        disabled={!filter.key}
        createCustomValue
        options={loadValues}
        value={filter.values.map((value) => ({ value, label: value }))}
        onChange={(options) => onChange({ ...filter, values: options.map((o) => o.value) })}
      />
      <IconButton
        name="times"
        size="lg"
        tooltip={`Remove filter ${n}`}
        aria-label={`Remove filter ${n}`}
        data-testid={selectors.query.removeFilter(index)}
        onClick={onRemove}
      />
    </Stack>
  );
}
