/**
 * Errors and findings as problems of a form: which settings they are about, and what a button can do about them.
 */
import { isJobKey, type Job, type JobKey } from '../api/job/index.ts';
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
    remedies: remediesOf(error, keys, table),
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

const setting = (label: string, set: JobSettings, unset: readonly string[] = []): Remedy => ({
  kind: 'settings',
  label,
  set,
  unset,
});

function remediesOf({ code, details }: ErrorReport, keys: readonly string[], table: JobSettings): readonly Remedy[] {
  const [key] = keys;
  const folder = table['train_data_dir'];
  switch (code) {
    case 'data/image-folder-given': {
      if (typeof folder !== 'string') return [];
      const parent = folder.replace(/[/\\]+$/, '').replace(/[/\\][^/\\]*$/, '');
      const isSubset = /^\d+_/.test(
        folder
          .replace(/[/\\]+$/, '')
          .split(/[/\\]/)
          .at(-1) ?? '',
      );
      return isSubset && parent !== '' ? [setting('Use the folder around it', { train_data_dir: parent })] : [];
    }
    case 'data/parent-folder-given':
      return [setting('Use the folders inside', {}, ['instance_prompt', 'num_repeats'])];
    case 'job/unknown-key':
    case 'job/not-supported':
      return key === undefined ? [] : [setting(`Remove ${key}`, {}, [key])];
    case 'job/wrong-type':
    case 'job/out-of-range':
      return key !== undefined && isJobKey(key) ? [setting('Back to the default', {}, [key])] : [];
    case 'data/bucket-step': {
      const multiple = details?.['multiple'];
      return typeof multiple === 'number' ? [setting(`Set it to ${multiple}`, { bucket_reso_steps: multiple })] : [];
    }
    default:
      return [];
  }
}

export function problemOfFinding(found: Finding, dataset: Dataset, job: Job): Problem {
  const { severity, code, path, sentence, fix, remedy } = found;
  return {
    severity,
    code,
    keys: Object.keys(remedy?.set ?? {}),
    what: sentence,
    where: path,
    fix,
    remedies: remediesOfFinding(found, dataset, job),
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

function remediesOfFinding({ code, path, remedy }: Finding, { images, subsets }: Dataset, job: Job): readonly Remedy[] {
  if (remedy !== undefined) return [setting(remedy.label, remedy.set)];
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
