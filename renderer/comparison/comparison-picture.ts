/**
 * A comparison as one picture to keep: its curves, samples and differing settings as an SVG document, and the places of
 * the samples, which are laid over it.
 */
import { shortNumber } from '../charts/chart-looks.ts';
import { roundTicks } from '../charts/loss-points.ts';
import { exactDuration } from '../text/amounts.ts';
import { comparisonText } from '../text/comparison.ts';
import { runText } from '../text/run.ts';
import type { AlignedRow } from './aligned-samples.ts';
import {
  OVERLAY_POINTS,
  overlayEnd,
  overlayRange,
  overlayRows,
  type OverlayAxis,
  type OverlayCurve,
} from './overlay-points.ts';
import { lookOf } from './series.ts';

export interface Compared {
  readonly names: readonly string[];
  readonly curves: readonly OverlayCurve[];
  /** Whose curves are seen. */
  readonly seen: readonly boolean[];
  readonly axis: OverlayAxis;
  readonly samples: readonly AlignedRow[];
  readonly step: number;
  /** Title of each row, then a value for each run. */
  readonly table: readonly (readonly string[])[];
}

export interface PlacedSample {
  readonly file: string;
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

export interface ComparisonPicture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
  readonly samples: readonly PlacedSample[];
}

const WIDTH = 1280;
const MARGIN = 32;
const TOP = 88;
const CHART = { x: MARGIN + 48, width: 520, height: 280 };
const SAMPLES_X = CHART.x + CHART.width + 40;
const LONGEST = { run: 20, prompt: 22, cell: 30, label: 56 };
const PROMPT_WIDTH = 150;
const LARGEST_SAMPLE = 128;
const GAP = 8;
const LINE = 28;

/** @param colour of a role such as "--text-1" (tokens.css): a picture of its own knows no style sheet */
export function comparisonPicture(compared: Compared, colour: (role: string) => string): ComparisonPicture {
  const { names, samples } = compared;
  const side = Math.min(LARGEST_SAMPLE, (WIDTH - MARGIN - SAMPLES_X - PROMPT_WIDTH) / names.length - GAP);
  const tableTop = TOP + Math.max(CHART.height + 28, samples.length * (side + GAP) + 24) + 36;
  const height = tableTop + (compared.table.length + 1) * LINE + MARGIN;
  const words = (text: string, x: number, y: number, looks = ''): string =>
    `<text x="${x}" y="${y}" fill="${colour('--text-2')}" ${looks}>${escaped(text)}</text>`;
  const parts = [
    `<rect width="${WIDTH}" height="${height}" fill="${colour('--panel')}"/>`,
    words(comparisonText.compared(names.length), MARGIN, 44, `font-size="18" font-weight="600"`),
    ...legend(names, colour, words),
    ...chart(compared, colour, words),
    ...(samples.length === 0 ? [] : [words(runText.atStep(compared.step), SAMPLES_X, TOP - 1)]),
    ...samples.map(({ prompt }, row) =>
      words(shortened(prompt, LONGEST.prompt), SAMPLES_X, TOP + row * (side + GAP) + side / 2, 'font-size="12"'),
    ),
    ...names.flatMap((_, index) => {
      const x = SAMPLES_X + PROMPT_WIDTH + index * (side + GAP);
      return samples.length === 0
        ? []
        : [`<rect x="${x}" y="${TOP - 5}" width="${side}" height="3" fill="${seriesColour(index, colour)}"/>`];
    }),
    ...table(compared, tableTop, colour, words),
  ];
  const looks = 'font-family="Inter, system-ui, sans-serif" font-size="13"';
  return {
    width: WIDTH,
    height,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ${looks}>${parts.join('')}</svg>`,
    samples: samples.flatMap(({ cells }, row) =>
      cells.flatMap((cell, index) =>
        cell === undefined
          ? []
          : [
              {
                file: cell.file,
                x: SAMPLES_X + PROMPT_WIDTH + index * (side + GAP),
                y: TOP + row * (side + GAP),
                side,
              },
            ],
      ),
    ),
  };
}

type Colour = (role: string) => string;
type Words = (text: string, x: number, y: number, looks?: string) => string;

const seriesColour = (index: number, colour: Colour): string =>
  colour(/--[\w-]+/.exec(lookOf(index).colour)?.[0] ?? '--text-1');

const stroke = (index: number, colour: Colour): string => `fill="none" stroke="${seriesColour(index, colour)}"`;

const dashedStroke = (index: number, colour: Colour): string =>
  `${stroke(index, colour)} stroke-dasharray="${lookOf(index).dash ?? 'none'}"`;

/** Room for a letter: how wide the words are, nobody knows before they are drawn. */
const LETTER = 8.5;

function legend(names: readonly string[], colour: Colour, words: Words): readonly string[] {
  let x = MARGIN + 220;
  return names.flatMap((name, index) => {
    const at = x;
    const shown = shortened(name, LONGEST.run);
    x += 56 + shown.length * LETTER;
    return [`<path d="M${at} 39h24" stroke-width="2.5" ${dashedStroke(index, colour)}/>`, words(shown, at + 32, 44)];
  });
}

function chart({ curves, seen, axis }: Compared, colour: Colour, words: Words): readonly string[] {
  const rows = overlayRows(curves, axis, OVERLAY_POINTS);
  if (rows.length === 0) return [words(comparisonText.noLoss, MARGIN, TOP + 20)];
  const shown = curves.flatMap((_, index) => (seen[index] === true ? [index] : []));
  const end = overlayEnd(curves, axis) || 1;
  const [low, high] = overlayRange(rows, shown);
  const xOf = (x: number): number => round(CHART.x + (x / end) * CHART.width);
  const yOf = (y: number): number => round(TOP + (1 - (clamp(y, low, high) - low) / (high - low)) * CHART.height);
  const lineOf = (index: number, kind: 'loss' | 'smooth'): string =>
    rows
      .flatMap((row) => {
        const value = row[kind][index];
        return value === undefined ? [] : [`${xOf(row.x)},${yOf(value)}`];
      })
      .join(' ');
  return [
    ...roundTicks(low, high).flatMap((tick) => [
      `<path d="M${CHART.x} ${yOf(tick)}h${CHART.width}" stroke="${colour('--grid-line')}"/>`,
      words(shortNumber(tick), CHART.x - 8, yOf(tick) + 4, 'text-anchor="end" font-size="11"'),
    ]),
    ...roundTicks(0, end, 5).map((tick) => {
      const text = axis === 'step' ? String(tick) : exactDuration(tick);
      return words(text, xOf(tick), TOP + CHART.height + 20, 'text-anchor="middle" font-size="11"');
    }),
    ...shown.map((index) => `<polyline points="${lineOf(index, 'loss')}" ${stroke(index, colour)} opacity="0.16"/>`),
    ...shown.map(
      (index) => `<polyline points="${lineOf(index, 'smooth')}" stroke-width="2" ${dashedStroke(index, colour)}/>`,
    ),
  ];
}

function table({ names, table: rows }: Compared, top: number, colour: Colour, words: Words): readonly string[] {
  const first = 360;
  const column = (WIDTH - 2 * MARGIN - first) / names.length;
  return [[comparisonText.setting, ...names], ...rows].flatMap((cells, row) => {
    const y = top + row * LINE;
    return [
      `<path d="M${MARGIN} ${y + 9}h${WIDTH - 2 * MARGIN}" stroke="${colour('--line')}"/>`,
      ...cells.map((cell, index) => {
        const looks = index === 0 ? '' : `text-anchor="end"${row === 0 ? '' : ' font-weight="600"'}`;
        return words(
          shortened(cell, index === 0 ? LONGEST.label : LONGEST.cell),
          index === 0 ? MARGIN : MARGIN + first + index * column,
          y,
          looks,
        );
      }),
    ];
  });
}

const round = (value: number): number => Math.round(value * 10) / 10;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

const shortened = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1).trimEnd()}…` : text;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
