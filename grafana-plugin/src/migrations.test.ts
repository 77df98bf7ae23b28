import type { DataQuery } from '@grafana/data';
import fs from 'node:fs';
import path from 'node:path';

import { migrateQuery, toAnnotationsQuery } from './migrations';
import { QUERY_VERSION } from './types';

interface Golden {
  name: string;
  stored: DataQuery;
  /** The same as stored where it is left out. */
  current?: DataQuery;
}

const dir = path.join(__dirname, 'testdata/queries');

function load(file: string): Golden[] {
  return JSON.parse(fs.readFileSync(path.join(dir, file), 'utf8'));
}

test('every version of the query has a golden file', () => {
  const versions = Array.from({ length: QUERY_VERSION + 1 }, (_, v) => `v${v}.json`);
  expect(fs.readdirSync(dir)).toEqual(expect.arrayContaining(versions));
});

for (const file of fs.readdirSync(dir)) {
  describe(file, () => {
    test.each(load(file).map((g): [string, Golden] => [g.name, g]))('%s', (_, { stored, current = stored }) => {
      const before = JSON.stringify(stored);
      expect(migrateQuery(stored)).toEqual(current);
      expect(JSON.stringify(stored)).toBe(before);
      expect(migrateQuery(migrateQuery(stored))).toEqual(current);
    });
  });
}

test('a current query stays the same object', () => {
  for (const { stored } of load('v1.json')) {
    expect(migrateQuery(stored)).toBe(stored);
  }
});

test('annotations show everything unless the query says otherwise', () => {
  const all = { refId: 'Anno', version: 1, queryType: 'annotations', annotations: ['escalations', 'closings'] };
  expect(toAnnotationsQuery(undefined)).toEqual(all);
  expect(toAnnotationsQuery({ refId: 'Anno' })).toEqual(all);
  const closings = { ...all, annotations: ['closings'] };
  expect(toAnnotationsQuery(closings as DataQuery)).toEqual(closings);
});
