import type { AdHocVariableFilter, ScopedVars } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

import { type Filter, type FilterOperator, messageFilterKeys } from './types';

export const ALL_VALUE = '$__all';

// Control characters: no label value and no text typed into a field holds them.
const START = '\u0001';
const BETWEEN = '\u0002';
const END = '\u0003';

// What a dashboard made for Prometheus gives "All" the value of: Grafana puts it
// in without asking the format function. No label has such a value.
const MATCHES_ALL = ['.*', '.+'];

function isAll(templateSrv: TemplateSrv, name: string | undefined): boolean {
  const variable = templateSrv.getVariables().find((v) => v.name === name);
  const current = variable && 'current' in variable ? variable.current : undefined;
  const value: unknown = current && 'value' in current ? current.value : undefined;
  return Array.isArray(value) ? value.includes(ALL_VALUE) : value === ALL_VALUE;
}

/**
 * All texts a text with variables stands for: a variable with several values
 * gives one text each. `undefined` where a variable stands for "All".
 */
export function expand(templateSrv: TemplateSrv, text: string, scopedVars: ScopedVars): string[] | undefined {
  let all = false;
  const marked = templateSrv.replace(text, scopedVars, (value: unknown, variable?: { name?: string }) => {
    const values = (Array.isArray(value) ? value : [value]).map(String);
    // A panel repeated for each value of a variable sees one value of it,
    // although the variable of the dashboard stands on "All".
    if (values.includes(ALL_VALUE) || (Array.isArray(value) && isAll(templateSrv, variable?.name))) {
      all = true;
    }
    return START + values.join(BETWEEN) + END;
  });
  if (all || marked.includes(ALL_VALUE) || MATCHES_ALL.includes(marked)) {
    return undefined;
  }
  const texts = marked.split(START).reduce<string[]>(
    (done, part, i) => {
      if (i === 0) {
        return [part];
      }
      const end = part.indexOf(END);
      const rest = part.slice(end + 1);
      return part
        .slice(0, end)
        .split(BETWEEN)
        .flatMap((value) => done.map((d) => d + value + rest));
    },
    ['']
  );
  return [...new Set(texts.filter((t) => t !== ''))];
}

/** The filters with their variables replaced; those that choose nothing, or all, are left out. */
export function expandFilters(templateSrv: TemplateSrv, filters: Filter[], scopedVars: ScopedVars): Filter[] {
  return filters.flatMap((filter) => {
    const values: string[] = [];
    for (const value of filter.values) {
      const texts = expand(templateSrv, value, scopedVars);
      if (texts === undefined) {
        return [];
      }
      values.push(...texts);
    }
    return filter.key === '' || values.length === 0 ? [] : [{ ...filter, values: [...new Set(values)] }];
  });
}

const adHocOperators: Record<string, FilterOperator> = { '=': '=', '!=': '!=', '=|': '=', '!=|': '!=' };

/** The ad hoc filters of a dashboard as filters of a query. Throws where one has an operator we do not know. */
export function fromAdHoc(adHoc: AdHocVariableFilter[], queryType: string): Filter[] {
  return adHoc.flatMap(({ key, operator, value, values }) => {
    const chosen = (values && values.length > 0 ? values : [value]).filter((v) => v !== undefined && v !== '');
    if (!key || chosen.length === 0 || chosen.includes(ALL_VALUE)) {
      return [];
    }
    if (messageFilterKeys.includes(key) && queryType !== 'messages' && queryType !== 'volume') {
      // One filter serves all panels of a dashboard, also those to which it says nothing.
      return [];
    }
    const known = adHocOperators[operator];
    if (!known) {
      throw new Error(
        `The filter "${key} ${operator} ${value}" cannot be applied: Helpdesk Transcripts knows the operators =, != and their forms for several values.`
      );
    }
    return [{ key, operator: known, values: chosen }];
  });
}
