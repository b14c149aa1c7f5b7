/**
 * `lora-loom train`: a job becomes a LoRA, a whole model or an autoencoder.
 */
import { Command, Option } from 'commander';
import type { Report, TrainEvent } from '../api/events.ts';
import { UserError } from '../base/errors.ts';
import { createOrtExecutor } from '../exec/ort/executor.ts';
import { loadTokenizer } from '../platform/assets.ts';
import { removeParts } from '../platform/files.ts';
import { probeHardware } from '../platform/hardware.ts';
import { claimFolder } from '../platform/one-run.ts';
import { loadOnnxRuntime } from '../platform/onnxruntime.ts';
import { createPictures } from '../platform/pictures.ts';
import { sha256 } from '../platform/sha256.ts';
import { followOrder, startRun, type RunOrder, type RunWishes } from '../rpc/run-process.ts';
import { runPlaces } from '../train/run-folder.ts';
import { runTraining, type RunOutcome } from '../train/run.ts';
import { CommandEnd, EXIT_CODES } from './exit-codes.ts';
import { listenForInterrupts } from './interrupts.ts';
import { collectSetting, readJobFile, type Overrides } from './job-file.ts';
import { printEvents } from './progress.ts';
import type { Terminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly set?: Overrides;
  readonly resume?: boolean;
  readonly child?: boolean;
}

export function trainCommand(terminal: Terminal): Command {
  return new Command('train')
    .description('Trains a LoRA, a whole model or an autoencoder, as a job file says.')
    .argument('<job>', "TOML file; its settings have the names of sd-scripts' options")
    .option('--set <key=value>', "a setting that counts instead of the file's; may be given often", collectSetting)
    .option('--resume', 'go on with the run of this output_name where it stopped')
    .option('--json', 'print one event a line as JSON')
    .addOption(new Option('--child', 'train in this process, for the command that started it').hideHelp())
    .addHelpText('after', HELP)
    .action(async (path: string, { json = false, set, resume = false, child }: Options) => {
      if (child === true) return followOrder((order, report, wishes) => trainHere(terminal, order, report, wishes));
      const { job, ignored } = await readJobFile(terminal.files, path, set);
      using printer = printEvents(terminal, json);
      for (const { key, takenAs, why } of ignored) {
        const what = takenAs === undefined ? `${key} has no effect here` : `The setting is taken as ${takenAs}`;
        printer.report({ kind: 'warning', what: `${what}: ${why}`, where: path });
      }
      await trainApart(terminal, { job, resume }, printer.report, json);
    });
}

const HELP = `
Ctrl-C once finishes the step and saves; twice stops at once. All settings: docs/job-settings.md
`;

/** Runs the order in a process of its own and follows it to its end. */
async function trainApart(terminal: Terminal, order: RunOrder, report: Report, json: boolean): Promise<void> {
  let last: TrainEvent | undefined;
  let stepsDone = { step: 0, steps: 0 };
  const run = startRun([...terminal.self, 'train', '--child', '-'], order, (event) => {
    last = event;
    if (event.kind === 'step') stepsDone = event;
    report(event);
  });
  using interrupts = listenForInterrupts(
    (message) => report({ kind: 'log', message }),
    process,
    () => run.finish(),
  );
  const killed = new Promise<RunOutcome>((resolve) => {
    interrupts.signal.addEventListener('abort', () => {
      void run.kill().then(() => resolve({ kind: 'stopped', step: stepsDone.step }));
    });
  });
  try {
    // A child that was killed also ends its own promise, as a death: the kill is the reason that counts.
    const ended = run.outcome.catch((error: unknown) => (interrupts.signal.aborted ? killed : Promise.reject(error)));
    const outcome = await Promise.race([killed, ended]);
    if (outcome.kind === 'done') return;
    if (last?.kind !== 'stopped') report({ kind: 'stopped', step: outcome.step, steps: stepsDone.steps });
  } catch (error) {
    if (json && error instanceof UserError) report({ kind: 'failed', error: error.report });
    throw error;
  } finally {
    await sweep(terminal, order, run.pid);
  }
  throw new CommandEnd(EXIT_CODES.interrupted);
}

/** A process that was ended in the middle of a write leaves its part behind. */
async function sweep({ files }: Terminal, { job }: RunOrder, pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const { folder, stateFolder, samples } = runPlaces(files, job);
  for (const place of [folder, stateFolder, samples]) await removeParts(place, pid);
}

async function trainHere(terminal: Terminal, { job, resume }: RunOrder, report: Report, wishes: RunWishes) {
  const { files, clock } = terminal;
  const executor = createOrtExecutor(await loadOnnxRuntime(), {
    provider: job.engine,
    ...(job.threads === undefined ? {} : { threads: job.threads }),
  });
  const pictures = createPictures();
  const tokenizer = await loadTokenizer(files);
  const { memory } = probeHardware();
  const machine = { files, clock, executor, sha256, pictures, tokenizer, memory };
  const claim = await claimFolder(runPlaces(files, job).folder);
  try {
    return await runTraining(machine, job, { report, ...wishes, resume });
  } finally {
    await claim[Symbol.asyncDispose]();
  }
}
