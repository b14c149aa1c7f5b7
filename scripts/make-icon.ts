/**
 * Draws assets/icon/icon.png from icon.svg, in the size that electron-builder makes all others from.
 */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const SIDE = 1024;
const at = (name: string): string => fileURLToPath(new URL(`../assets/icon/${name}`, import.meta.url));

await sharp(at('icon.svg')).resize(SIDE, SIDE).png({ compressionLevel: 9, palette: true }).toFile(at('icon.png'));
