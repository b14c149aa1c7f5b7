/**
 * The file of sample prompts: what is drawn while a model trains.
 *
 * Format (sd-scripts `load_prompts`): `.txt`, one prompt a line, `#` begins a comment, settings after the prompt as
 * flags (` --w 768`); `.toml`, a table `prompt` of settings for all and a list `prompt.subset` of prompts; `.json`, a
 * list of such lines or of objects. Unlike sd-scripts, a flag that nobody knows and a value that makes no sense are
 * errors, not silence.
 */
import { parse as parseToml, TomlError } from 'smol-toml';
import {
  DRAWING_FLAGS,
  isFlagName,
  KEY_OF_FLAG,
  MOST_STEPS,
  NUMBER_RULES,
  numberOf,
  PROMPT_DEFAULTS,
  type NumberKey,
} from '../api/prompts/flags.ts';
import { splitPromptLine } from '../api/prompts/prompt-file.ts';
import { UserError } from '../base/errors.ts';
import { excerpt } from '../base/excerpt.ts';
import { nearestNames } from '../base/nearest-name.ts';
import { CELL } from '../formats/configs.ts';
import type { SamplerName } from './samplers/index.ts';
import { SAMPLER_NAMES, samplerNamed } from './samplers/index.ts';

export interface SamplePrompt {
  readonly prompt: string;
  readonly negativePrompt: string;
  /** Pixels, multiples of 8, 64 or more. */
  readonly width: number;
  readonly height: number;
  /** Missing: another picture each time. */
  readonly seed?: number;
  readonly steps: number;
  /** Classifier-free guidance; 1 is none. */
  readonly scale: number;
  readonly sampler: SamplerName;
}

const SMALLEST_SIDE = 64;

const USED_KEYS: readonly string[] = ['prompt', ...DRAWING_FLAGS.map((flag) => KEY_OF_FLAG[flag])];
/** A prompt's settings as written, and where. */
interface Entry {
  readonly place: string;
  readonly settings: ReadonlyMap<string, unknown>;
}

/**
 * @param text     the file's content
 * @param file     its name: the ending decides the format
 * @param sampler  for prompts that name none (`sample_sampler`)
 * @throws {UserError} of the first thing that is wrong, with its line or number
 */
export function readSamplePrompts(text: string, file: string, sampler: SamplerName): readonly SamplePrompt[] {
  const entries = entriesOf(text.replace(/^\ufeff/u, ''), file);
  if (entries.length === 0) {
    throw new UserError({
      code: 'prompts/empty',
      what: 'The file of sample prompts has no prompt',
      where: file,
      fix: 'Write one prompt a line; lines that begin with # are comments.',
    });
  }
  return entries.map((entry) => resolve(entry, sampler));
}

function entriesOf(text: string, file: string): readonly Entry[] {
  switch (/\.[^.]*$/u.exec(file)?.[0].toLowerCase()) {
    case '.txt':
      return text
        .split(/\r\n|\n|\r/u)
        .map((line, i) => ({ line: line.trim(), place: `${file}, line ${i + 1}` }))
        .filter(({ line }) => line !== '' && !line.startsWith('#'))
        .map(({ line, place }) => lineEntry(line, place));
    case '.toml':
      return tomlEntries(text, file);
    case '.json':
      return jsonEntries(text, file);
    case undefined:
    default:
      throw new UserError({
        code: 'prompts/file-type',
        what: 'The file of sample prompts must end in .txt, .toml or .json',
        where: file,
        fix: 'Rename it: a list of prompts, one a line, is .txt.',
      });
  }
}

function lineEntry(line: string, place: string): Entry {
  const { prompt, flags } = splitPromptLine(line);
  const settings = new Map<string, unknown>([['prompt', prompt]]);
  for (const { name: written, value } of flags) {
    const name = written.toLowerCase();
    if (!isFlagName(name))
      throw unknownSetting(
        `--${written}`,
        Object.keys(KEY_OF_FLAG).map((known) => `--${known}`),
        place,
      );
    settings.set(KEY_OF_FLAG[name], value);
  }
  return { place, settings };
}

function tomlEntries(text: string, file: string): readonly Entry[] {
  const { prompt } = parsed(file, 'TOML', () => parseToml(text)) as { prompt?: unknown };
  if (!isTable(prompt) || !Array.isArray(prompt['subset'])) {
    throw syntaxError('The file needs a table [prompt] and a [[prompt.subset]] for each prompt', file, 'TOML');
  }
  const { subset, ...shared } = prompt;
  return (subset as unknown[]).map((own, i) => tableEntry(own, shared, `${file}, subset ${i + 1}`, 'TOML'));
}

function jsonEntries(text: string, file: string): readonly Entry[] {
  const list = parsed(file, 'JSON', () => JSON.parse(text) as unknown);
  if (!Array.isArray(list)) throw syntaxError('The file must hold a list of prompts', file, 'JSON');
  return list.map((item: unknown, i) => {
    const place = `${file}, prompt ${i + 1}`;
    return typeof item === 'string' ? lineEntry(item.trim(), place) : tableEntry(item, {}, place, 'JSON');
  });
}

function tableEntry(own: unknown, shared: Readonly<Record<string, unknown>>, place: string, format: string): Entry {
  if (!isTable(own)) throw syntaxError('A prompt must be a table of settings', place, format);
  const known: readonly string[] = Object.values(KEY_OF_FLAG);
  const settings = new Map(Object.entries({ ...shared, ...own }));
  for (const key of settings.keys()) {
    if (key !== 'prompt' && !known.includes(key)) throw unknownSetting(key, ['prompt', ...known], place);
  }
  return { place, settings };
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(file: string, format: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    const line = error instanceof TomlError ? `, line ${error.line}` : '';
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw syntaxError(`The file is not valid ${format}: ${reason}`, `${file}${line}`, format);
  }
}

/** Checks the values and fills in what is left out. */
function resolve({ place, settings }: Entry, sampler: SamplerName): SamplePrompt {
  refuseControlNet(settings, place);
  const number = (key: NumberKey, fallback: number): number =>
    settings.has(key) ? numberIn(settings.get(key), key, place) : fallback;
  const seed = number('seed', -1);
  return {
    prompt: textIn(settings, 'prompt', place),
    negativePrompt: textIn(settings, 'negative_prompt', place),
    width: toCells(number('width', PROMPT_DEFAULTS.width)),
    height: toCells(number('height', PROMPT_DEFAULTS.height)),
    ...(seed === -1 ? {} : { seed }),
    steps: Math.min(Math.max(number('sample_steps', PROMPT_DEFAULTS.sample_steps), 1), MOST_STEPS),
    scale: number('scale', PROMPT_DEFAULTS.scale),
    sampler: settings.has('sample_sampler') ? samplerIn(settings.get('sample_sampler'), place) : sampler,
  };
}

const toCells = (side: number): number => Math.max(SMALLEST_SIDE, side - (side % CELL));

function numberIn(value: unknown, key: NumberKey, place: string): number {
  const { accepts, expects } = NUMBER_RULES[key];
  const number = typeof value === 'string' ? numberOf(value, key) : typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && accepts(number)) return number;
  throw valueError(key, value, expects, place);
}

function textIn(settings: ReadonlyMap<string, unknown>, key: string, place: string): string {
  const value = settings.get(key) ?? '';
  if (typeof value === 'string') return value;
  throw valueError(key, value, 'text', place);
}

function samplerIn(value: unknown, place: string): SamplerName {
  const name = typeof value === 'string' ? samplerNamed(value) : undefined;
  if (name !== undefined) return name;
  throw valueError('sample_sampler', value, `one of ${SAMPLER_NAMES.join(', ')}`, place);
}

function refuseControlNet(settings: ReadonlyMap<string, unknown>, place: string): void {
  if (!settings.has('controlnet_image')) return;
  throw new UserError({
    code: 'prompts/not-supported',
    what: 'A sample prompt asks for a ControlNet picture, which LoRA Loom cannot draw',
    where: place,
    fix: 'Remove --cn (controlnet_image) from the prompt.',
  });
}

function valueError(key: string, value: unknown, expects: string, place: string): UserError {
  const flag = Object.entries(KEY_OF_FLAG).find(([, known]) => known === key)?.[0];
  const shown =
    typeof value === 'string' ? `"${excerpt(value, 60)}"` : excerpt(JSON.stringify(value) ?? String(value), 60);
  return new UserError({
    code: 'prompts/value',
    what: `${flag === undefined ? key : `--${flag} (${key})`} must be ${expects}, not ${shown}`,
    where: place,
    fix: 'Correct the value, or remove the setting to get its default.',
    details: { key, expected: expects },
  });
}

function unknownSetting(name: string, known: readonly string[], place: string): UserError {
  const nearest = nearestNames(name, known);
  const used = known.filter((each) => USED_KEYS.includes(keyNamed(each)));
  return new UserError({
    code: 'prompts/unknown-setting',
    what: `A sample prompt has the setting "${excerpt(name, 40)}", which does not exist`,
    where: place,
    fix: nearest[0] === undefined ? `The settings are ${used.join(', ')}.` : `Did you mean ${nearest[0]}?`,
    details: { nearest },
  });
}

/** `--w` and `width` name the same. */
function keyNamed(each: string): string {
  const flag = each.slice(2);
  return isFlagName(flag) ? KEY_OF_FLAG[flag] : each;
}

const syntaxError = (what: string, place: string, format: string): UserError =>
  new UserError({
    code: 'prompts/syntax',
    what,
    where: place,
    fix: `Correct the ${format}, or use a .txt file with one prompt a line.`,
  });
