/**
 * What the trainer says of a job as of a file, said of the fields of the window: settings by their labels, and what is
 * missing by how it is chosen here.
 */
import { isJobKey, JOB_KEYS, knobOf, type Knob } from '../../trainer/api/job/index.ts';
import type { ErrorReport } from '../../trainer/base/errors.ts';

export interface Said {
  readonly what: string;
  readonly fix: string;
}

export interface Reported extends Said {
  readonly code: string;
  /** Settings that it is about. */
  readonly keys?: readonly string[];
  readonly details?: ErrorReport['details'];
}

export interface Place {
  /** Fields of paths have a button that opens the desktop's dialog. */
  readonly hasDialogs: boolean;
  /** The small base model is there. */
  readonly hasModel: boolean;
}

export function inWindow({ code, keys, details, what, fix }: Reported, place: Place): Said {
  const key = keys?.[0] ?? details?.['key'];
  if (code === 'job/missing-key' && typeof key === 'string' && isJobKey(key))
    return emptyField(key, knobOf(key), place);
  return { what: labelled(what), fix: labelled(fix) };
}

function emptyField(key: string, { label, kind, picks }: Knob<unknown>, { hasDialogs, hasModel }: Place): Said {
  const what = `${label} is empty`;
  if (kind !== 'path') return { what, fix: 'Fill it in.' };
  const wanted = picks === 'file or folder' ? 'a file or a folder' : `a ${picks ?? 'file'}`;
  const way = hasDialogs
    ? `Choose ${wanted} with the button in the field`
    : `Type the path of ${wanted}: the field offers what each folder holds`;
  const isModel = key === 'pretrained_model_name_or_path';
  return {
    what,
    fix: isModel && hasModel ? `${way}, or type bundled:model for the small one of LoRA Loom.` : `${way}.`,
  };
}

/** "train_data_dir", not within a path; a name like "seed" only where it is given a value, as it is a word too. */
const NAME = /(?<![\w/\\.:-])("?)([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\1(?![\w/\\]|[.-]\w)/g;
const WORDS = JOB_KEYS.filter((key) => !key.includes('_'));
const WORD = new RegExp(`(?<![\\w/\\\\.:-])(${WORDS.join('|')})(?= = )`, 'g');

const labelled = (sentence: string): string =>
  sentence
    .replace(NAME, (found, _, key: string) => (isJobKey(key) ? quoted(key) : found))
    .replace(WORD, (found) => (isJobKey(found) ? quoted(found) : found))
    // A field is not removed.
    .replace(/\b([Rr])emove (“[^”]+”) = [^\s,.]+/g, (_, first: string, label: string) => `${first}eset ${label}`)
    .replace(/\b([Rr])emove (?=“)/g, (_, first: string) => (first === 'R' ? 'Clear ' : 'clear '));

const quoted = (key: Parameters<typeof knobOf>[0]): string => `“${knobOf(key).label}”`;

export const sentences = ({ what, fix }: Said): string => `${what}. ${fix}`;
