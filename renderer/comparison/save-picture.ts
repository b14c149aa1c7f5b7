/** A comparison as a PNG file, handed over as a download. */
import { UserError } from '../../trainer/base/errors.ts';
import { comparisonText } from '../text/comparison.ts';
import type { ComparisonPicture } from './comparison-picture.ts';

/** Sharp on screens of high density too. */
const SCALE = 2;

/** @throws {UserError} window/no-picture */
export async function savePicture(
  { svg, width, height, samples }: ComparisonPicture,
  pictureUrl: (path: string, size?: number) => string,
): Promise<void> {
  try {
    const canvas = document.createElement('canvas');
    canvas.width = width * SCALE;
    canvas.height = height * SCALE;
    const painter = canvas.getContext('2d');
    if (painter === null) throw new Error('there is no canvas');
    painter.scale(SCALE, SCALE);
    painter.drawImage(await load(`data:image/svg+xml,${encodeURIComponent(svg)}`), 0, 0);
    for (const { file, x, y, side } of samples) {
      const image = await load(pictureUrl(file));
      const { naturalWidth, naturalHeight } = image;
      const fit = side / Math.max(naturalWidth, naturalHeight);
      painter.drawImage(image, x, y, naturalWidth * fit, naturalHeight * fit);
    }
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('the canvas gave no picture');
    download(blob);
  } catch (error) {
    throw new UserError({ code: 'window/no-picture', ...comparisonText.noPicture }, { cause: error });
  }
}

async function load(address: string): Promise<HTMLImageElement> {
  const image = new Image();
  // In the desktop app pictures come from another scheme, and a canvas that took them otherwise could not be read.
  image.crossOrigin = 'anonymous';
  image.src = address;
  await image.decode();
  return image;
}

/** Long enough for the download to have begun. */
const KEPT_MILLISECONDS = 60_000;

function download(blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = comparisonText.fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MILLISECONDS);
}
