/**
 * What the page asks for before anybody touched it, and the ways from there to a sample prompt and back.
 */
import { KNOBS } from '../../trainer/api/job/index.ts';
import { flagOf, type PromptLine } from '../../trainer/api/prompts/prompt-file.ts';
import { numberOf, type NumberKey } from '../../trainer/api/prompts/flags.ts';
import type { DrawingOrder, JobSettings, RunSummary } from '../../trainer/api/rpc/index.ts';

export type LoraChoice = DrawingOrder['loras'][number];

/** An order whose seed is chosen; the picture without LoRAs is asked for when it is needed. */
export type DrawingSettings = Omit<DrawingOrder, 'compare' | 'seed'> & { readonly seed: number };

const BUNDLED_MODEL = 'bundled:model';
export const FIRST_WEIGHT = 1;

interface Known {
  readonly table: JobSettings;
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** The first sample prompt of the job. */
  readonly line?: PromptLine | undefined;
  readonly seed: number;
}

/** The checkpoint of the job, of the last run, or the one that comes along; the LoRA that was saved last. */
export function firstSettings({ table, runs, line, seed }: Known): DrawingSettings {
  const last = runs.find(({ files }) => files.length > 0);
  const source = typeof table['pretrained_model_name_or_path'] === 'string' ? table : (last?.table ?? {});
  const file = last === undefined ? undefined : newestSave(last);
  const settings: DrawingSettings = {
    ...modelOf(source),
    loras: file === undefined ? [] : [{ file, weight: FIRST_WEIGHT }],
    prompt: '',
    negative: '',
    seed,
    steps: 20,
    cfg: 7.5,
    sampler: choice(source['sample_sampler'], KNOBS.sample_sampler),
    count: 1,
    engine: choice(source['engine'], KNOBS.engine),
  };
  return line === undefined ? settings : withLine(settings, line);
}

export const newestSave = ({ files }: RunSummary): string | undefined =>
  (files.find(({ final }) => final) ?? files.at(-1))?.path;

/** The model of a job or a run, and how it must be read. */
export function modelOf(table: JobSettings): Pick<DrawingSettings, 'model' | 'vae' | 'clipSkip' | 'vPrediction'> {
  const { pretrained_model_name_or_path: model, vae, clip_skip: clipSkip, v_parameterization: velocity } = table;
  return {
    model: typeof model === 'string' && model !== '' ? model : BUNDLED_MODEL,
    ...(typeof vae === 'string' && vae !== '' ? { vae } : {}),
    ...(typeof clipSkip === 'number' ? { clipSkip } : {}),
    ...(velocity === true ? { vPrediction: true } : {}),
  };
}

interface ChoiceKnob {
  readonly choices?: readonly string[] | undefined;
  readonly default?: unknown;
}

function choice(value: unknown, { choices = [], default: standard }: ChoiceKnob): string {
  return typeof value === 'string' && choices.includes(value) ? value : String(standard);
}

/** With the words, seed and numbers of a sample prompt; what it leaves out stays. */
export function withLine(settings: DrawingSettings, line: PromptLine): DrawingSettings {
  const number = <K extends string>(flag: string, key: NumberKey, name: K, least = 0): Partial<Record<K, number>> => {
    const value = numberOf(flagOf(line, flag), key);
    return value === undefined || value < least ? {} : ({ [name]: value } as Partial<Record<K, number>>);
  };
  const sampler = KNOBS.sample_sampler.schema.safeParse(flagOf(line, 'ss'));
  return {
    ...settings,
    prompt: line.prompt,
    negative: flagOf(line, 'n'),
    ...number('d', 'seed', 'seed'),
    ...number('s', 'sample_steps', 'steps', 1),
    ...number('l', 'scale', 'cfg'),
    ...number('w', 'width', 'width', 64),
    ...number('h', 'height', 'height', 64),
    ...(sampler.success ? { sampler: sampler.data } : {}),
  };
}

export function lineOfSettings(settings: DrawingSettings): PromptLine {
  const { prompt, negative, width, height, seed, steps, cfg, sampler } = settings;
  const values = { n: negative, w: width, h: height, d: seed, s: steps, l: cfg, ss: sampler };
  const flags = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value: String(value) }],
  );
  return { prompt, flags };
}
