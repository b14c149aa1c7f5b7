/** How runs are told apart in a comparison: by colour, by dash and by name, so that none of them alone must be seen. */
export interface SeriesLook {
  readonly colour: string;
  readonly dash?: string;
}

const LOOKS: readonly [SeriesLook, ...SeriesLook[]] = [
  { colour: 'var(--series-1)' },
  { colour: 'var(--series-2)', dash: '7 3' },
  { colour: 'var(--series-4)', dash: '2 3' },
  { colour: 'var(--series-3)', dash: '9 3 2 3' },
];

/** More curves than this are no picture any more. */
export const MOST_COMPARED = LOOKS.length;

export const lookOf = (index: number): SeriesLook => LOOKS[index % LOOKS.length] ?? LOOKS[0];
