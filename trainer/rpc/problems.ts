/**
 * Errors and findings as problems of a form: which settings they are about, and what a button can do about them.
 */
import { mendsOf, type Job, type JobKey } from '../api/job/index.ts';
import type { JobSettings, Problem, Remedy } from '../api/rpc/index.ts';
import type { WarningEvent } from '../api/events.ts';
import type { ErrorReport } from '../base/errors.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Finding } from '../data/findings.ts';
import { pathsIn } from './job-table.ts';

export function problemOfError(error: ErrorReport, table: JobSettings): Problem {
  const { code, what, where, fix } = error;
  const keys = keysOf(error, table);
  return {
    severity: 'error',
    code,
    keys,
    what,
    ...(where === undefined ? {} : { where }),
    fix,
    remedies: mendsOf(error, table).map((change) => ({ kind: 'settings', ...change })),
  };
}

export const problemOfWarning = ({ what, where, fix }: WarningEvent, table: JobSettings): Problem => ({
  severity: 'warning',
  code: 'run/warning',
  keys: where === undefined ? [] : keysOfPath(where, table),
  what,
  ...(where === undefined ? {} : { where }),
  fix: fix ?? '',
  remedies: [],
});

/** Settings by the area of a code, where nothing else tells. */
const KEY_OF_AREA: Readonly<Record<string, JobKey>> = {
  checkpoint: 'pretrained_model_name_or_path',
  data: 'train_data_dir',
  images: 'train_data_dir',
  lora: 'network_weights',
  optimizer: 'optimizer_args',
  prompts: 'sample_prompts',
  safetensors: 'pretrained_model_name_or_path',
};
const KEY_OF_CODE: Readonly<Record<string, JobKey>> = {
  'data/bucket-step': 'bucket_reso_steps',
  'data/resolution': 'resolution',
  'run/exists': 'output_name',
  'run/clip-skip': 'clip_skip',
  'run/timesteps': 'max_timestep',
  'run/prediction': 'v_parameterization',
};

function keysOf({ code, where, details }: ErrorReport, table: JobSettings): readonly string[] {
  const named = details?.['keys'] ?? details?.['key'];
  if (Array.isArray(named)) return named.filter((key) => typeof key === 'string');
  if (typeof named === 'string') return [named.split('.')[0] ?? named];
  const byPath = where === undefined ? [] : keysOfPath(where, table);
  if (KEY_OF_CODE[code] === undefined && byPath.length > 0) return byPath;
  const key = KEY_OF_CODE[code] ?? KEY_OF_AREA[code.split('/')[0] ?? ''];
  return key === undefined ? [] : [key];
}

const keysOfPath = (where: string, table: JobSettings): readonly string[] =>
  pathsIn(table)
    .filter(([, path]) => where.startsWith(path))
    .map(([key]) => key);

export function problemOfFinding(found: Finding, dataset: Dataset, job: Job): Problem {
  const { severity, code, path, sentence, fix, remedy } = found;
  // What is said of one picture stands with the picture: beside a field there could be hundreds.
  const isOfFolder = dataset.subsets.some(({ folder }) => folder === path);
  return {
    severity,
    code,
    keys: isOfFolder ? Object.keys(remedy?.set ?? {}) : [],
    what: sentence,
    where: path,
    fix,
    remedies: [
      ...(remedy === undefined ? [] : [{ kind: 'settings' as const, ...remedy, unset: [] }]),
      ...fileRemedies(found, dataset, job),
    ],
  };
}

const LEAVE_OUT: readonly string[] = [
  'images/blurred',
  'images/duplicate',
  'images/too-small',
  'images/truncated',
  'images/not-a-picture',
  'images/unsupported',
  'images/empty',
  'images/too-large',
  'images/enlarged',
];

function fileRemedies({ code, path }: Finding, { images, subsets }: Dataset, job: Job): readonly Remedy[] {
  if (code === 'folders/from-name') {
    const subset = subsets.findIndex(({ folder }) => folder === path);
    const bare = images
      .filter((image) => image.subset === subset && image.captionFrom !== 'file')
      .map((one) => one.path);
    const text = subsets[subset]?.classTokens ?? '';
    if (text === '' || bare.length === 0) return [];
    const extension = job.caption_extension;
    return [{ kind: 'files', label: `Caption as "${text}"`, fix: { kind: 'caption', images: bare, text, extension } }];
  }
  if (LEAVE_OUT.includes(code)) {
    return [{ kind: 'files', label: 'Leave it out', fix: { kind: 'leave-out', images: [path] } }];
  }
  return [];
}
