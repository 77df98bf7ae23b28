import { Checkbox, Combobox, InlineField, InlineLabel, RadioButtonGroup, Stack } from '@grafana/ui';
import React, { useId, useMemo } from 'react';

import type { HelpdeskDatasource } from '../datasource';
import { allAnnotationKinds, annotationKinds, hasField, sortFields, sortOrders } from '../queryTypes';
import { selectors } from '../selectors';
import {
  type AnnotationKind,
  DEFAULT_LIMIT,
  MAX_LIMIT,
  type QueryField,
  type QueryFields as Fields,
  type SavedQuery,
} from '../types';
import { CommitInput, CommitNumber } from './CommitInput';
import { FilterRows } from './FilterRows';
import { LABEL_WIDTH } from './layout';

const sortOptions = [...sortFields];
const orderOptions = [...sortOrders];
const MAX_SEED = 2 ** 31 - 1;

interface Props {
  datasource: HelpdeskDatasource;
  query: SavedQuery;
  onChange: (changes: Fields) => void;
}

/** The fields the type of the query reads, and no others. */
export function QueryFields({ datasource, query, onChange }: Props) {
  const id = useId();
  const type = query.queryType;
  const fields: Fields = { ...query };
  const has = (field: QueryField) => hasField(type, field);

  return (
    <>
      {has('conversation') && (
        <InlineField
          label="Conversation"
          labelWidth={LABEL_WIDTH}
          htmlFor={`${id}-conversation`}
          tooltip={
            type === 'transcript'
              ? 'The id of the conversation, or a dashboard variable that holds it'
              : 'Show only the messages of this conversation; leave empty for all'
          }
        >
          <CommitInput
            id={`${id}-conversation`}
            data-testid={selectors.query.conversation}
            width={50}
            placeholder={type === 'transcript' ? 'Conversation id or $conversation' : 'All conversations'}
            value={fields.conversation ?? ''}
            onCommit={(value) => onChange({ conversation: value.trim() || undefined })}
          />
        </InlineField>
      )}
      {has('filters') && (
        <FilterRows
          // Unfinished rows belong to the type they were begun for.
          key={type}
          datasource={datasource}
          filters={fields.filters ?? []}
          ofMessages={type === 'messages'}
          onChange={(filters) => onChange({ filters: filters.length > 0 ? filters : undefined })}
        />
      )}
      {has('search') && (
        <InlineField
          label="Search"
          labelWidth={LABEL_WIDTH}
          htmlFor={`${id}-search`}
          tooltip="Words that occur in a message, capitals or not"
        >
          <CommitInput
            id={`${id}-search`}
            data-testid={selectors.query.search}
            width={50}
            placeholder="Text in messages"
            value={fields.search ?? ''}
            onCommit={(search) => onChange({ search: search || undefined })}
          />
        </InlineField>
      )}
      {has('annotations') && (
        <AnnotationKinds
          kinds={fields.annotations ?? allAnnotationKinds}
          onChange={(annotations) => onChange({ annotations })}
        />
      )}
      {has('zone') && <Zone id={`${id}-zone`} zone={fields.zone ?? ''} onChange={(zone) => onChange({ zone })} />}
      <Stack wrap="wrap" gap={0.5}>
        {has('sort') && (
          <InlineField label="Sort by" labelWidth={LABEL_WIDTH} htmlFor={`${id}-sort`}>
            <Combobox
              id={`${id}-sort`}
              data-testid={selectors.query.sort}
              width={20}
              options={sortOptions}
              value={fields.sort ?? 'opened'}
              onChange={({ value }) => onChange({ sort: value })}
            />
          </InlineField>
        )}
        {has('order') && (
          <InlineField label="Order" labelWidth={has('sort') ? 'auto' : LABEL_WIDTH}>
            <div data-testid={selectors.query.order}>
              <RadioButtonGroup
                aria-label="Order"
                options={orderOptions}
                value={fields.order ?? 'desc'}
                onChange={(order) => onChange({ order })}
              />
            </div>
          </InlineField>
        )}
        {has('limit') && (
          <InlineField
            label="Limit"
            labelWidth={has('order') ? 'auto' : LABEL_WIDTH}
            htmlFor={`${id}-limit`}
            tooltip={`How many rows at most, up to ${MAX_LIMIT}`}
          >
            <CommitNumber
              id={`${id}-limit`}
              data-testid={selectors.query.limit}
              width={12}
              min={1}
              max={MAX_LIMIT}
              placeholder={String(type === 'transcript' ? MAX_LIMIT : DEFAULT_LIMIT)}
              value={fields.limit}
              onCommit={(limit) => onChange({ limit })}
            />
          </InlineField>
        )}
        {has('sample') && (
          <InlineField
            label="Sample"
            htmlFor={`${id}-sample`}
            tooltip="Draw this many conversations at random, for example for a quality review; empty or 0 for no sample"
          >
            <CommitNumber
              id={`${id}-sample`}
              data-testid={selectors.query.sample}
              width={12}
              min={0}
              max={MAX_LIMIT}
              placeholder="off"
              value={fields.sample || undefined}
              onCommit={(sample) => onChange(sample ? { sample } : { sample: undefined, seed: undefined })}
            />
          </InlineField>
        )}
        {has('seed') && Boolean(fields.sample) && (
          <InlineField
            label="Seed"
            htmlFor={`${id}-seed`}
            tooltip="The same seed draws the same conversations, another one draws others"
          >
            <CommitNumber
              id={`${id}-seed`}
              data-testid={selectors.query.seed}
              width={12}
              min={0}
              max={MAX_SEED}
              placeholder="0"
              value={fields.seed}
              onCommit={(seed) => onChange({ seed })}
            />
          </InlineField>
        )}
      </Stack>
    </>
  );
}

function AnnotationKinds({ kinds, onChange }: { kinds: AnnotationKind[]; onChange: (kinds: AnnotationKind[]) => void }) {
  return (
    <Stack gap={2} alignItems="center">
      <InlineLabel as="span" width={LABEL_WIDTH}>
        Show
      </InlineLabel>
      <div role="group" aria-label="Events to show" data-testid={selectors.query.annotations}>
        <Stack gap={2}>
          {annotationKinds.map(({ value, label, description }) => (
            <Checkbox
              key={value}
              label={label}
              description={description}
              value={kinds.includes(value)}
              onChange={(e) => {
                const checked = e.currentTarget.checked;
                onChange(allAnnotationKinds.filter((k) => (k === value ? checked : kinds.includes(k))));
              }}
            />
          ))}
        </Stack>
      </div>
    </Stack>
  );
}

function Zone({ id, zone, onChange }: { id: string; zone: string; onChange: (zone: string) => void }) {
  const options = useMemo(
    () => [
      { value: '', label: "The dashboard's" },
      { value: 'utc', label: 'UTC' },
      ...Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value })),
    ],
    []
  );
  return (
    <InlineField
      label="Time zone"
      labelWidth={LABEL_WIDTH}
      htmlFor={id}
      tooltip="In whose hours and weekdays messages are counted"
    >
      <Combobox
        id={id}
        data-testid={selectors.query.zone}
        width={30}
        createCustomValue
        options={options}
        value={zone}
        onChange={({ value }) => onChange(value)}
      />
    </InlineField>
  );
}
