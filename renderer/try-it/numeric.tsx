/** A number with its label at the left. What is no number yet is left to its field until it is one. */
import { NumberInput } from '@mantine/core';
import type { JSX, ReactNode } from 'react';
import classes from './order.module.css';

interface NumericProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly decimals?: boolean;
  /** A button that sets it. */
  readonly beside?: ReactNode;
  readonly onChange: (value: number) => void;
}

export function Numeric({
  label,
  value,
  min,
  max,
  step = 1,
  decimals = false,
  beside,
  onChange,
}: NumericProps): JSX.Element {
  return (
    <div className={classes.line} data-beside={beside !== undefined || undefined}>
      <span aria-hidden>{label}</span>
      <NumberInput
        aria-label={label}
        value={value}
        min={min}
        max={max}
        step={step}
        allowDecimal={decimals}
        clampBehavior="blur"
        onChange={(next) => {
          if (typeof next === 'number' && next >= min && next <= max) onChange(next);
        }}
      />
      {beside}
    </div>
  );
}
