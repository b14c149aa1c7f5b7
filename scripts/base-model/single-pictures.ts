/** The pictures that show one thing: plain, on a coloured background, in another colour. */
import { must } from '../../trainer/base/errors.ts';
import { slug, type CaptionedPicture } from './captioned-picture.ts';
import { createCanvas, lay, WHITE, type Canvas, type Rgb } from './canvas.ts';
import {
  coloured,
  inStyle,
  mostlyInStyle,
  nounOf,
  onBackground,
  plainCaption,
  withArticle,
  type Manner,
  type Noun,
} from './captions.ts';
import { BACKGROUND_NAMES, backgroundShade } from './colours.ts';
import type { CaptionedStyle, Concept } from './concepts.ts';
import { createDraws, type Draws } from './draws.ts';
import { colourOf, dominantHue, HUE_NAMES, recolour } from './hue.ts';
import { freePose, STAGE } from './placement.ts';
import { rasterise, type Pose, type Sprite } from './sprite.ts';

/** A colour must cover this much of a drawing for the drawing to be called so. */
const COLOUR_SHARE = 0.5;
/** How far a background must lie from a pixel of the drawing for it to stand out; Euclidean, 8 bits a channel. */
const CONTRAST = 90;

export interface SinglesOptions {
  readonly concept: Concept;
  readonly style: CaptionedStyle;
  readonly seed: number;
  /** Captions that must not be written: the composition probe's. */
  readonly isForbidden: (caption: string) => boolean;
}

export async function singlePictures(options: SinglesOptions): Promise<CaptionedPicture[]> {
  const upright = await rasterise(options.concept.drawings[options.style]);
  return [
    ...plainPictures(options, upright),
    ...backgroundPictures(options, upright),
    ...huePictures(options, upright),
  ];
}

function plainPictures(options: SinglesOptions, upright: Sprite): CaptionedPicture[] {
  const { concept, style } = options;
  const draws = drawsOf(options, 'captions', 'plain');
  const noun = nounOf(concept);
  const synonym = (): Noun => ({ ...noun, word: draws.pick([concept.name, ...concept.synonyms]) });
  const colour = colourOf(upright);
  const captions = [
    plainCaption(noun, style, 'plain'),
    plainCaption(synonym(), style, draws.pick<Manner>(['style first', 'emoji'])),
    plainCaption(
      { ...noun, word: draws.pick(concept.synonyms.length > 0 ? concept.synonyms : [concept.name]) },
      style,
      'plain',
    ),
    draws.chance(0.8) ? plainCaption(synonym(), style, 'without style') : plainCaption(noun, style, 'emoji'),
  ];
  if (colour !== undefined && !namesColour(concept.name) && draws.chance(0.6)) {
    const natural = inStyle(coloured(colour, noun), style);
    if (!options.isForbidden(natural)) captions[draws.pick([1, 2])] = natural;
  }
  return captions.map((caption, index) => {
    const name = `plain-${index + 1}`;
    return {
      name: nameOf(options, name),
      concepts: [concept.name],
      style,
      variant: 'plain',
      caption,
      isOutline: !poseOf(options, name).mirrored,
      paint: () => paintSingle(options, name, WHITE),
    };
  });
}

function backgroundPictures(options: SinglesOptions, upright: Sprite): CaptionedPicture[] {
  const { concept, style } = options;
  const draws = drawsOf(options, 'captions', 'background');
  const count = draws.chance(0.3) ? 2 : 1;
  const shades = draws.shuffle(BACKGROUND_NAMES).map((name) => ({ name, rgb: backgroundShade(name, draws) }));
  const clear = shades.filter(({ rgb }) => nearnessTo(rgb, upright) < 0.25).slice(0, count);
  return clear.map(({ name, rgb }) => ({
    name: nameOf(options, `on-${name}`),
    concepts: [concept.name],
    style,
    variant: 'background',
    isOutline: false,
    caption: mostlyInStyle(onBackground(withArticle(nounOf(concept)), name), style, draws),
    paint: () => paintSingle(options, `on-${name}`, rgb),
  }));
}

/** Up to four recoloured ones, where the drawing has one colour to change and the outcome measures as named. */
function huePictures(options: SinglesOptions, upright: Sprite): CaptionedPicture[] {
  const { concept, style } = options;
  const dominant = dominantHue(upright);
  if (dominant === undefined || dominant.share < COLOUR_SHARE || namesColour(concept.name)) return [];
  const draws = drawsOf(options, 'captions', 'hue');
  const natural = colourOf(upright);
  const count = draws.chance(0.6) ? 4 : 3;
  const pictures: CaptionedPicture[] = [];
  for (const name of draws.shuffle(HUE_NAMES)) {
    if (pictures.length === count) break;
    const caption = mostlyInStyle(coloured(name, nounOf(concept)), style, draws);
    if (name === natural || options.isForbidden(caption)) continue;
    if (colourOf(recolour(upright, dominant, name), COLOUR_SHARE) !== name) continue;
    pictures.push({
      name: nameOf(options, name),
      concepts: [concept.name],
      style,
      variant: 'hue',
      isOutline: false,
      caption,
      paint: () => paintSingle(options, name, WHITE, (sprite) => recolour(sprite, dominant, name)),
    });
  }
  return pictures;
}

async function paintSingle(
  options: SinglesOptions,
  variant: string,
  background: Rgb,
  change: (sprite: Sprite) => Sprite = (sprite) => sprite,
): Promise<Canvas> {
  const { concept, style } = options;
  const sprite = change(await rasterise(concept.drawings[style], poseOf(options, variant)));
  const canvas = createCanvas(background);
  await lay(canvas, sprite, STAGE);
  return canvas;
}

/** The share of a drawing's visible pixels that could be taken for the background. */
export function nearnessTo(background: Rgb, { rgba }: Sprite): number {
  let [near, visible] = [0, 0];
  for (let i = 0; i < rgba.length; i += 4) {
    if (must(rgba[i + 3], 'alpha') < 128) continue;
    visible++;
    const away = Math.hypot(...background.map((value, c) => value - must(rgba[i + c], 'channel')));
    if (away < CONTRAST) near++;
  }
  return near / visible;
}

/** "red envelope" would become "a blue red envelope"; a polar bear is a white one. */
function namesColour(name: string): boolean {
  return name.split(' ').some((word) => COLOUR_WORDS.has(word));
}
const COLOUR_WORDS = new Set<string>([...HUE_NAMES, 'brown', 'black', 'gray', 'white', 'polar']);

function nameOf({ concept, style }: SinglesOptions, variant: string): string {
  return `${slug(concept.name)}-${style}-${variant}`;
}

function poseOf(options: SinglesOptions, variant: string): Pose {
  return freePose(options.concept, drawsOf(options, 'crops', variant));
}

function drawsOf({ concept, style, seed }: SinglesOptions, consumer: 'captions' | 'crops', variant: string): Draws {
  return createDraws(seed, consumer, `${concept.name}/${style}/${variant}`);
}
