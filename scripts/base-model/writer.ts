/**
 * Writes a folder of pictures and captions. The folder appears under its name when it is complete, and replaces an
 * older one; what an interrupted run leaves is a folder that ends in `.partial`.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Canvas } from './canvas.ts';

export interface FolderWriter {
  /** @param caption without one, only the picture is written */
  add(name: string, canvas: Canvas, caption?: string): Promise<void>;
  finish(): void;
}

/**
 * @param subfolder Kohya's `<repeats>_<name>` inside the folder
 * @throws Error if the folder holds anything else: that is not ours to replace
 */
export function createFolder(folder: string, subfolder: string): FolderWriter {
  requireOurs(folder, subfolder);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(join(partial, subfolder), { recursive: true });
  return {
    async add(name, canvas, caption) {
      const path = join(partial, subfolder, name);
      writeFileSync(`${path}.png`, await encodePng(canvas));
      if (caption !== undefined) writeFileSync(`${path}.txt`, `${caption}\n`);
    },
    finish() {
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
    },
  };
}

function requireOurs(folder: string, subfolder: string): void {
  const other = existsSync(folder) ? readdirSync(folder).find((name) => name !== subfolder) : undefined;
  if (other === undefined) return;
  throw new Error(
    `${folder} is to be replaced, but ${other} is in it; give another folder with --out, or move it away`,
  );
}

export async function encodePng({ width, height, rgb }: Canvas): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
