import { useRef } from 'react';

interface Saved {
  over: unknown;
  json: string;
}

/**
 * Reports a changed query and runs it, once: Combobox reports one and the same
 * choice again until its parent has rendered it, and each report would run the query.
 */
export function useSave<T>(stored: T, onChange: (query: T) => void, onRunQuery: () => void): (query: T) => void {
  const last = useRef<Saved | undefined>(undefined);
  return (query) => {
    const json = JSON.stringify(query);
    if (json === JSON.stringify(stored) || (last.current?.over === stored && last.current?.json === json)) {
      return;
    }
    last.current = { over: stored, json };
    onChange(query);
    onRunQuery();
  };
}
