import { expect, test } from 'vitest';
import { blend, createCanvas, lay, SIDE, type Canvas } from '../../../scripts/base-model/canvas.ts';
import { createDraws } from '../../../scripts/base-model/draws.ts';
import { freePlace, freePose } from '../../../scripts/base-model/placement.ts';
import { rasterise, trim } from '../../../scripts/base-model/sprite.ts';
import { stack } from '../../../scripts/base-model/stack.ts';
import { box, disc, drawn, painted, pixelOf } from './drawings.ts';

const rgbAt = ({ width, rgb }: Canvas, x: number, y: number): number[] => [
  ...rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

test('a drawing is cut to what is visible, with its proportions', async () => {
  const sprite = await rasterise(drawn(box('#f00')));
  // 60 x 40 of 100, drawn at 256 / 1.24 pixels for 100: 124 x 83, and a pixel for the smooth edge.
  expect(Math.abs(sprite.width - 124)).toBeLessThanOrEqual(1);
  expect(Math.abs(sprite.height - 83)).toBeLessThanOrEqual(1);
  expect(pixelOf(sprite, 60, 40)).toEqual([255, 0, 0, 255]);
});

test('a mirrored drawing is the other way round, a turned one is not cut off', async () => {
  const half = drawn(
    '<rect x="0" y="0" width="50" height="100" fill="#f00"/><rect x="50" width="50" height="100" fill="#00f"/>',
  );
  const mirrored = await rasterise(half, { degrees: 0, mirrored: true });
  expect(pixelOf(mirrored, 20, 50).slice(0, 3)).toEqual([0, 0, 255]);
  const turned = await rasterise(half, { degrees: 10, mirrored: false });
  // A square turned by 10 degrees is cos 10 + sin 10 = 1.158 as wide.
  const upright = await rasterise(half);
  expect(turned.width / upright.width).toBeCloseTo(1.158, 1);
});

test('nothing visible is told, not drawn as an empty picture', async () => {
  await expect(rasterise(drawn(''))).rejects.toThrow('nothing of the drawing is visible');
  expect(() => trim(painted(3, 3, () => [0, 0, 0, 0]))).toThrow('visible');
});

test('blending weighs by alpha and cuts off what lies outside', () => {
  const canvas = createCanvas([100, 100, 100], 2);
  blend(
    canvas,
    painted(2, 2, () => [200, 0, 100, 51]),
    1,
    1,
  );
  // 51 / 255 = 0.2: 100 + 0.2 (200 - 100) = 120, 100 - 0.2 * 100 = 80.
  expect(rgbAt(canvas, 1, 1)).toEqual([120, 80, 100]);
  expect([rgbAt(canvas, 0, 0), rgbAt(canvas, 1, 0)]).toEqual([
    [100, 100, 100],
    [100, 100, 100],
  ]);
});

test('a sprite fills its box as far as its proportions allow, in the middle', async () => {
  const canvas = createCanvas();
  const placed = await lay(canvas, await rasterise(drawn(box('#00f'))), {
    centreX: 0.25,
    centreY: 0.5,
    width: 0.5,
    height: 0.5,
  });
  // 3 : 2, so the width of 64 decides: 64 x 43, from (0, 42).
  expect([placed.left, placed.width]).toEqual([0, 64]);
  expect(Math.abs(placed.height - 43)).toBeLessThanOrEqual(1);
  expect(rgbAt(canvas, 32, 64)).toEqual([0, 0, 255]);
  expect(rgbAt(canvas, 100, 64)).toEqual([255, 255, 255]);
});

test('a freely placed sprite lies whole in the picture, and two draws put it elsewhere', async () => {
  const sprite = await rasterise(drawn(box('#0a0')));
  const places = Array.from({ length: 50 }, (_, i) => freePlace(sprite, 0.8, createDraws(3, 'crops', `${i}`)));
  for (const { centreX, centreY, width, height } of places) {
    expect(Math.max(width, height)).toBeCloseTo(0.8, 10);
    expect(Math.min(centreX - width / 2, centreY - height / 2)).toBeGreaterThanOrEqual(0);
    expect(Math.max(centreX + width / 2, centreY + height / 2)).toBeLessThanOrEqual(1);
  }
  expect(new Set(places.map(({ centreX }) => centreX)).size).toBe(50);
});

test('what shows letters is never mirrored, other things every fourth time', () => {
  const mirrored = (mirrorable: boolean): number =>
    Array.from({ length: 200 }, (_, i) => freePose({ mirrorable }, createDraws(3, 'crops', `${i}`))).filter(
      (pose) => pose.mirrored,
    ).length;
  expect(mirrored(false)).toBe(0);
  // 200 draws of one quarter have a deviation of 6: four of them either way.
  expect(Math.abs(mirrored(true) - 50)).toBeLessThan(25);
});

test('a hat stands on the head: its lower edge at the spot, the whole picture taller', async () => {
  const face = await rasterise(drawn(disc('#fc0')));
  const hat = await rasterise(drawn(box('#222')));
  const dressed = await stack(face, hat, { x: 0.5, y: 0.1, width: 0.5, anchor: 1 });
  const hatHeight = Math.round((0.5 * face.width * hat.height) / hat.width);
  const above = hatHeight - 0.1 * face.height;
  expect(Math.abs(dressed.height - (face.height + above))).toBeLessThanOrEqual(2);
  expect(dressed.width).toBe(face.width);
  expect(pixelOf(dressed, Math.round(face.width / 2), 5)).toEqual([34, 34, 34, 255]);
  expect(pixelOf(dressed, 5, 5)[3]).toBe(0);
});

test('a picture of the set is 128 pixels a side', () => {
  expect([createCanvas().width, createCanvas().rgb.length]).toEqual([SIDE, 128 * 128 * 3]);
});
