/** Words of the Train page. */
import { epochSum } from './plan.ts';
import { plural } from './amounts.ts';
import type { StepPlanShape } from '../../trainer/api/rpc/index.ts';

export const trainText = {
  title: 'Train',
  simple: 'Simple',
  expert: 'Expert',
  view: 'View',
  filter: 'Filter fields, try “alpha”',
  filterLabel: 'Filter fields',
  changed: (count: number): string => `${count} changed`,
  onlyChanged: 'Show changed fields only',
  nothingFits: 'No field fits that.',
  clearFilter: 'Show all fields',
  inExpert: (count: number): string =>
    count === 1 ? '1 more field fits in the expert view' : `${count} more fields fit in the expert view`,
  toExpert: 'Switch to expert',
  start: 'Start',
  startKeys: 'Ctrl Enter',
  cannotStart: (count: number): string =>
    count === 1 ? 'One error stands in the problems bar.' : `${count} errors stand in the problems bar.`,
  images: (count: number): string => plural(count, 'image'),
  detected: (title: string): string => `${title}, detected`,
} as const;

export const firstStart = {
  title: 'Teach a small model this cat',
  body: (steps: number, pictures: number | undefined): string =>
    `Start shows the bundled model ${pictures === undefined ? 'some pictures' : plural(pictures, 'picture')} for ${plural(steps, 'step')}. Then “a sks cat” should draw this cat. Nothing is downloaded, none of your files change.`,
  sample: 'Sample dataset',
  facts: (pictures: number | undefined, caption: string | undefined): string =>
    [
      ...(pictures === undefined ? [] : [plural(pictures, 'picture')]),
      ...(caption === undefined ? [] : [`captioned “${caption}”`]),
    ].join(', '),
  sum: (steps: StepPlanShape): string =>
    `${epochSum(steps)
      .map(({ text }) => text)
      .join('')}, ${plural(steps.totalSteps, 'step')}`,
  after: (steps: number): string => `After ${plural(steps, 'step')}`,
  appears: 'appears here, and on the way there',
  promise: 'your cat',
  seeSettings: 'See the settings',
  own: 'Or use your own',
  pictures: { title: 'My pictures', detail: 'A folder with 5 to 30 of them' },
  model: { title: 'Another base model', detail: 'SD 1.5, SD 2.1 or SDXL' },
  kohya: { title: 'A Kohya config', detail: 'A .json or .toml, with a report of what was read' },
} as const;
