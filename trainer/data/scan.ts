/**
 * Looks at every picture and caption of a dataset, and says what will be used and what is wrong. Only headers of pictures are
 * read, so that a scan of thousands takes seconds; a picture that can not be read becomes a finding and the scan goes on.
 */
import { KNOBS } from '../api/job/index.ts';
import { extensionOf, isHidden } from '../api/dataset-files.ts';
import { UserError } from '../base/errors.ts';
import type { FileEntry, Files, PictureFacts, Pictures, PictureSize } from '../base/ports.ts';
import type { Placement } from './buckets.ts';
import { createPlacer } from './buckets.ts';
import type { CaptionFolder } from './caption-files.ts';
import { captionFolder, folderCaptionFindings, readCaption } from './caption-files.ts';
import type { Dataset, DatasetImage, ImageSource, ScanOptions, Subset, SubsetFolder } from './dataset.ts';
import type { Finding } from './findings.ts';
import { finding, findingOfError } from './findings.ts';
import { findSubsets, FORMAT_OF_EXTENSION, isImage } from './folders.ts';

/** A picture of fewer pixels on a side has nothing to learn from. */
const SMALLEST_SIDE = 32;
/** Area after resizing over area before, from where a picture looks blurred. */
const BLURRED = 4;
/** Share of a picture that its bucket cuts off, from where it is worth a look. */
const MUCH_CROPPED = 0.25;
const PICTURES_AT_ONCE = 8;
/** Kinds of pictures that sd-scripts passes over without a word. */
const OTHER_PICTURES = ['.gif', '.tif', '.tiff', '.heic', '.heif', '.jxl', '.svg', '.psd', '.jfif', '.raw', '.dng'];

interface Tools {
  readonly files: Files;
  readonly pictures: Pictures;
  readonly options: ScanOptions;
  readonly place: (picture: PictureSize) => Placement | undefined;
}

/** @throws {UserError} `data/...` if the folders themselves can not be what was meant */
export async function scanDataset(files: Files, pictures: Pictures, options: ScanOptions): Promise<Dataset> {
  const tools: Tools = { files, pictures, options, place: createPlacer(options.buckets) };
  const sources: [ImageSource, boolean][] = [[options.train, false]];
  if (options.regularisation !== undefined) sources.push([options.regularisation, true]);

  const findings: Finding[] = [];
  const subsets: Subset[] = [];
  const images: DatasetImage[] = [];
  let leftOut = 0;
  for (const [source, isRegularisation] of sources) {
    const found = await findSubsets(files, source, isRegularisation);
    findings.push(...found.findings);
    for (const folder of found.subsets) {
      const scanned = await scanSubset(tools, folder, subsets.length);
      subsets.push({ ...folder, imageCount: scanned.images.length });
      images.push(...scanned.images);
      findings.push(...scanned.findings);
      leftOut += scanned.leftOut;
    }
  }
  findings.push(...(await findDuplicates(files, images)));
  return { subsets, images, findings, leftOut };
}

interface ScannedSubset {
  readonly images: readonly DatasetImage[];
  readonly findings: readonly Finding[];
  readonly leftOut: number;
}

async function scanSubset(tools: Tools, subset: SubsetFolder, index: number): Promise<ScannedSubset> {
  const { files, options } = tools;
  const entries = await files.list(subset.folder);
  const names = entries.filter(isImage).map((entry) => entry.name);
  const captions = captionFolder(entries, names, options.captionExtension);
  const findings = [...(await folderFindings(files, subset, entries)), ...folderCaptionFindings(subset, captions)];

  const images: DatasetImage[] = [];
  for (let start = 0; start < names.length; start += PICTURES_AT_ONCE) {
    const some = names.slice(start, start + PICTURES_AT_ONCE);
    for (const scanned of await Promise.all(some.map((name) => scanImage(tools, subset, captions, name)))) {
      findings.push(...scanned.findings);
      if (scanned.image !== undefined) images.push({ ...scanned.image, subset: index });
    }
  }
  return { images, findings, leftOut: names.length - images.length };
}

interface ScannedImage {
  readonly image?: Omit<DatasetImage, 'subset'>;
  readonly findings: readonly Finding[];
}

async function scanImage(
  tools: Tools,
  subset: SubsetFolder,
  captions: CaptionFolder,
  name: string,
): Promise<ScannedImage> {
  const { files, pictures, options, place } = tools;
  const path = files.join(subset.folder, name);
  try {
    const facts = await pictures.inspect(path);
    const caption = await readCaption(files, subset, captions, name, options.wildcards);
    const placement = Math.min(facts.width, facts.height) < SMALLEST_SIDE ? undefined : place(facts);
    const findings = [...pictureFindings(path, facts, placement), ...caption.findings];
    if (placement === undefined || caption.unusable) return { findings };
    const { repeats, isRegularisation } = subset;
    const bytes = (await files.status(path))?.size ?? 0;
    const { width, height } = facts;
    const { text, from } = caption;
    return {
      image: { path, width, height, bytes, caption: text, captionFrom: from, repeats, isRegularisation, placement },
      findings,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { findings: [findingOfError(error, path)] };
  }
}

function pictureFindings(path: string, facts: PictureFacts, placement: Placement | undefined): Finding[] {
  const size = `${facts.width} x ${facts.height}`;
  if (placement === undefined) {
    return [
      finding(
        'images/too-small',
        path,
        `The picture has ${size} pixels, too few on one side to train on`,
        'Replace it by a larger version or by a part of it, or delete it. With bucket_no_upscale, no side may be below bucket_reso_steps.',
      ),
    ];
  }
  const found: Finding[] = [];
  const say = (...args: Parameters<typeof finding>): unknown => found.push(finding(...args));
  const extension = extensionOf(path);
  if (FORMAT_OF_EXTENSION.get(extension) !== facts.format) {
    say(
      'images/mislabelled',
      path,
      `The name ends in ${extension}, but the content is ${facts.format.toUpperCase()}`,
      'It is used all the same. Other programs may refuse it: rename it.',
    );
  }
  if (facts.frames > 1) {
    say(
      'images/animated',
      path,
      `The picture is an animation of ${facts.frames} frames`,
      'Only the first frame is used. Save other frames as pictures of their own.',
    );
  }
  if (facts.colourSpace === 'cmyk') {
    say(
      'images/cmyk',
      path,
      'The picture has colours for print (CMYK)',
      'They are converted to sRGB, which may look duller. Save it as sRGB to choose how.',
    );
  }
  if (facts.bitsPerChannel > 8) {
    say(
      'images/sixteen-bit',
      path,
      'The picture has more than 8 bits per channel',
      'It is read as 8 bits. Nothing to do.',
    );
  }
  if (facts.hasAlpha) {
    say(
      'images/alpha',
      path,
      'The picture has transparency',
      'Transparent parts become white. Put a background of your own behind it if white is not wanted.',
    );
  }
  if (facts.rotatedByExif) {
    say(
      'images/rotated',
      path,
      'The picture is stored turned, with a note (EXIF) how to show it',
      'It is trained upright, as viewers show it. Nothing to do.',
    );
  }
  return [...found, ...placementFindings(path, facts, placement)];
}

function placementFindings(path: string, { width, height }: PictureSize, { bucket, resized }: Placement): Finding[] {
  const found: Finding[] = [];
  const scale = (resized.width * resized.height) / (width * height);
  const shown = `${bucket.width}x${bucket.height}`;
  if (scale > BLURRED) {
    const times = Math.sqrt(scale).toFixed(1);
    found.push({
      ...finding(
        'images/enlarged',
        path,
        `The picture has ${width} x ${height} pixels and is enlarged ${times} times for its bucket ${shown}`,
        'It will look soft. Use a larger version, a lower resolution, or bucket_no_upscale.',
      ),
      remedy: { label: KNOBS.bucket_no_upscale.label, set: { bucket_no_upscale: true } },
    });
  }
  const lost = 1 - (bucket.width * bucket.height) / (resized.width * resized.height);
  if (lost > MUCH_CROPPED) {
    found.push(
      finding(
        'images/cropped',
        path,
        `${Math.round(lost * 100)} % of the picture is cut off to fit its bucket ${shown}`,
        'Crop it yourself to keep what matters, or allow longer buckets with max_bucket_reso.',
      ),
    );
  }
  return found;
}

/** Pictures below a folder of pictures, and pictures of kinds that are not read, would otherwise be missed silently. */
async function folderFindings(files: Files, subset: SubsetFolder, entries: readonly FileEntry[]): Promise<Finding[]> {
  const found: Finding[] = [];
  if (!entries.some(isImage)) {
    found.push(
      finding('folders/empty', subset.folder, 'The folder holds no pictures', 'Put pictures into it, or delete it.'),
    );
  }
  for (const { name, kind } of entries) {
    const path = files.join(subset.folder, name);
    if (kind === 'folder') {
      if (isHidden(name)) continue;
      const inside = (await files.list(path)).filter(isImage).length;
      if (inside === 0) continue;
      const what = `Pictures in folders inside a folder with repeats are not used (${inside} here)`;
      found.push(
        finding('folders/nested', path, what, 'Move them up, or make the folder one of its own with repeats.'),
      );
    } else if (OTHER_PICTURES.includes(extensionOf(name))) {
      const what = `Pictures of this kind (${extensionOf(name)}) are not used`;
      found.push(finding('images/extension', path, what, 'Save it as PNG, JPEG or WebP.'));
    }
  }
  return found;
}

/** Equal content, told by size first, so that hardly any file has to be read. */
async function findDuplicates(files: Files, images: readonly DatasetImage[]): Promise<Finding[]> {
  const bySize = new Map<number, DatasetImage[]>();
  for (const image of images) bySize.set(image.bytes, [...(bySize.get(image.bytes) ?? []), image]);
  const found: Finding[] = [];
  for (const group of bySize.values()) {
    if (group.length < 2) continue;
    const first = new Map<string, string>();
    for (const { path } of group) {
      const hash = await files.sha256(path);
      const other = first.get(hash);
      if (other === undefined) first.set(hash, path);
      else {
        const what = `The picture is the same as ${other}`;
        found.push(
          finding(
            'images/duplicate',
            path,
            what,
            'Delete one of the two. To show it more often, use the repeats of its folder.',
          ),
        );
      }
    }
  }
  return found;
}
