/** What a LoRA is called: its file, without the ending that all of them have. */
import { lastPart } from '../text/amounts.ts';

export const nameOfLora = (file: string): string => lastPart(file).replace(/\.safetensors$/i, '');
