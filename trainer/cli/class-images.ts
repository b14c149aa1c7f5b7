/**
 * `lora-loom class-images`: draws the class images of a job without training it.
 */
import { Command } from 'commander';
import { plural } from '../data/report.ts';
import { createOrtExecutor } from '../exec/ort/executor.ts';
import { loadTokenizer } from '../platform/assets.ts';
import { probeHardware } from '../platform/hardware.ts';
import { loadOnnxRuntime } from '../platform/onnxruntime.ts';
import { createPictures } from '../platform/pictures.ts';
import { sha256 } from '../platform/sha256.ts';
import { makeClassImages } from '../train/class-images/make.ts';
import { CommandEnd, EXIT_CODES } from './exit-codes.ts';
import { listenForStop } from './interrupts.ts';
import { collectSetting, readJobFile, type Overrides } from './job-file.ts';
import { printEvents } from './progress.ts';
import { jsonLine, type Terminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly set?: Overrides;
}

export function classImagesCommand(terminal: Terminal): Command {
  return new Command('class-images')
    .description('Draws the class images of a job that are missing, as "train" does before it trains.')
    .argument('<job>', 'the job file, with class_prompt and reg_data_dir')
    .option('--set <key=value>', "a setting that counts instead of the file's; may be given often", collectSetting)
    .option('--json', 'print one JSON object a line')
    .action(async (path: string, { json = false, set }: Options) => {
      const { job } = await readJobFile(terminal.files, path, set);
      const { files, clock } = terminal;
      const executor = createOrtExecutor(await loadOnnxRuntime(), {
        provider: job.engine,
        ...(job.threads === undefined ? {} : { threads: job.threads }),
      });
      const tokenizer = await loadTokenizer(files);
      const { memory } = probeHardware();
      const machine = { files, clock, executor, sha256, pictures: createPictures(), tokenizer, memory };
      using stop = listenForStop();
      using printer = printEvents(terminal, json);
      const outcome = await makeClassImages(machine, job, {
        report: printer.report,
        stop: {
          get wanted() {
            return stop.wanted ? 'now' : 'no';
          },
        },
        onPicture: (picture) => {
          if (json) terminal.out(jsonLine({ kind: 'picture', ...picture }));
        },
      });
      printer[Symbol.dispose]();
      const { kind, folder, wanted, drawn } = outcome;
      const text = `${plural(drawn, 'class image')} drawn, ${wanted} wanted: ${folder}\n`;
      terminal.out(json ? jsonLine({ ...outcome }) : text);
      if (kind === 'stopped') throw new CommandEnd(EXIT_CODES.interrupted);
    });
}
