/**
 * `lora-loom scan`: what a folder of pictures would train, and what is wrong with it, before anything is trained.
 */
import { Command } from 'commander';
import { parseJob } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import type { Files, Pictures } from '../base/ports.ts';
import { blurFindings, blurOf, type MeasureBlur } from '../data/blur.ts';
import { cutCaptionFindings } from '../data/caption-length.ts';
import type { Dataset, ScanOptions } from '../data/dataset.ts';
import { requireImages } from '../data/dataset.ts';
import type { Finding } from '../data/findings.ts';
import { findingOfError } from '../data/findings.ts';
import { parseFolderName } from '../api/dataset-files.ts';
import { durationOf, scanOptionsOf } from '../data/options.ts';
import type { DatasetReport } from '../data/report.ts';
import { findingLines, reportDataset, stepArithmetic } from '../data/report.ts';
import { scanDataset } from '../data/scan.ts';
import { bundledPath } from '../platform/bundled.ts';
import { loadTokenizer } from '../platform/assets.ts';
import { createPictures } from '../platform/pictures.ts';
import { collectSetting, type Overrides } from './job-file.ts';
import { jsonLine, type Terminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly set?: Overrides;
}

export function scanCommand(terminal: Terminal): Command {
  return new Command('scan')
    .description('Looks at a folder of images: captions, buckets, steps, and what is wrong with them.')
    .argument('<folder>', 'the folder that "train" would get as train_data_dir')
    .option(
      '--set <key=value>',
      'a setting of the job, such as resolution=768 or instance_prompt="a sks cat"',
      collectSetting,
    )
    .option('--json', 'print JSON')
    .action(async (folder: string, { json, set }: Options) => {
      // What a job needs besides its pictures plays no part here.
      const rest = { pretrained_model_name_or_path: '-', output_dir: '-' };
      const job = parseJob(
        { ...rest, ...Object.fromEntries(set ?? []), train_data_dir: terminal.files.resolve(bundledPath(folder)) },
        'the settings',
      );
      const options = scanOptionsOf(job);
      const pictures = createPictures();
      const dataset = await scanAnyFolder(terminal.files, pictures, options);
      const measure: MeasureBlur = async (path, side) => blurOf(await pictures.loadSmall(path, side));
      const findings = [
        ...dataset.findings,
        ...cutCaptionFindings(dataset.images, await loadTokenizer(terminal.files), job.max_token_length),
        ...(await blurFindings(measure, dataset)),
      ];
      const report = reportDataset(
        { ...dataset, findings },
        {
          batchSize: job.train_batch_size,
          accumulation: job.gradient_accumulation_steps,
          duration: durationOf(job),
        },
      );
      terminal.out(json === true ? jsonLine(report) : scanText(report));
      requireImages(dataset, job.train_data_dir);
    });
}

/** A folder of pictures itself is no dataset yet, but whoever scans it wants to know about its pictures all the same. */
async function scanAnyFolder(files: Files, pictures: Pictures, options: ScanOptions): Promise<Dataset> {
  try {
    return await scanDataset(files, pictures, options);
  } catch (error) {
    if (!(error instanceof UserError) || error.report.code !== 'data/image-folder-given') throw error;
    const { folder } = options.train;
    const named = parseFolderName(files.baseName(folder));
    const plain = { prompt: named?.classTokens ?? '', repeats: Math.max(1, named?.repeats ?? 1) };
    const dataset = await scanDataset(files, pictures, { ...options, train: { folder, plain } });
    const asIs: Finding = { ...findingOfError(error, folder), severity: 'warning' };
    return { ...dataset, findings: [asIs, ...dataset.findings] };
  }
}

export function scanText(report: DatasetReport): string {
  const { captions, subsets, buckets, findings } = report;
  const lines = [
    picturesLine(report),
    `Captions: ${captions.fromFiles} from files, ${captions.fromFolderName} from the folder's name, ${captions.none} empty`,
    '',
    ...table(
      ['Folder', 'Repeats', 'Images', ''],
      subsets.map(({ name, repeats, imageCount, isRegularisation }) => [
        name,
        String(repeats),
        String(imageCount),
        isRegularisation ? 'regularisation' : '',
      ]),
    ),
    '',
    ...table(
      ['Bucket', 'Images', 'With repeats', 'Batches'],
      buckets.map(({ width, height, images, samples, batches }) => [
        `${width}x${height}`,
        String(images),
        String(samples),
        String(batches),
      ]),
    ),
    '',
    stepArithmetic(report),
    ...(findings.length === 0 ? ['', 'Nothing is wrong.'] : findingLines(findings)),
  ];
  return `${lines.join('\n')}\n`;
}

function picturesLine({ trainingImages, regularisationImages, unusedRegularisation, leftOut }: DatasetReport): string {
  const unused = unusedRegularisation === 0 ? '' : ` (${unusedRegularisation} more than needed, not used)`;
  const regularisation = regularisationImages === 0 ? '' : `, ${regularisationImages} for regularisation${unused}`;
  return `Images: ${trainingImages} to train on${regularisation}, ${leftOut} left out`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}
