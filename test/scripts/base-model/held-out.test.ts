import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { createCanvas, lay } from '../../../scripts/base-model/canvas.ts';
import { assertHeldOut, isHeldOut, readSubject, spriteOf } from '../../../scripts/base-model/held-out.ts';
import { rasterise, type Sprite } from '../../../scripts/base-model/sprite.ts';
import { disc, drawn } from './drawings.ts';

const FOLDER = fileURLToPath(new URL('../../../assets/sample-dataset/10_sks cat/', import.meta.url));
const subject = readSubject(FOLDER);

async function samplePicture(file: string, change: (picture: Sharp) => Sharp): Promise<Sprite> {
  const picture = change(
    sharp(FOLDER + file)
      .flatten({ background: '#fff' })
      .removeAlpha(),
  );
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return spriteOf({ width: info.width, height: info.height, rgb: data });
}

test('the cats of the sample dataset are left out by name: in 3D all of them, with an expression in every style', () => {
  for (const code of ['1f638', '1f639', '1f63a', '1f63b', '1f63c', '1f63d', '1f63e', '1f63f', '1f640']) {
    expect((['flat', 'soft', '3d'] as const).map((style) => isHeldOut(code, style))).toEqual([true, true, true]);
  }
  expect(isHeldOut('1f431', '3d') && isHeldOut('1f408', '3d') && isHeldOut('1f408-200d-2b1b', '3d')).toBe(true);
  expect(isHeldOut('1f431', 'flat') || isHeldOut('1f42f', '3d')).toBe(false);
});

test('every picture of the sample dataset is recognised, also small, mirrored and moved', async () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.png'));
  expect(files).toHaveLength(9);
  for (const file of files) {
    for (const change of [
      (picture: Sharp) => picture,
      (picture: Sharp) => picture.flop().resize(90, 90),
      (picture: Sharp) => picture.extend({ left: 40, top: 13, background: '#fff' }),
    ]) {
      await expect(assertHeldOut(await subject, await samplePicture(file, change), file)).rejects.toThrow(
        `${file} is the held-out subject`,
      );
    }
  }
});

test('another drawing of the same outline is none of them', async () => {
  const [red, orange] = [await rasterise(drawn(disc('#d22'))), await rasterise(drawn(disc('#fa3')))];
  await expect(assertHeldOut(await subject, red, 'red')).resolves.toBeUndefined();
  await expect(assertHeldOut(await subject, orange, 'orange')).resolves.toBeUndefined();
});

test('a picture on white becomes the sprite that was laid on it', async () => {
  const canvas = createCanvas();
  const box = await lay(canvas, await rasterise(drawn(disc('#06c'))), {
    centreX: 0.4,
    centreY: 0.6,
    width: 0.5,
    height: 0.5,
  });
  const sprite = spriteOf(canvas);
  expect([sprite.width, sprite.height]).toEqual([box.width, box.height]);
});
