/**
 * `lora-loom inspect FILE`: what a model file is, for people or as JSON.
 */
import { Command } from 'commander';
import { scheduleTitle } from '../formats/checkpoint/scheduler-config.ts';
import { FAMILY_TITLES } from '../formats/configs.ts';
import { inspectFile, type InspectReport, type LoraReport } from '../formats/inspect.ts';
import { bundledPath } from '../platform/bundled.ts';
import { jsonLine, type Terminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly hashes: boolean;
}

export function inspectCommand(terminal: Terminal): Command {
  return new Command('inspect')
    .description('Tells what a checkpoint or a LoRA is: family, number types, ranks, metadata, hashes.')
    .argument('<file>', 'a .safetensors file, a folder in the diffusers layout, or bundled:model')
    .option('--json', 'print JSON')
    .option('--no-hashes', 'do not compute hashes, which reads the whole file')
    .action(async (file: string, { json, hashes }: Options) => {
      const report = await inspectFile(terminal.files, bundledPath(file), { hashes });
      terminal.out(json ? jsonLine(report) : inspectText(report));
    });
}

/** What most people want to know of a LoRA's training; --json has everything. */
const METADATA_SHOWN: readonly (readonly [key: string, label: string])[] = [
  ['modelspec.title', 'title'],
  ['ss_output_name', 'name'],
  ['ss_sd_model_name', 'base model'],
  ['ss_network_module', 'network module'],
  ['ss_num_train_images', 'images'],
  ['ss_steps', 'steps'],
  ['ss_epoch', 'epochs'],
  ['ss_resolution', 'resolution'],
  ['ss_optimizer', 'optimizer'],
  ['ss_unet_lr', 'UNet learning rate'],
  ['ss_text_encoder_lr', 'text encoder learning rate'],
  ['ss_lr_scheduler', 'scheduler'],
  ['ss_clip_skip', 'clip skip'],
  ['ss_training_comment', 'comment'],
];

const LONGEST_VALUE = 100;

export function inspectText(report: InspectReport): string {
  const { title, path, problem, metadata, hashes, lora } = report;
  const rows: (readonly [string, string])[] = [
    ['file', path],
    ...facts(report),
    ...(lora ? loraRows(lora) : []),
    ...METADATA_SHOWN.flatMap(([key, label]) => {
      const value = metadata[key];
      return value === undefined || value === 'None' ? [] : [[label, shortened(value)] as const];
    }),
    ...(hashes ? hashRows(hashes) : []),
  ];
  const more = Object.keys(metadata).length;
  const lines = rows.map(([label, value]) => `  ${label.padEnd(27)}${printable(value)}\n`);
  const reason = problem ? `It cannot be used: ${printable(problem.what)}.\n  ${problem.fix}\n` : '';
  const rest = more > 0 ? `Metadata: ${more} ${more === 1 ? 'entry' : 'entries'}; --json shows all.\n` : '';
  return `This is ${title}.\n${lines.join('')}${reason}${rest}`;
}

function facts({
  family,
  layout,
  predictionType,
  noiseSchedule,
  dtypes,
  size,
  tensors,
  parameters,
  parts,
}: InspectReport): [string, string][] {
  const rows: [string, string][] = [];
  if (family) rows.push(['family', FAMILY_TITLES[family]]);
  if (layout) rows.push(['layout', layout === 'ldm' ? 'single file (LDM)' : 'folder (diffusers)']);
  if (predictionType) rows.push(['prediction', predictionType]);
  if (noiseSchedule) rows.push(['noise schedule', scheduleTitle(noiseSchedule)]);
  rows.push(['stored as', dtypes.join(', ')]);
  rows.push(['size', `${inBytes(size)}, ${tensors} tensors, ${inMillions(parameters)}`]);
  for (const part of parts ?? []) {
    rows.push([part.name, `${inMillions(part.parameters)} in ${part.tensors} weights, ${part.dtypes.join(', ')}`]);
  }
  return rows;
}

function loraRows({ modules, sizes, convolutions, naming }: LoraReport): [string, string][] {
  const [first] = sizes;
  const same = sizes.length === 1 && first !== undefined;
  const list = sizes.slice(0, 8).map(({ rank, alpha, modules: count }) => `${rank}/${alpha} (${count})`);
  const counts = Object.entries(modules).map(([part, count]) => `${count} in ${part}`);
  return [
    ['modules', `${counts.join(', ')}${convolutions > 0 ? `; ${convolutions} convolutions` : ''}`],
    same ? ['rank and alpha', `${first.rank} and ${first.alpha}`] : ['rank/alpha (modules)', list.join(', ')],
    ...(naming === 'translated' ? [['names', 'those of diffusers or peft'] as [string, string]] : []),
  ];
}

const hashRows = ({ sha256, tensors, legacy }: NonNullable<InspectReport['hashes']>): [string, string][] => [
  ['SHA-256', sha256],
  ...(tensors === undefined ? [] : [['SHA-256 of the tensors', tensors] as [string, string]]),
  ['short hash', `${sha256.slice(0, 10)} (old: ${legacy})`],
];

const inBytes = (count: number): string =>
  count >= 1e9 ? `${(count / 1e9).toFixed(2)} GB` : `${(count / 1e6).toFixed(2)} MB`;

const inMillions = (parameters: number): string => `${(parameters / 1e6).toFixed(2)} million parameters`;

/** Text out of a file must not steer the terminal. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');

const shortened = (text: string): string => (text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text);
