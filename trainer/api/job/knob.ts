/**
 * What a setting is: its type, default, range, label and help, declared once. The terminal, the window's forms and the
 * docs all read the same declaration.
 */
import * as z from 'zod';

export const KNOB_GROUPS = [
  'Model',
  'Folders',
  'Class images',
  'Dataset',
  'Captions',
  'Buckets',
  'Network',
  'Learning rate',
  'Optimizer',
  'Training',
  'Noise and loss',
  'Autoencoder',
  'Saving',
  'Samples',
  'Metadata',
  'Engine',
] as const;

export type KnobGroup = (typeof KNOB_GROUPS)[number];

/** How a form shows it, and how the text of `--set key=value` is read. */
export type KnobKind = 'whole' | 'real' | 'flag' | 'text' | 'path' | 'choice' | 'size' | 'share' | 'arguments';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A number of optimizer steps, or a part (0 to below 1) of the whole run. */
export type StepShare = { readonly steps: number } | { readonly fraction: number };

/** A setting that takes the place of another, in any method or in one alone. */
export interface Replacement {
  readonly key: string;
  readonly method?: string;
}

export interface Knob<T> {
  readonly kind: KnobKind;
  readonly group: KnobGroup;
  /** As Kohya's GUI writes it, where it has the setting. */
  readonly label: string;
  readonly help: string;
  /** What it is when the job does not say; `undefined` where leaving it out has a meaning of its own (see `help`). */
  readonly default: T;
  readonly required: boolean;
  /** It need not be given where one of these settings takes its place. */
  readonly replacedBy?: readonly Replacement[];
  /** Completes "must be ...". */
  readonly expects: string;
  /** A value as a job file writes it. */
  readonly example: string;
  /** Turns what a file holds into what the trainer uses. */
  readonly schema: z.ZodType<T>;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** The knobs inside a list of `name=value`. */
  readonly inner?: Readonly<Record<string, Knob<unknown>>>;
  /** A form offers to pick it. */
  readonly picks?: 'file' | 'folder' | 'file or folder';
}

interface Words {
  readonly group: KnobGroup;
  readonly label: string;
  readonly help: string;
}

interface NumberSpec<D> extends Words {
  readonly min: number;
  readonly max?: number;
  readonly default: D;
  /** 0 means "off" and becomes `undefined`. */
  readonly zeroIsOff?: boolean;
}

/** A whole number. */
export function whole<D extends number | undefined>(spec: NumberSpec<D>): Knob<number | D> {
  return numeric('whole', 'a whole number', z.int(), String(spec.default ?? Math.max(1, spec.min)), spec);
}

/** A number that may have a fraction. */
export function real<D extends number | undefined>(spec: NumberSpec<D>): Knob<number | D> {
  const example = spec.default ?? Math.min(spec.max ?? 1, Math.max(0.1, spec.min));
  return numeric('real', 'a number', z.number(), String(example), spec);
}

function numeric<D extends number | undefined>(
  kind: 'whole' | 'real',
  noun: string,
  base: z.ZodType<number>,
  example: string,
  spec: NumberSpec<D>,
): Knob<number | D> {
  const { zeroIsOff = false, ...rest } = spec;
  const max = spec.max ?? Number.MAX_SAFE_INTEGER;
  const ranged = base.check(z.gte(spec.min), z.lte(max));
  const range = spec.max === undefined ? `of ${spec.min} or more` : `from ${spec.min} to ${spec.max}`;
  const schema = ranged.transform((value) => (zeroIsOff && value === 0 ? spec.default : value)) as z.ZodType<
    number | D
  >;
  return {
    ...rest,
    kind,
    example,
    required: false,
    expects: `${noun} ${range}${zeroIsOff ? ' (0 is off)' : ''}`,
    schema,
  };
}

/** True or false. */
export function flag<D extends boolean | undefined>(spec: Words & { readonly default: D }): Knob<boolean | D> {
  return { ...spec, kind: 'flag', required: false, expects: 'true or false', example: 'true', schema: z.boolean() };
}

/** One line of text or several; `undefined` as default means that it may be left out. */
export function text<D extends string | undefined>(spec: Words & { readonly default: D }): Knob<string | D> {
  return { ...spec, kind: 'text', required: false, expects: 'text', example: '"..."', schema: z.string() };
}

/** Text that must not be empty. */
export function separator<D extends string | undefined>(spec: Words & { readonly default: D }): Knob<string | D> {
  const schema = z.string().min(1);
  return { ...spec, kind: 'text', required: false, expects: 'text of at least one character', example: '","', schema };
}

/** Room for a step number, an ending and the mark of an unfinished file within the 255 bytes that file systems allow. */
const NAME_BYTES = 120;

/** The name of a file without folder and extension, one that every system can write. */
export function fileName(spec: Words & { readonly default: string }): Knob<string> {
  // Windows refuses these characters, a name that ends in a dot or a space, and the names of its devices.
  const schema = z
    .string()
    .regex(/^(?![. ])[^\p{Cc}<>:"/\\|?*]+(?<![. ])$/u)
    .regex(/^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))/iu)
    .refine((name) => new TextEncoder().encode(name).length <= NAME_BYTES);
  const expects =
    `a file name of 1 to ${NAME_BYTES} characters (fewer where they are not English) without / \\ : * ? " < > |, ` +
    'not starting or ending with a dot or space, and none that Windows keeps for itself (con, nul, ...)';
  return { ...spec, kind: 'text', required: false, expects, example: `"${spec.default}"`, schema };
}

type PathSpec<D> = Words & { readonly picks: 'file' | 'folder' | 'file or folder'; readonly default: D };

export function path<D extends string | undefined>(spec: PathSpec<D>): Knob<string | D> {
  return { ...spec, ...pathOf(spec.picks), required: false };
}

/** A path that must be given, unless another setting takes its place. */
export function replaceablePath(
  spec: Omit<PathSpec<undefined>, 'default'> & { readonly replacedBy: readonly Replacement[] },
): Knob<string | undefined> {
  return { ...spec, ...pathOf(spec.picks), default: undefined, required: true };
}

/** Whether the job gives a setting that takes this one's place. */
export const isReplaced = (
  { replacedBy = [] }: Pick<Knob<unknown>, 'replacedBy'>,
  method: unknown,
  given: { readonly has: (key: string) => boolean },
): boolean => replacedBy.some((other) => given.has(other.key) && (other.method ?? method) === method);

export function requiredPath(spec: Omit<PathSpec<string>, 'default'>): Knob<string> {
  return { ...spec, ...pathOf(spec.picks), default: '', required: true };
}

function pathOf(picks: string): Pick<Knob<string>, 'kind' | 'expects' | 'example' | 'schema'> {
  const schema = z.string().regex(/^[^\0]+$/);
  return { kind: 'path', expects: `the path of a ${picks}, as text`, example: '"path/to/it"', schema };
}

interface ChoiceSpec<C extends string, D> extends Words {
  readonly choices: readonly C[];
  /** Other spellings of a choice, in lower case or as they are written. */
  readonly spellings?: Readonly<Record<string, C>>;
  readonly default: D;
}

export function choice<const C extends string, D extends C | undefined>(spec: ChoiceSpec<C, D>): Knob<C | D> {
  const { spellings = {}, ...rest } = spec;
  const canonical = (value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    const known = [value, value.toLowerCase()].find((spelling) => Object.hasOwn(spellings, spelling));
    return known === undefined ? value : spellings[known];
  };
  return {
    ...rest,
    kind: 'choice',
    required: false,
    expects: `one of ${spec.choices.map((name) => `"${name}"`).join(', ')}`,
    example: `"${spec.default ?? spec.choices[0]}"`,
    schema: z.preprocess(canonical, z.enum(spec.choices)),
  };
}

/** One of a few whole numbers. */
export function numberChoice<const C extends number>(
  spec: Words & { readonly choices: readonly C[]; readonly default: C },
): Knob<C> {
  const choices = spec.choices.map(String);
  const schema = z.literal(spec.choices as readonly [C, ...C[]]);
  const expects = `one of ${choices.join(', ')}`;
  return { ...spec, choices, kind: 'choice', required: false, expects, example: String(spec.default), schema };
}

const side = z.int().gte(64).lte(8192);

/** `512`, `"512"`, `"512,768"` (width, height) or `[512, 768]`. */
export const size = (spec: Words & { readonly default: Size }): Knob<Size> => sizeKnob(spec);

/** A size that may be left out. */
export const optionalSize = (spec: Words & { readonly default: undefined }): Knob<Size | undefined> => sizeKnob(spec);

function sizeKnob<D extends Size | undefined>(spec: Words & { readonly default: D }): Knob<Size | D> {
  const schema = z.preprocess(
    sidesOf,
    z.tuple([side, side]).transform(([width, height]): Size => ({ width, height })),
  );
  const expects = 'one side or "width,height" in pixels, each a whole number from 64 to 8192';
  return { ...spec, kind: 'size', required: false, expects, example: '"512,512"', schema };
}

function sidesOf(value: unknown): unknown {
  if (typeof value === 'number') return [value, value];
  if (Array.isArray(value) && value.length === 1) return [value[0], value[0]];
  if (typeof value !== 'string' || !/^\s*\d{1,6}\s*([,x]\s*\d{1,6}\s*)?$/.test(value)) return value;
  const sides = value.split(/[,x]/).map(Number);
  return [sides[0], sides[1] ?? sides[0]];
}

/** `100` (steps), `0.1` or `"10%"` (a part of the whole run); the whole of it is `"100%"`, as `1` is one step. */
export function stepShare(spec: Words & { readonly default: StepShare }): Knob<StepShare> {
  const schema = z.preprocess(
    amountOf,
    z
      .object({ amount: z.number().gte(0), isPart: z.boolean() })
      .refine(({ amount, isPart }) => (isPart ? amount <= 1 : Number.isSafeInteger(amount)))
      .transform(({ amount, isPart }): StepShare => (isPart && amount > 0 ? { fraction: amount } : { steps: amount })),
  );
  const expects = 'a whole number of steps, or a part of the run such as 0.1 or "10%"';
  return { ...spec, kind: 'share', required: false, expects, example: '100', schema };
}

function amountOf(value: unknown): unknown {
  const percent = typeof value === 'string' ? /^\s*(\d{1,6}(?:\.\d{1,6})?)\s*%\s*$/.exec(value) : null;
  if (percent !== null) return { amount: Number(percent[1]) / 100, isPart: true };
  return { amount: value, isPart: typeof value === 'number' && value > 0 && value < 1 };
}

/** As a job file has it. */
export const writtenShare = (share: StepShare): number | string =>
  'steps' in share ? share.steps : share.fraction === 1 ? WHOLE_RUN : share.fraction;

export const WHOLE_RUN = '100%';

/** A learning rate for a part; a list's first value counts, as sd-scripts' networks.lora has it. */
export function rateOrList(spec: Words): Knob<number | undefined> {
  const single = real({ ...spec, min: 0, max: 10, default: undefined });
  const schema = z.preprocess((value) => (Array.isArray(value) && value.length > 0 ? value[0] : value), single.schema);
  return { ...single, schema };
}

/** Two numbers from 0 to below 1: `(0.9, 0.999)`, `"0.9,0.999"` or `[0.9, 0.999]`. */
export function betas(spec: Words): Knob<readonly [number, number] | undefined> {
  const beta = z.number().gte(0).lt(1);
  const schema = z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .replace(/^\s*[([]|[)\]]\s*$/g, '')
            .split(',')
            .map((piece) => (piece.trim() === '' ? Number.NaN : Number(piece)))
        : value,
    z.tuple([beta, beta]),
  );
  const expects = 'two numbers, each from 0 to below 1, such as 0.9,0.999';
  return { ...spec, kind: 'text', required: false, default: undefined, expects, example: '"0.9,0.999"', schema };
}

type Knobs = Readonly<Record<string, Knob<unknown>>>;

/** What a table of knobs yields when it is read. */
export type ValuesOf<K extends Knobs> = { readonly [Name in keyof K]: K[Name] extends Knob<infer T> ? T : never };
