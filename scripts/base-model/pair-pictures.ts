/** The pictures that show two things: side by side, one wearing the other, one on the other. */
import { must } from '../../trainer/base/errors.ts';
import { ATTACHMENTS, type Attachment } from './attachments.ts';
import { slug, type CaptionedPicture } from './captioned-picture.ts';
import { createCanvas, lay, WHITE, type Canvas } from './canvas.ts';
import { coloured, decorated, mostlyInStyle, nounOf, together, wearing, withArticle } from './captions.ts';
import { CAPTIONED_STYLES, type CaptionedStyle, type Concept } from './concepts.ts';
import { createDraws, type Draws } from './draws.ts';
import { freePose, HALVES, STAGE } from './placement.ts';
import { rasterise } from './sprite.ts';
import { stack } from './stack.ts';

export interface PairsOptions {
  readonly concepts: readonly Concept[];
  readonly seed: number;
  /** How often each concept is in a pair, in each style. */
  readonly rounds: number;
  readonly isForbidden: (caption: string) => boolean;
}

/** Every concept as often as any other, each time with another partner. */
export function sideBySide({ concepts, seed, rounds, isForbidden }: PairsOptions): CaptionedPicture[] {
  const pictures = new Map<string, CaptionedPicture>();
  for (const style of CAPTIONED_STYLES) {
    for (let round = 0; round < rounds; round++) {
      const order = createDraws(seed, 'order', `pairs/${style}/${round}`).shuffle(concepts);
      for (let i = 0; i + 1 < order.length; i += 2) {
        const [left, right] = [must(order[i], 'left'), must(order[i + 1], 'right')];
        const name = `${slug(left.name)}-and-${slug(right.name)}-${style}`;
        const draws = createDraws(seed, 'captions', name);
        const caption = mostlyInStyle(together(nounOf(left), nounOf(right)), style, draws);
        if (isForbidden(caption)) continue;
        const paint = (): Promise<Canvas> => paintPair(left, right, style, createDraws(seed, 'crops', name));
        pictures.set(name, {
          name,
          concepts: [left.name, right.name],
          style,
          variant: 'pair',
          caption,
          isOutline: false,
          paint,
        });
      }
    }
  }
  return [...pictures.values()];
}

async function paintPair(left: Concept, right: Concept, style: CaptionedStyle, draws: Draws): Promise<Canvas> {
  const canvas = createCanvas(WHITE);
  for (const [concept, place] of [
    [left, HALVES[0]],
    [right, HALVES[1]],
  ] as const) {
    await lay(canvas, await rasterise(concept.drawings[style], freePose(concept, draws)), place);
  }
  return canvas;
}

/** One thing on another, for those attachments whose two concepts are there. */
export function attached({ concepts, seed, isForbidden }: PairsOptions): CaptionedPicture[] {
  const byName = new Map(concepts.map((concept) => [concept.name, concept]));
  return ATTACHMENTS.flatMap((attachment): CaptionedPicture[] => {
    const { style, spot, manner } = attachment;
    const [host, item] = [byName.get(attachment.host), byName.get(attachment.item)];
    if (host === undefined || item === undefined) return [];
    const name = [slug(host.name), manner.kind === 'worn' ? 'wearing' : 'with', slug(item.name), style].join('-');
    const caption = attachedCaption(host, item, attachment, createDraws(seed, 'captions', name));
    if (isForbidden(caption)) return [];
    const paint = async (): Promise<Canvas> => {
      const [lower, upper] = [await rasterise(host.drawings[style]), await rasterise(item.drawings[style])];
      const sprite = await stack(lower, upper, spot);
      const canvas = createCanvas(WHITE);
      await lay(canvas, sprite, STAGE);
      return canvas;
    };
    return [{ name, concepts: [host.name, item.name], style, variant: 'pair', caption, isOutline: false, paint }];
  });
}

function attachedCaption(host: Concept, item: Concept, { style, manner }: Attachment, draws: Draws): string {
  if (manner.kind === 'worn') return mostlyInStyle(wearing(nounOf(host), nounOf(item)), style, draws);
  const phrase = draws.chance(0.5) ? coloured(manner.colour, nounOf(item)) : withArticle(nounOf(item));
  return mostlyInStyle(decorated(nounOf(host), phrase), style, draws);
}
