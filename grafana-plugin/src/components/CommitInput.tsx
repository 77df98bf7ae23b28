import { Input } from '@grafana/ui';
import React, { useEffect, useState } from 'react';

type InputProps = React.ComponentProps<typeof Input>;

interface Props extends Omit<InputProps, 'value' | 'defaultValue' | 'onChange' | 'onBlur' | 'onKeyDown' | 'ref'> {
  value: string;
  onCommit: (value: string) => void;
}

/** A text field that reports when the reader is done with it, so that a query does not run at each key. */
export function CommitInput({ value, onCommit, ...rest }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);

  const commit = () => {
    if (text !== value) {
      onCommit(text);
    }
  };

  return (
    <Input
      {...rest}
      value={text}
      onChange={(e) => setText(e.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(e) => {
        if (e.key === 'Enter') {
          commit();
        }
      }}
    />
  );
}

interface NumberProps extends Omit<Props, 'value' | 'onCommit' | 'type'> {
  value: number | undefined;
  min: number;
  max: number;
  onCommit: (value: number | undefined) => void;
}

/** Whole numbers within bounds; an emptied field means the default. */
export function CommitNumber({ value, min, max, onCommit, ...rest }: NumberProps) {
  const [typed, setTyped] = useState(0);
  return (
    <CommitInput
      // A number that is moved back into its bounds may be the one from before: only a new field shows it then.
      key={typed}
      {...rest}
      type="number"
      min={min}
      max={max}
      step={1}
      value={value === undefined ? '' : String(value)}
      onCommit={(text) => {
        const number = Math.round(Number(text));
        setTyped((n) => n + 1);
        onCommit(text.trim() === '' || Number.isNaN(number) ? undefined : Math.min(max, Math.max(min, number)));
      }}
    />
  );
}
