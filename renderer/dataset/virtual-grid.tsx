/** A grid of any length that draws only the rows in sight. */
import { useElementSize } from '@mantine/hooks';
import { useState, type JSX, type ReactNode } from 'react';
import classes from './dataset.module.css';

interface VirtualGridProps {
  readonly count: number;
  /** In pixels at the usual text size. */
  readonly cell: { readonly width: number; readonly height: number };
  readonly label: string;
  readonly draw: (index: number) => ReactNode;
}

/** Rows drawn above and below what is in sight. */
const SPARE = 2;

export function VirtualGrid({ count, cell, label, draw }: VirtualGridProps): JSX.Element {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const [scrolled, setScrolled] = useState(0);
  const scale = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
  const columns = Math.max(1, Math.floor((width || 640) / (cell.width * scale)));
  const rowHeight = cell.height * scale;
  const rows = Math.ceil(count / columns);
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - SPARE);
  const last = Math.min(rows, Math.ceil((scrolled + (height || 480)) / rowHeight) + SPARE);
  const indexes = Array.from(
    { length: Math.max(0, Math.min(count, last * columns) - first * columns) },
    (_, index) => first * columns + index,
  );
  return (
    <div
      ref={ref}
      className={classes.scroll}
      role="group"
      aria-label={label}
      onScroll={({ currentTarget }) => setScrolled(currentTarget.scrollTop)}
    >
      <div style={{ height: rows * rowHeight, paddingTop: first * rowHeight }}>
        <div
          className={classes.grid}
          style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridAutoRows: rowHeight }}
        >
          {indexes.map(draw)}
        </div>
      </div>
    </div>
  );
}
