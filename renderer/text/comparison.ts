/** Words of the comparison of runs. */
import { exactDuration, loss as lossText } from './amounts.ts';

export const comparisonText = {
  compare: (count: number): string => (count < 2 ? 'Compare' : `Compare ${count} runs`),
  chooseTwo: 'Choose two runs or more',
  atMost: (count: number): string => `At most ${count} runs are compared`,
  select: (name: string): string => `Select ${name}`,
  compared: (count: number): string => `${count} runs compared`,
  exportPicture: 'Export picture',
  fileName: 'runs-compared.png',
  noPicture: { what: 'The picture could not be made', fix: 'Look whether the samples are still there, and try again.' },
  close: 'Close the comparison',
  loading: 'Reading the runs',
  runs: 'Runs in the chart',
  lossTitle: 'Loss, smoothed',
  axis: 'Axis of the curves',
  by: { step: 'By step', elapsed: 'By time' },
  at: { step: (x: number): string => `Step ${x}`, elapsed: (x: number): string => exactDuration(x) },
  noLoss: 'None of these runs took a step.',
  curves: (curves: readonly { readonly name: string; readonly from?: number; readonly to?: number }[]): string =>
    `Smoothed loss: ${curves
      .map(({ name, from, to }) =>
        from === undefined || to === undefined
          ? `${name} without a step`
          : `${name} from ${lossText(from)} to ${lossText(to)}`,
      )
      .join('; ')}`,
  samples: 'Samples',
  sampleStep: 'Step of the samples',
  nearest: 'the nearest of each run',
  noSamples: 'None of these runs drew samples.',
  notDrawn: 'not drawn',
  sample: (run: string, prompt: string, step: number): string => `${run}, ${prompt}, step ${step}`,
  prompt: 'Prompt',
  differs: (count: number, all: number): string => `What differs, ${count} of ${all} settings`,
  same: 'Every setting is the same.',
  setting: 'Setting',
  notSet: 'not set',
  finalLoss: 'Final loss',
  time: 'Time',
  fileSize: 'File size',
} as const;
