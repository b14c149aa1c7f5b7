/**
 * `lora-loom evaluate`: how well a model draws what it was trained on, as numbers and contact sheets.
 */
import type { Command } from 'commander';
import type { WarningEvent } from '../api/events.ts';
import { UserError } from '../base/errors.ts';
import { openInception } from '../models/inception/weights.ts';
import { findAsset } from '../platform/assets.ts';
import { bundledName, bundledPath, installedModel } from '../platform/bundled.ts';
import { probeHardware } from '../platform/hardware.ts';
import { createPictures } from '../platform/pictures.ts';
import { readComposition } from '../train/evaluation/composition.ts';
import { evaluateModel, type EvaluationSettings, type EvaluationStage } from '../train/evaluation/evaluate.ts';
import { readConceptList, readPictureFolder, type TrainingSet } from '../train/evaluation/training-set.ts';
import type { DrawingModel } from '../train/generation/model.ts';
import { requireMemory, usualSide, wholeCells } from '../train/generation/picture-size.ts';
import { tryFolder } from '../train/run-folder.ts';
import { doubtOfPrediction, openDrawingModel } from './drawing-model.ts';
import { describeEvaluate, type EvaluateOptions } from './evaluate-options.ts';
import { evaluationText } from './evaluate-text.ts';
import { CommandEnd, EXIT_CODES } from './exit-codes.ts';
import { listenForStop } from './interrupts.ts';
import { durationText, printEvents, progressBar, type Bar } from './progress.ts';
import { jsonLine, type Terminal } from './terminal.ts';

/** Where "npm run base:dataset" writes the list of the base model's training pictures. */
const USUAL_LIST = ['.cache', 'base-model', 'dataset', 'concepts.json'];

export function evaluateCommand(terminal: Terminal): Command {
  return describeEvaluate().action(async (options: EvaluateOptions) => {
    const set = await trainingSet(terminal, options);
    const model = await openDrawingModel(terminal, options);
    const doubt = doubtOfPrediction(model.checkpoint, options);
    if (doubt !== undefined) warn(terminal, doubt);
    const settings = await settingsOf(terminal, options, model);
    await evaluateAndTell(terminal, options, { set, model, settings });
  });
}

/** @throws {UserError} evaluate/no-pictures, and what reading throws */
async function trainingSet({ files }: Terminal, { concepts, data }: EvaluateOptions): Promise<TrainingSet> {
  if (concepts !== undefined && data !== undefined) {
    throw noPictures(
      'Both --concepts and --data are given, and each says what the pictures are',
      'Leave one of them out.',
    );
  }
  if (data !== undefined) return readPictureFolder(files, createPictures(), bundledPath(data));
  const usual = files.resolve(files.join(...USUAL_LIST));
  if (concepts === undefined && (await files.status(usual)) === undefined) {
    throw noPictures(
      'It is not said what the model was trained on, so there is nothing to compare its pictures with',
      'Name a folder of training pictures with --data; for the base model, write its pictures with "npm run base:dataset".',
    );
  }
  return readConceptList(files, concepts ?? usual);
}

const noPictures = (what: string, fix: string): UserError => new UserError({ code: 'evaluate/no-pictures', what, fix });

async function settingsOf(
  { files }: Terminal,
  options: EvaluateOptions,
  model: DrawingModel,
): Promise<EvaluationSettings> {
  const { seeds, steps, scale, sampler, limit = Infinity, out, inception, composition } = options;
  const side = wholeCells(options.size ?? usualSide(model.checkpoint, model.prediction));
  if (options.engine === 'cpu') requireMemory(model.checkpoint, side, side, probeHardware().memory);
  const weights = inception === undefined ? undefined : await openInception(files, inception);
  const ofBaseModel = options.data === undefined ? findAsset('base-model-evaluation', 'composition.json') : undefined;
  const prompts = composition ?? ofBaseModel;
  const folder = out === undefined ? undefined : files.resolve(out);
  const settings = {
    ...{ seeds, steps, scale, sampler, side, limit },
    composition: prompts === undefined ? [] : await readComposition(files, prompts),
    ...(folder === undefined ? {} : { out: folder }),
    ...(weights === undefined ? {} : { inception: weights }),
  };
  if (folder !== undefined) await tryFolder(files, folder);
  return settings;
}

interface Evaluating {
  readonly set: TrainingSet;
  readonly model: DrawingModel;
  readonly settings: EvaluationSettings;
}

async function evaluateAndTell(
  terminal: Terminal,
  { json = false }: EvaluateOptions,
  { set, model, settings }: Evaluating,
): Promise<void> {
  using stop = listenForStop();
  const bar = progressBar(terminal);
  const describedBy = installedModel();
  const tell = timedProgress(terminal, bar);
  const started = terminal.clock.seconds();
  const found = await (async () => {
    try {
      return await evaluateModel(
        {
          files: terminal.files,
          pictures: createPictures(),
          model,
          ...(describedBy === undefined ? {} : { describedBy }),
          onProgress: tell,
          onWarning: (what) => bar.around(() => warn(terminal, { what })),
          cancelled: () => stop.wanted,
        },
        set,
        settings,
      );
    } finally {
      bar.around(() => undefined);
    }
  })();
  if (found === undefined) throw new CommandEnd(EXIT_CODES.interrupted);
  const evaluation = { ...found, autoencoder: bundledName(found.autoencoder) };
  const seconds = terminal.clock.seconds() - started;
  const { side, seeds, steps, scale, sampler } = settings;
  const made = { model: model.checkpoint.path, side, seeds, steps, scale, sampler, seconds };
  terminal.out(json ? jsonLine({ ...evaluation, settings: made }) : evaluationText(evaluation, seconds));
}

/** Results alone go to standard output, also as JSON. */
function warn(terminal: Terminal, warning: Omit<WarningEvent, 'kind'>): void {
  using printer = printEvents(terminal, false);
  printer.report({ kind: 'warning', ...warning });
}

/** "drawing, 12m 40s left": by the time that the stage took so far. */
function timedProgress({ clock }: Terminal, bar: Bar): (stage: EvaluationStage, done: number, total: number) => void {
  let current: { readonly stage: EvaluationStage; readonly started: number } | undefined;
  return (stage, done, total) => {
    if (current?.stage !== stage) current = { stage, started: clock.seconds() };
    const left = done > 0 ? ((clock.seconds() - current.started) / done) * (total - done) : 0;
    bar.show(Math.floor(done), total, left > 0 ? `${stage}, ${durationText(left)} left` : stage);
  };
}
