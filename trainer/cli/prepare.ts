/**
 * `lora-loom prepare`: the folders of a DreamBooth training, by Kohya's names.
 */
import { Command, InvalidArgumentError } from 'commander';
import { prepareFolders, type Preparation, type PreparedFolder } from '../data/prepare.ts';
import { plural } from '../data/report.ts';
import { bundledPath } from '../platform/bundled.ts';
import { listenForStop } from './interrupts.ts';
import { jsonLine, type Terminal } from './terminal.ts';

interface Options {
  readonly instancePrompt?: string;
  readonly classPrompt?: string;
  readonly trainingImages?: string;
  readonly repeats: number;
  readonly regularisationImages?: string;
  readonly regularisationRepeats: number;
  readonly destination?: string;
  readonly json?: boolean;
}

export function prepareCommand(terminal: Terminal): Command {
  return new Command('prepare')
    .description('Copies pictures into the folders of a DreamBooth training, named as Kohya names them.')
    .option('--instance-prompt <words>', 'what the model shall call the subject, such as sks')
    .option('--class-prompt <words>', 'what the subject is, such as dog')
    .option('--training-images <folder>', 'holds the pictures of the subject')
    .option('--repeats <number>', 'how often an epoch shows each of them', wholeNumber, 40)
    .option('--regularisation-images <folder>', 'holds pictures of the class, if there are any')
    .option('--regularisation-repeats <number>', 'how often each of those is shown; 0 copies none', wholeNumber, 1)
    .option('--destination <folder>', 'where the folders img, reg, model and log are made')
    .option('--json', 'print JSON')
    .action(async ({ json, ...given }: Options) => {
      const { instancePrompt = '', classPrompt = '', trainingImages = '', regularisationImages = '' } = given;
      const { repeats, regularisationRepeats, destination = '' } = given;
      using stop = listenForStop();
      const prepared = await prepareFolders(
        terminal.files,
        {
          instancePrompt,
          classPrompt,
          trainingImages: bundledPath(trainingImages),
          repeats,
          regularisationImages: bundledPath(regularisationImages),
          regularisationRepeats,
          destination,
        },
        () => stop.wanted,
      );
      terminal.out(json === true ? jsonLine(prepared) : preparationText(prepared));
    });
}

function wholeNumber(text: string): number {
  if (/^\s*-?\d+\s*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function preparationText({ image, regularisation, others, settings }: Preparation): string {
  const lines = [
    ...folderLines(image),
    ...(regularisation === undefined ? [] : folderLines(regularisation)),
    ...others.map((folder) => `Also there, and trained on too: ${folder}`),
    '',
    'For the job:',
    ...Object.entries(settings).map(([key, value]) => `  ${key} = ${JSON.stringify(value)}`),
  ];
  return `${lines.join('\n')}\n`;
}

const folderLines = ({ folder, pictures, files, backup }: PreparedFolder): readonly string[] => [
  `${plural(pictures, 'picture')} in ${folder} (${plural(files, 'file')} copied)`,
  ...(backup === undefined ? [] : [`  What was there before is in ${backup}`]),
];
