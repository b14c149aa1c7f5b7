/**
 * `lora-loom generate`: pictures from a prompt, as PNG files that say how they were made.
 */
import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { UserError } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { PARAMETERS_KEYWORD, pictureParameters } from '../diffusion/png-parameters.ts';
import type { SamplePrompt } from '../diffusion/sample-prompts.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import { probeHardware } from '../platform/hardware.ts';
import { createPictures } from '../platform/pictures.ts';
import { drawPictures, type DrawRequest } from '../train/generation/draw.ts';
import { loadLora, type LoadedLora } from '../train/generation/load-lora.ts';
import type { DrawingModel } from '../train/generation/model.ts';
import { requireMemory, usualSide, wholeCells } from '../train/generation/picture-size.ts';
import { tryFolder } from '../train/run-folder.ts';
import { doubtOfPrediction, openDrawingModel } from './drawing-model.ts';
import { CommandEnd, EXIT_CODES } from './exit-codes.ts';
import { describeGenerate, LARGEST_SEED, type GenerateOptions } from './generate-options.ts';
import { listenForStop } from './interrupts.ts';
import { durationText, printEvents } from './progress.ts';
import { jsonLine, type Terminal } from './terminal.ts';

export function generateCommand(terminal: Terminal): Command {
  return describeGenerate().action(async (options: GenerateOptions) => {
    const model = await openModel(terminal, options);
    const requests = requestsOf(terminal, options, model);
    const out = await pictureFile(terminal, options.out);
    await drawAndWrite(terminal, { ...options, out }, model, requests);
  });
}

interface OpenedModel extends DrawingModel {
  readonly loras: readonly LoadedLora[];
}

async function openModel(terminal: Terminal, options: GenerateOptions): Promise<OpenedModel> {
  const model = await openDrawingModel(terminal, options);
  const loras: LoadedLora[] = [];
  for (const { file, weight } of options.lora) {
    loras.push(await loadLora(terminal.files, model.checkpoint, file, weight));
  }
  warnOfDoubts(terminal, options, model.checkpoint, loras);
  return { ...model, loras };
}

function warnOfDoubts(
  terminal: Terminal,
  options: GenerateOptions,
  checkpoint: Checkpoint,
  loras: readonly LoadedLora[],
): void {
  const { clipSkip, json } = options;
  const doubt = doubtOfPrediction(checkpoint, options);
  if (doubt !== undefined) warn(terminal, json, doubt.what, doubt.fix);
  if (checkpoint.family === 'sdxl' && clipSkip !== 1)
    warn(terminal, json, 'SDXL knows no clip skip: --clip-skip has no effect');
  for (const { name, unused } of loras) {
    if (unused.length === 0) continue;
    warn(terminal, json, `This model has no layer for ${unused.length} modules of the LoRA "${name}"`);
  }
}

function warn(terminal: Terminal, json: boolean | undefined, what: string, fix?: string): void {
  using printer = printEvents(terminal, json === true);
  printer.report({ kind: 'warning', what, ...(fix === undefined ? {} : { fix }) });
}

function requestsOf(terminal: Terminal, options: GenerateOptions, model: OpenedModel): readonly DrawRequest[] {
  const { seed = randomInt(LARGEST_SEED + 1), count, json } = options;
  const usual = usualSide(model.checkpoint, model.prediction);
  const [width, height] = [wholeCells(options.width ?? usual), wholeCells(options.height ?? usual)];
  if (width !== (options.width ?? usual) || height !== (options.height ?? usual)) {
    warn(terminal, json, `Sides are multiples of 8 pixels: the picture gets ${width} x ${height}`);
  }
  if (options.engine === 'cpu') requireMemory(model.checkpoint, width, height, probeHardware().memory);
  const prompt: SamplePrompt = {
    prompt: options.prompt,
    negativePrompt: options.negative,
    width,
    height,
    steps: options.steps,
    scale: options.cfg,
    sampler: options.sampler,
  };
  return Array.from({ length: count }, (_, index) => ({ prompt, seed: (seed + index) % (LARGEST_SEED + 1) }));
}

/**
 * The path of the picture, tried: finds out before hours of computing.
 *
 * @throws {UserError} file/is-folder, file/unwritable, file/no-space
 */
async function pictureFile({ files }: Terminal, out: string): Promise<string> {
  const given = files.resolve(out);
  const path = /\.png$/i.test(given) ? given : `${given}.png`;
  for (const each of [given, path]) {
    if ((await files.status(each))?.kind !== 'folder') continue;
    throw new UserError({
      code: 'file/is-folder',
      what: 'There is a folder of this name, so no picture can be written there',
      where: each,
      fix: 'Give the name of a file in --out, such as cat.png.',
    });
  }
  await tryFolder(files, files.folderOf(path));
  return path;
}

async function drawAndWrite(
  terminal: Terminal,
  { out, json = false }: GenerateOptions,
  model: OpenedModel,
  requests: readonly DrawRequest[],
): Promise<void> {
  const { files, clock } = terminal;
  const pictures = createPictures();
  using stop = listenForStop();
  using printer = printEvents(terminal, json);
  let started = clock.seconds();
  const drawn = drawPictures(model, requests, {
    onStep: (_request, done, total) => printer.report({ kind: 'progress', state: 'sampling', done, total }),
    onWarning: (what) => printer.report({ kind: 'warning', what }),
    cancelled: () => stop.wanted,
  });
  for await (const { request, index, picture } of drawn) {
    const file = numbered(out, index, requests.length);
    const text = pictureParameters({ ...request, ...originOf(model, terminal) });
    await files.write(file, await pictures.encodePng(picture, { [PARAMETERS_KEYWORD]: text }));
    const { width, height } = picture;
    const seconds = clock.seconds() - started;
    printer[Symbol.dispose]();
    const line = `${file} (${width} x ${height}, seed ${request.seed}, ${durationText(seconds)})\n`;
    terminal.out(json ? jsonLine({ kind: 'picture', file, width, height, seed: request.seed, seconds }) : line);
    started = clock.seconds();
  }
  if (stop.wanted) throw new CommandEnd(EXIT_CODES.interrupted);
}

function originOf({ checkpoint, loras, clipSkip }: OpenedModel, { files }: Terminal) {
  return {
    model: files.baseName(checkpoint.path).replace(/\.safetensors$/u, ''),
    loras,
    ...(checkpoint.family === 'sdxl' ? {} : { clipSkip }),
    version: `LoRA Loom ${VERSION}`,
  };
}

/** `cat.png` alone, `cat-01.png` to `cat-12.png` of twelve. */
function numbered(path: string, index: number, count: number): string {
  if (count === 1) return path;
  const number = String(index + 1).padStart(String(count).length, '0');
  return path.replace(/\.png$/i, (ending) => `-${number}${ending}`);
}
