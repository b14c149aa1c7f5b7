/**
 * What goes on what: things to wear on faces, pictures on things; and where. Measured by eye on the drawings, in shares
 * of the lower drawing's visible box, x to the right and y downwards.
 */
import { CAPTIONED_STYLES, type CaptionedStyle } from './concepts.ts';
import type { Spot } from './stack.ts';

export interface Attachment {
  /** Concepts by name. */
  readonly host: string;
  readonly item: string;
  readonly style: CaptionedStyle;
  readonly spot: Spot;
  /** worn: "a fox wearing a crown"; borne: "a shield with a star". */
  readonly manner: { readonly kind: 'worn' } | { readonly kind: 'borne'; readonly colour: 'red' | 'yellow' };
}

/** eyes' y and width of glasses over them; y of the head's top and width of a hat there. All in the middle. */
type Head = readonly [eyesY: number, eyesWidth: number, topY: number, topWidth: number];

const HEADS: Readonly<Record<string, Record<CaptionedStyle, Head>>> = {
  'monkey face': { flat: [0.4, 0.6, 0.1, 0.5], soft: [0.4, 0.6, 0.1, 0.5] },
  'dog face': { flat: [0.38, 0.62, 0.1, 0.5], soft: [0.4, 0.66, 0.12, 0.5] },
  'cat face': { flat: [0.52, 0.72, 0.26, 0.46], soft: [0.52, 0.72, 0.3, 0.44] },
  'tiger face': { flat: [0.46, 0.62, 0.12, 0.52], soft: [0.46, 0.62, 0.14, 0.52] },
  'cow face': { flat: [0.42, 0.5, 0.14, 0.44], soft: [0.44, 0.5, 0.16, 0.44] },
  'pig face': { flat: [0.42, 0.64, 0.1, 0.5], soft: [0.48, 0.64, 0.16, 0.5] },
  'rabbit face': { flat: [0.64, 0.7, 0.46, 0.42], soft: [0.6, 0.62, 0.46, 0.4] },
  hamster: { flat: [0.58, 0.62, 0.34, 0.44], soft: [0.48, 0.62, 0.2, 0.46] },
  wolf: { flat: [0.52, 0.56, 0.3, 0.42], soft: [0.5, 0.5, 0.24, 0.42] },
  fox: { flat: [0.53, 0.58, 0.36, 0.42], soft: [0.54, 0.52, 0.3, 0.4] },
  lion: { flat: [0.46, 0.52, 0.16, 0.56], soft: [0.46, 0.5, 0.18, 0.52] },
  bear: { flat: [0.46, 0.62, 0.12, 0.52], soft: [0.44, 0.56, 0.12, 0.52] },
  panda: { flat: [0.45, 0.68, 0.12, 0.52], soft: [0.45, 0.68, 0.12, 0.52] },
  koala: { flat: [0.4, 0.54, 0.12, 0.48], soft: [0.4, 0.5, 0.14, 0.44] },
  'polar bear': { flat: [0.46, 0.6, 0.12, 0.5], soft: [0.34, 0.56, 0.12, 0.5] },
  frog: { flat: [0.24, 0.84, 0.13, 0.36], soft: [0.24, 0.8, 0.15, 0.36] },
  'teddy bear': { flat: [0.2, 0.46, 0.06, 0.4], soft: [0.2, 0.42, 0.06, 0.38] },
  robot: { flat: [0.5, 0.7, 0.14, 0.52], soft: [0.5, 0.62, 0.32, 0.5] },
  skull: { flat: [0.46, 0.76, 0.1, 0.6], soft: [0.46, 0.8, 0.08, 0.62] },
  alien: { flat: [0.5, 0.8, 0.1, 0.56], soft: [0.54, 0.8, 0.1, 0.56] },
  ghost: { flat: [0.34, 0.52, 0.08, 0.46], soft: [0.3, 0.52, 0.08, 0.42] },
  'grinning face': { flat: [0.36, 0.76, 0.14, 0.62], soft: [0.38, 0.76, 0.14, 0.62] },
  'jack-o-lantern': { flat: [0.46, 0.7, 0.18, 0.46], soft: [0.48, 0.72, 0.24, 0.46] },
  owl: { flat: [0.22, 0.8, 0.08, 0.52], soft: [0.26, 0.7, 0.1, 0.5] },
};

const ITEMS = ['glasses', 'sunglasses', 'crown', 'top hat', 'sun hat', 'graduation cap', 'bow'] as const;

function spotOn([eyesY, eyesWidth, topY, topWidth]: Head, item: (typeof ITEMS)[number]): Spot {
  const x = 0.5;
  switch (item) {
    case 'glasses':
    case 'sunglasses':
      return { x, y: eyesY, width: eyesWidth * 1.06, anchor: 0.5 };
    case 'crown':
      return { x, y: topY + 0.08, width: topWidth * 0.95, anchor: 1 };
    case 'top hat':
      return { x, y: topY + 0.1, width: topWidth * 1.1, anchor: 1 };
    case 'graduation cap':
      return { x, y: topY + 0.14, width: topWidth * 1.3, anchor: 1 };
    case 'sun hat':
      return { x, y: topY + 0.1, width: topWidth * 1.3, anchor: 1 };
    case 'bow':
      // Beside the middle, where a ribbon is tied around an ear.
      return { x: x + 0.48 * topWidth, y: topY + 0.02, width: topWidth * 0.7, anchor: 0.5 };
  }
}

/** As both sets colour them. */
const BORNE = { heart: 'red', star: 'yellow' } as const;

/** Things with room for a picture on them: where its middle is, how wide it may be, and what stands out on them. */
const BEARERS: readonly {
  readonly host: string;
  readonly y: number;
  readonly width: number;
  readonly bears: readonly (keyof typeof BORNE)[];
}[] = [
  { host: 'shield', y: 0.45, width: 0.42, bears: ['heart', 'star'] },
  { host: 't-shirt', y: 0.55, width: 0.32, bears: ['heart', 'star'] },
  { host: 'package', y: 0.66, width: 0.32, bears: ['heart', 'star'] },
  { host: 'bucket', y: 0.66, width: 0.36, bears: ['heart', 'star'] },
  { host: 'envelope', y: 0.56, width: 0.34, bears: ['heart', 'star'] },
  { host: 'door', y: 0.36, width: 0.46, bears: ['heart', 'star'] },
  { host: 'handbag', y: 0.66, width: 0.34, bears: ['heart', 'star'] },
  { host: 'briefcase', y: 0.62, width: 0.34, bears: ['heart', 'star'] },
  { host: 'balloon', y: 0.34, width: 0.42, bears: ['star'] },
  { host: 'backpack', y: 0.72, width: 0.34, bears: ['star'] },
  { host: 'book', y: 0.45, width: 0.38, bears: ['star'] },
  { host: 'notebook', y: 0.45, width: 0.38, bears: ['heart', 'star'] },
];

const worn = CAPTIONED_STYLES.flatMap((style) =>
  Object.entries(HEADS).flatMap(([host, heads]) =>
    ITEMS.map((item): Attachment => ({
      host,
      item,
      style,
      spot: spotOn(heads[style], item),
      manner: { kind: 'worn' },
    })),
  ),
);

const borne = CAPTIONED_STYLES.flatMap((style) =>
  BEARERS.flatMap(({ host, y, width, bears }) =>
    bears.map((item): Attachment => {
      const spot = { x: 0.5, y, width, anchor: 0.5 };
      return { host, item, style, spot, manner: { kind: 'borne', colour: BORNE[item] } };
    }),
  ),
);

/** Every face with every thing to wear, every bearer with what stands out on it. */
export const ATTACHMENTS: readonly Attachment[] = [...worn, ...borne];
