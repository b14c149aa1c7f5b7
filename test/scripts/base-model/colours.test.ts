import { expect, test } from 'vitest';
import type { Rgb } from '../../../scripts/base-model/canvas.ts';
import { BACKGROUND_NAMES, backgroundShade, nameColour, toHsv, toRgb } from '../../../scripts/base-model/colours.ts';
import { createDraws } from '../../../scripts/base-model/draws.ts';

test('HSV and back gives the same colour, to the rounding of 8 bits', () => {
  for (let i = 0; i < 500; i++) {
    const colour: Rgb = [(i * 37) % 256, (i * 91) % 256, (i * 53) % 256];
    expect(toRgb(toHsv(colour))).toEqual(colour);
  }
});

test('colours that CSS names are called the same here', () => {
  // Keywords of CSS Color Module Level 4: pink is hotpink, purple blueviolet and brown saddlebrown, because CSS's pink
  // is pale, its purple lies between purple and pink, and its brown is a dark red.
  const colours = {
    red: [255, 0, 0],
    orange: [255, 165, 0],
    yellow: [255, 255, 0],
    green: [0, 128, 0],
    teal: [0, 128, 128],
    blue: [0, 0, 255],
    purple: [138, 43, 226],
    pink: [255, 105, 180],
    brown: [139, 69, 19],
    black: [0, 0, 0],
    gray: [128, 128, 128],
    white: [255, 255, 255],
  } as const;
  for (const [name, colour] of Object.entries(colours)) expect([name, nameColour(colour)]).toEqual([name, name]);
});

test('skin, sand, olive and turquoise have no name, for people would not agree on one', () => {
  expect(nameColour([255, 220, 177])).toBeUndefined();
  expect(nameColour([237, 201, 175])).toBeUndefined();
  expect(nameColour([128, 128, 0])).toBeUndefined();
  expect(nameColour([70, 70, 60])).toBeUndefined();
});

test('every shade of a background still has its name', () => {
  for (const name of BACKGROUND_NAMES) {
    for (let i = 0; i < 30; i++) {
      expect(nameColour(backgroundShade(name, createDraws(1, 'crops', `${i}`)))).toBe(name);
    }
  }
});
