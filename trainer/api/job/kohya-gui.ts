/**
 * The JSON of Kohya's GUI in the words of sd-scripts: other names, percentages, the LoRA's type, zeros that mean "unset".
 *
 * Source: kohya_ss, `class_*.py`, `lora_gui.py` (how its fields become sd-scripts' options), read in November 2026.
 */

/** A setting of the GUI as sd-scripts would get it. */
export interface GuiSetting {
  /** The GUI's name. */
  readonly from: string;
  readonly found: unknown;
  /** sd-scripts' name. */
  readonly key: string;
  readonly value: unknown;
  /** Why the value is another than the GUI's, where it means another thing. */
  readonly why?: string;
}

export interface GuiLeftOut {
  readonly from: string;
  readonly found: unknown;
  readonly why: string;
}

export interface GuiReading {
  readonly settings: readonly GuiSetting[];
  readonly leftOut: readonly GuiLeftOut[];
  /** The sample prompts themselves, where it is not a file that is named. */
  readonly prompts?: string;
}

type Table = Readonly<Record<string, unknown>>;

/** Same meaning, other name. */
export const RENAMED: Readonly<Record<string, string>> = {
  max_resolution: 'resolution',
  optimizer: 'optimizer_type',
  sdxl_cache_text_encoder_outputs: 'cache_text_encoder_outputs',
  sdxl_no_half_vae: 'no_half_vae',
};

/** Read together with others, below. */
const TOGETHER: readonly string[] = [
  'LoRA_type',
  'conv_alpha',
  'conv_dim',
  'epoch',
  'lr_warmup',
  'lr_warmup_steps',
  'max_train_epochs',
  'max_train_steps',
  'module_dropout',
  'noise_offset_type',
  'rank_dropout',
  'sample_every_n_epochs',
  'sample_every_n_steps',
  'sample_prompts',
  'text_encoder_lr',
  'unet_lr',
];

const OTHER_FAMILY = 'it belongs to another family of models';
const LYCORIS = 'it belongs to another type of network than LoRA and LoCon';
const ONLY_GUI = 'it steers the GUI alone';

/** Fields of the GUI without a counterpart, each with the reason. */
const WITHOUT: Readonly<Record<string, string>> = {
  LyCORIS_preset: LYCORIS,
  block_size: LYCORIS,
  bypass_mode: LYCORIS,
  constrain: LYCORIS,
  decompose_both: LYCORIS,
  extra_accelerate_launch_args: ONLY_GUI,
  factor: LYCORIS,
  flux1_checkbox: OTHER_FAMILY,
  ggpo_beta: OTHER_FAMILY,
  ggpo_sigma: OTHER_FAMILY,
  gpu_ids: 'the setting "engine" says what computes',
  main_process_port: ONLY_GUI,
  model_list: ONLY_GUI,
  multi_gpu: 'one device trains at a time',
  num_machines: 'one device trains at a time',
  num_processes: 'one device trains at a time',
  rank_dropout_scale: LYCORIS,
  rescaled: LYCORIS,
  sd3_checkbox: OTHER_FAMILY,
  stop_text_encoder_training: "Kohya's GUI does not use it for a LoRA either",
  t5xxl_lr: OTHER_FAMILY,
  train_lora_ggpo: OTHER_FAMILY,
  train_norm: LYCORIS,
  train_on_input: LYCORIS,
  unit: LYCORIS,
  use_cp: LYCORIS,
  use_scalar: LYCORIS,
  use_tucker: LYCORIS,
};

/** What the GUI fills in by itself in fields that nobody touched. */
const UNTOUCHED: Readonly<Record<string, readonly unknown[]>> = {
  LyCORIS_preset: ['full'],
  block_size: [1],
  factor: [-1],
  ggpo_beta: [0.01],
  ggpo_sigma: [0.03],
  model_list: ['custom'],
  num_machines: [1],
  num_processes: [1],
  train_on_input: [true],
  unit: [1],
};

/** The GUI drops every zero, and sd-scripts then takes its own default; here a zero is a zero. */
const DROPPED_ZEROS: Readonly<Record<string, string>> = {
  max_grad_norm: '1 (gradients are clipped)',
  multires_noise_discount: '0.3',
  prior_loss_weight: '1',
};

export const isUnset = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || value === false || value === 0 || value === 'None';

export function readGui(table: Table): GuiReading {
  const settings: GuiSetting[] = [];
  const leftOut: GuiLeftOut[] = [];
  for (const [from, found] of Object.entries(table)) {
    if (TOGETHER.includes(from)) continue;
    const key = RENAMED[from] ?? from;
    if (found === 0 && DROPPED_ZEROS[from] !== undefined) {
      const why = `Kohya's GUI drops a zero and trains with ${DROPPED_ZEROS[from]}; here it is 0`;
      settings.push({ from, found, key, value: 0, why });
    } else if (Object.hasOwn(WITHOUT, from)) {
      const untouched = isUnset(found) || (UNTOUCHED[from] ?? []).includes(found);
      if (!untouched) leftOut.push({ from, found, why: WITHOUT[from] ?? '' });
    } else if (from === 'caption_extension' && found === '') {
      settings.push({ from, found, key, value: '.caption', why: 'sd-scripts takes .caption where nothing is set' });
    } else if (!isUnset(found)) settings.push({ from, found, key, value: fromText(found) });
  }
  const drawn = samples(table);
  const rest = [warmup(table), duration(table), rates(table), network(table), noise(table), drawn];
  const extra = additionalParameters(table);
  return {
    settings: [
      ...settings.filter(({ key }) => key !== 'additional_parameters'),
      ...rest.flatMap((one) => one.settings),
      ...extra,
    ],
    leftOut: [...leftOut, ...rest.flatMap((one) => one.leftOut)],
    ...(drawn.prompts === undefined ? {} : { prompts: drawn.prompts }),
  };
}

/** Old versions of the GUI saved numbers as text. */
const fromText = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value.trim()) ? Number(value) : value;

const numberAt = (table: Table, key: string): number => {
  const value = fromText(table[key]);
  return typeof value === 'number' ? value : 0;
};

const reading = (settings: readonly GuiSetting[], leftOut: readonly GuiLeftOut[] = []): GuiReading => ({
  settings,
  leftOut,
});

/** A number of steps wins over the percentage. */
function warmup(table: Table): GuiReading {
  const [steps, percent] = [numberAt(table, 'lr_warmup_steps'), numberAt(table, 'lr_warmup')];
  const constant = table['lr_scheduler'] === 'constant';
  if (constant || (steps === 0 && percent === 0)) return reading([]);
  const key = 'lr_warmup_steps';
  if (steps > 0) return reading([{ from: key, found: steps, key, value: steps }]);
  const why = 'a percentage there is a part of the run here';
  return reading([
    { from: 'lr_warmup', found: percent, key, value: percent < 100 ? percent / 100 : `${percent}%`, why },
  ]);
}

/** Epochs win over steps; `epoch` counts where neither is given. */
function duration(table: Table): GuiReading {
  const [epochs, steps, epoch] = ['max_train_epochs', 'max_train_steps', 'epoch'].map((key) => numberAt(table, key));
  if (epochs) {
    const unused = steps ? [{ from: 'max_train_steps', found: steps, why: 'max_train_epochs wins' }] : [];
    return reading([{ from: 'max_train_epochs', found: epochs, key: 'max_train_epochs', value: epochs }], unused);
  }
  if (steps) return reading([{ from: 'max_train_steps', found: steps, key: 'max_train_steps', value: steps }]);
  if (!epoch) return reading([]);
  const why = 'without steps, the GUI counts them from the folders and these epochs';
  return reading([{ from: 'epoch', found: epoch, key: 'max_train_epochs', value: epoch, why }]);
}

/** A rate of zero trains only the other part. */
function rates(table: Table): GuiReading {
  if (table['text_encoder_lr'] === undefined && table['unet_lr'] === undefined) return reading([]);
  const text = fromText(table['text_encoder_lr']);
  const textRate = Array.isArray(text) ? Number(text[0] ?? 0) : typeof text === 'number' ? text : 0;
  const unetRate = numberAt(table, 'unet_lr');
  const rate = (key: string, value: number): GuiSetting[] =>
    value === 0 ? [] : [{ from: key, found: value, key, value }];
  const only = (key: string, from: string, why: string): GuiSetting => ({ from, found: 0, key, value: true, why });
  const switches =
    textRate === 0 && unetRate > 0
      ? [
          only(
            'network_train_unet_only',
            'text_encoder_lr',
            'a rate of 0 there means that the text encoder is not trained',
          ),
        ]
      : unetRate === 0 && textRate > 0
        ? [only('network_train_text_encoder_only', 'unet_lr', 'a rate of 0 there means that the UNet is not trained')]
        : [];
  return reading([...rate('text_encoder_lr', textRate), ...rate('unet_lr', unetRate), ...switches]);
}

/** network_args of the types that there are here. */
function network(table: Table): GuiReading {
  const type = table['LoRA_type'] ?? 'Standard';
  const isLocon = type === 'Kohya LoCon' || type === 'LyCORIS/LoCon' || type === 'LoCon';
  const names = [...(isLocon ? ['conv_dim', 'conv_alpha'] : []), 'rank_dropout', 'module_dropout'];
  const args = names.flatMap((name) => (numberAt(table, name) === 0 ? [] : [`${name}=${numberAt(table, name)}`]));
  const settings: GuiSetting[] =
    args.length === 0 ? [] : [{ from: names.join(', '), found: args.join(' '), key: 'network_args', value: args }];
  if (type === 'Standard' || type === 'Kohya LoCon') return reading(settings);
  const why = isLocon
    ? "LyCORIS' LoCon is trained as Kohya's LoCon, which is the same network without its extras"
    : 'LoRA Loom has LoRA and LoCon; a plain LoRA is trained instead';
  const changed = { from: 'LoRA_type', found: type, key: 'network_module', value: 'networks.lora', why };
  return reading([changed, ...settings]);
}

const NOISE_OF = {
  Original: ['multires_noise_iterations', 'multires_noise_discount'],
  Multires: ['noise_offset', 'adaptive_noise_scale', 'noise_offset_random_strength'],
} as const;

/** The GUI sends the settings of the chosen kind of noise only. */
function noise(table: Table): GuiReading {
  const type = table['noise_offset_type'] === 'Multires' ? 'Multires' : 'Original';
  const unsent: readonly string[] = NOISE_OF[type];
  const leftOut = unsent
    .filter((from) => !isUnset(table[from]) && !(from === 'multires_noise_discount' && table[from] === 0.3))
    .map((from) => ({ from, found: table[from], why: `noise_offset_type is ${type}, so the GUI does not send it` }));
  return reading([], leftOut);
}

/** Whether the GUI sends a setting of noise at all. */
export const isSent = (from: string, table: Table): boolean => {
  const type = table['noise_offset_type'] === 'Multires' ? 'Multires' : 'Original';
  return !(NOISE_OF[type] as readonly string[]).includes(from);
};

/** The GUI has the prompts themselves, and draws nothing where there are none. */
function samples(table: Table): GuiReading {
  const prompts = typeof table['sample_prompts'] === 'string' ? table['sample_prompts'].trim() : '';
  const often = ['sample_every_n_steps', 'sample_every_n_epochs'].filter((key) => !isUnset(table[key]));
  if (prompts === '') {
    return reading(
      [],
      often.map((from) => ({
        from,
        found: table[from],
        why: 'there are no prompts, so the GUI draws no samples either',
      })),
    );
  }
  const settings = often.map((from) => ({ from, found: table[from], key: from, value: fromText(table[from]) }));
  if (!/^[^\n]+\.(txt|toml|json)$/i.test(prompts)) return { ...reading(settings), prompts };
  return reading([...settings, { from: 'sample_prompts', found: prompts, key: 'sample_prompts', value: prompts }]);
}

/** "--flag --name=value --name value": options that the GUI has no field for. */
function additionalParameters(table: Table): readonly GuiSetting[] {
  const text = table['additional_parameters'];
  if (typeof text !== 'string') return [];
  const settings: GuiSetting[] = [];
  for (const part of text.split(/(?:^|\s)--/).slice(1)) {
    const [, key = '', value = ''] = /^([\w-]+)[=\s]?(.*)$/s.exec(part.trim()) ?? [];
    if (key === '') continue;
    const unquoted = value.trim().replace(/^(["'])(.*)\1$/, '$2');
    settings.push({
      from: 'additional_parameters',
      found: `--${part.trim()}`,
      key: key.replaceAll('-', '_'),
      value: unquoted === '' ? true : fromText(unquoted),
    });
  }
  return settings;
}
