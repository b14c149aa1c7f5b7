/**
 * A sheet of pictures beside what the autoencoder makes of them.
 */
import { assert, must } from '../../base/errors.ts';
import type { Picture } from '../../base/ports.ts';
import type { F32Tensor } from '../../base/tensor.ts';
import type { Executor } from '../../exec/executor.ts';
import type { VaeConfig } from '../../formats/configs.ts';
import { openReconstructor, type VaeValues } from './reconstructor.ts';

const WHITE = 255;
/** Pixels between pictures, and around them. */
const GAP = 4;
/** Pictures that lie beside each other, each with its reconstruction. */
const PAIRS_OF_A_ROW = 4;

/**
 * Real and reconstructed side by side, four pairs in a row, in cells as large as the largest picture.
 *
 * @param pictures f32 [3, H, W] each in -1 … 1; at least one
 */
export async function drawReconstructions(
  executor: Executor,
  config: VaeConfig,
  weights: VaeValues,
  pictures: readonly F32Tensor[],
): Promise<Picture> {
  await using reconstructor = await openReconstructor(executor, config, weights);
  const shown: F32Tensor[] = [];
  for (const picture of pictures) shown.push(picture, (await reconstructor.reconstruct(picture)).picture);
  return sheetOf(shown, 2 * PAIRS_OF_A_ROW);
}

function sheetOf(pictures: readonly F32Tensor[], columns: number): Picture {
  assert(pictures.length > 0, 'a sheet without pictures');
  const sides = pictures.map(sidesOf);
  const cell = {
    width: GAP + Math.max(...sides.map(({ width }) => width)),
    height: GAP + Math.max(...sides.map(({ height }) => height)),
  };
  const width = GAP + cell.width * Math.min(columns, pictures.length);
  const height = GAP + cell.height * Math.ceil(pictures.length / columns);
  const data = new Uint8Array(3 * width * height).fill(WHITE);
  for (const [index, picture] of pictures.entries()) {
    const left = GAP + cell.width * (index % columns);
    const top = GAP + cell.height * Math.floor(index / columns);
    paint(data, width, picture, { left, top });
  }
  return { width, height, data };
}

function sidesOf({ shape }: F32Tensor): { readonly width: number; readonly height: number } {
  return { height: must(shape[1], 'rows'), width: must(shape[2], 'columns') };
}

/** -1 … 1 -> 0 … 255, into rows of `sheetWidth` pixels */
function paint(
  sheet: Uint8Array,
  sheetWidth: number,
  picture: F32Tensor,
  { left, top }: { readonly left: number; readonly top: number },
): void {
  const { width, height } = sidesOf(picture);
  const area = width * height;
  for (let place = 0; place < area; place++) {
    const target = 3 * ((top + Math.floor(place / width)) * sheetWidth + left + (place % width));
    for (let channel = 0; channel < 3; channel++) {
      const value = picture.data[channel * area + place] as number;
      sheet[target + channel] = Math.max(0, Math.min(255, Math.round((value + 1) * 127.5)));
    }
  }
}
