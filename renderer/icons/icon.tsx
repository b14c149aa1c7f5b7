/**
 * The icons of the window: lines of 1.5 on a field of 24, drawn for LoRA Loom. They decorate a label and are silent.
 */
import type { JSX } from 'react';

const PATHS = {
  brand: 'M8 3v18M16 3v18M3 8h18M3 16h18',
  dataset: 'M4 4h16v16H4zM4 16l5-5 4 4 2-2 5 5M15.5 8.5h.01',
  train: 'M3 6h9M16 6h5M3 12h3M10 12h11M3 18h11M18 18h3M14 4v4M8 10v4M16 16v4',
  runs: 'M3 20h18M3 16l5-6 4 3 5-7 4 4',
  tryIt: 'M5 19 15 9M13 7l4 4M18 3v4M16 5h4M6 4v3M4.5 5.5h3M19 14v3M17.5 15.5h3',
  settings:
    'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM12 3v2.5M12 18.5V21M4.2 7.5l2.2 1.2M17.6 15.3l2.2 1.2M4.2 16.5l2.2-1.2M17.6 8.7l2.2-1.2',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  folder: 'M3 6h6l2 2h10v11H3z',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21',
  engine: 'M7 7h10v10H7zM10 10h4v4h-4zM9 3v4M15 3v4M9 17v4M15 17v4M3 9h4M3 15h4M17 9h4M17 15h4',
  chevronDown: 'm6 9 6 6 6-6',
  chevronRight: 'm9 6 6 6-6 6',
  check: 'm5 12 5 5L19 7',
  close: 'M6 6l12 12M18 6 6 18',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.2v.1',
  error: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5V13M12 16.2v.1',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.5M12 7.8v.1',
  done: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 12l3 3 5-6',
  problems: 'M4 6l1.5 1.5L8 5M4 12l1.5 1.5L8 11M4 18l1.5 1.5L8 17M11 6h9M11 12h9M11 18h9',
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M7 5h3.5v14H7zM13.5 5H17v14h-3.5z',
  stop: 'M6 6h12v12H6z',
  save: 'M4 4h12l4 4v12H4zM8 4v5h7V4M8 20v-6h8v6',
  sample: 'M20 12v8H4V4h10M4 16l5-5 4 4 2-2 4 4M19 2.5v6M16 5.5h6',
  expand: 'M14 4h6v6M20 4l-6 6M10 20H4v-6M4 20l6-6',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  tag: 'M4 4h8l8 8-8 8-8-8zM8 8.01v-.02',
  replace: 'M4 5h7v6H4zM13 13h7v6h-7zM15 5h3a2 2 0 0 1 2 2v3M18 8l2 2 2-2M9 19H6a2 2 0 0 1-2-2v-3M2 16l2-2 2 2',
  crop: 'M7 2v15h15M2 7h15v15',
  copy: 'M8 8h12v12H8zM16 8V4H4v12h4',
  upload: 'M12 16V5M7 9l5-5 5 5M4 20h16',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
  more: 'M5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM12 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM19 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6z',
  history: 'M3 12a9 9 0 1 0 3-6.7M3 4v4h4M12 7v5l3.5 2',
  arrowUp: 'M12 20V5M6 11l6-6 6 6',
  arrowDown: 'M12 4v15M6 13l6 6 6-6',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  dice: 'M4 4h16v16H4zM8.5 7.5a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM15.5 7.5a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM8.5 14.5a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM15.5 14.5a1 1 0 1 0 0 2 1 1 0 0 0 0-2z',
  arrowRight: 'M4 12h15M13 6l6 6-6 6',
  reset: 'M4 12a8 8 0 1 0 2.5-5.8M4 4v5h5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18, filled = false }: IconProps): JSX.Element {
  const side = `${size / 16}rem`;
  return (
    <svg
      viewBox="0 0 24 24"
      style={{ width: side, height: side, flex: 'none' }}
      fill={filled ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      focusable={false}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

interface IconProps {
  readonly name: IconName;
  /** In pixels at the usual text size. */
  readonly size?: number;
  readonly filled?: boolean;
}
