/**
 * What the service needs of this computer, plugged together (trainer/rpc/machine.ts).
 */
import { blurOf } from '../data/blur.ts';
import type { Tokenizer } from '../models/clip/tokenizer.ts';
import { findAsset, loadTokenizer } from './assets.ts';
import { bundledName, bundledPath, withBundled } from './bundled.ts';
import { machineClock } from './clock.ts';
import { machineFiles, removeParts } from './files.ts';
import { probeHardware } from './hardware.ts';
import { createPictures } from './pictures.ts';
import { rememberByFile } from './remembered-facts.ts';
import { sha256 } from './sha256.ts';
import { thumbnail } from './thumbnails.ts';
import { userFolders } from './user-folders.ts';

/** @param self program and arguments that start `lora-loom` */
export function serviceMachine(self: readonly string[]) {
  const files = machineFiles();
  const pictures = createPictures();
  let tokenizer: Promise<Tokenizer> | undefined;
  return {
    files,
    pictures: { ...pictures, inspect: rememberByFile(files, pictures.inspect) },
    measureBlur: rememberByFile(files, async (path, side: number) => blurOf(await pictures.loadSmall(path, side))),
    clock: machineClock,
    loadTokenizer: () => (tokenizer ??= loadTokenizer(files)),
    self,
    hardware: probeHardware(),
    ...userFolders(),
    bundledPath,
    bundledName,
    withBundled,
    findAsset,
    removeParts,
    sha256,
    thumbnail,
  };
}
