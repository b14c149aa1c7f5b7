/** What a picture of the captioned set is, before it is painted. */
import type { Canvas } from './canvas.ts';
import type { CaptionedStyle } from './concepts.ts';

/** plain: on white; background: on a colour; hue: the thing itself recoloured; pair: two things, or one wearing another. */
export type Variant = 'plain' | 'background' | 'hue' | 'pair';

export interface CaptionedPicture {
  /** File name without ending. */
  readonly name: string;
  /** Names of the concepts that it shows: one, or the two of a pair. */
  readonly concepts: readonly string[];
  readonly style: CaptionedStyle;
  readonly variant: Variant;
  readonly caption: string;
  /** Whether it shows nothing but the shape of a thing: alone on white, not mirrored. */
  readonly isOutline: boolean;
  paint(): Promise<Canvas>;
}

/** A part of a file name. */
export const slug = (text: string): string => text.replaceAll(' ', '-');
