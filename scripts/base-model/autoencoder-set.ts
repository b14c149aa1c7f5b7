/**
 * The pictures of the autoencoder: every emoji in every style, without captions, but for flags and symbols (letters
 * and digits, which the base model need not draw) and for the held-out subject. Each is there a second time in other
 * colours: emoji are mostly yellow, red and blue, and an autoencoder that sees no others decodes no others.
 */
import sharp from 'sharp';
import { BACKGROUND_NAMES, backgroundShade } from './colours.ts';
import { createCanvas, lay, WHITE, type Canvas } from './canvas.ts';
import { createDraws } from './draws.ts';
import { assertHeldOut, isHeldOut, type HeldOutSubject } from './held-out.ts';
import { inBatches } from './batches.ts';
import type { Drawing, Emoji, Style } from './packages.ts';
import { freePlace } from './placement.ts';
import { rasterise } from './sprite.ts';
import { createFolder } from './writer.ts';

const SYMBOLS = 8;
const FLAGS = 9;
const STYLES: readonly Style[] = ['flat', 'soft', '3d'];
/** The share of drawings that are there a second time, on a coloured background. */
const ON_COLOUR = 0.25;
/** Degrees in CIE LCh: what is turned less looks the same. */
const LEAST_TURN = 60;

interface Task {
  readonly name: string;
  readonly drawing: Drawing;
  readonly onColour: boolean;
  readonly turned: boolean;
}

export interface AutoencoderSetOptions {
  readonly emoji: readonly Emoji[];
  readonly subject: HeldOutSubject;
  readonly folder: string;
  readonly seed: number;
}

/** @returns how many pictures were written */
export async function writeAutoencoderSet(options: AutoencoderSetOptions): Promise<number> {
  const { seed } = options;
  const tasks = options.emoji.flatMap((emoji) => tasksOf(emoji, seed));
  const writer = createFolder(options.folder, '1_pictures');
  await inBatches(tasks, async ({ name, drawing, onColour, turned }) => {
    const draws = createDraws(seed, 'crops', `autoencoder/${name}`);
    const sprite = await rasterise(drawing, {
      degrees: drawing.kind === 'svg' ? draws.between(-10, 10) : 0,
      mirrored: draws.chance(0.5),
    });
    await assertHeldOut(options.subject, sprite, name);
    const canvas = createCanvas(onColour ? backgroundShade(draws.pick(BACKGROUND_NAMES), draws) : WHITE);
    await lay(canvas, sprite, freePlace(sprite, draws.between(0.6, 0.97), draws));
    await writer.add(name, turned ? await turnHues(canvas, draws.between(LEAST_TURN, 360 - LEAST_TURN)) : canvas);
  });
  writer.finish();
  return tasks.length;
}

function tasksOf(emoji: Emoji, seed: number): Task[] {
  if (emoji.group === SYMBOLS || emoji.group === FLAGS) return [];
  return STYLES.flatMap((style) => {
    const drawing = emoji.drawings[style];
    if (drawing === undefined || isHeldOut(emoji.code, style)) return [];
    const name = `${emoji.code}-${style}`;
    const plain = { name, drawing, onColour: false, turned: false };
    const isOnColour = createDraws(seed, 'order', `autoencoder/${name}`).chance(ON_COLOUR);
    const own = isOnColour ? [plain, { ...plain, name: `${name}-on-colour`, onColour: true }] : [plain];
    return own.flatMap((task) => [task, { ...task, name: `${task.name}-turned`, turned: true }]);
  });
}

/** All of the picture's hues by the same angle; lightness and strength of its colours stay, as far as sRGB has them. */
async function turnHues({ width, height, rgb }: Canvas, degrees: number): Promise<Canvas> {
  const turned = sharp(rgb, { raw: { width, height, channels: 3 } }).modulate({ hue: Math.round(degrees) });
  return { width, height, rgb: await turned.raw().toBuffer() };
}
