/**
 * Writes the base model's training data: `npm run base:dataset -- [--out <folder>] [--only autoencoder|diffusion]`.
 *
 *     <out>/autoencoder/1_pictures   pictures of every emoji in three styles
 *     <out>/outlines/1_emoji         pictures with captions, things alone on white
 *     <out>/diffusion/1_emoji        these and all others with captions
 *     <out>/concepts.json            what is in them, for `lora-loom evaluate`
 *
 * The same packages and the same seed give the same bytes. Takes about a minute a set on two cores.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTokenizer } from '../../trainer/models/clip/tokenizer.ts';
import { writeAutoencoderSet } from './autoencoder-set.ts';
import { readProbe } from './composition.ts';
import { findConcepts, wholeTable } from './concepts.ts';
import { writeDiffusionSet } from './diffusion-set.ts';
import { readSubject } from './held-out.ts';
import { installPackages, readEmoji } from './packages.ts';

const ASSETS = fileURLToPath(new URL('../../assets/', import.meta.url));
const CONTEXT_LENGTH = 77;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.cache/base-model/dataset' },
    only: { type: 'string', default: 'autoencoder, diffusion' },
    seed: { type: 'string', default: '42' },
  },
});
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed takes a whole number, not "${values.seed}"`);
const sets = values.only.split(', ');
if (!sets.every((set) => ['autoencoder', 'diffusion'].includes(set))) {
  throw new Error(`--only takes autoencoder or diffusion, not "${values.only}"`);
}

installPackages();
const emoji = readEmoji();
if (sets.includes('autoencoder')) {
  const subject = await readSubject(join(ASSETS, 'sample-dataset', '10_sks cat'));
  const count = await writeAutoencoderSet({ emoji, subject, seed, folder: join(values.out, 'autoencoder') });
  console.log(`${count} pictures for the autoencoder`);
}
if (sets.includes('diffusion')) {
  const tokenizer = createTokenizer(readFileSync(join(ASSETS, 'tokenizer', 'merges.txt'), 'utf8'));
  const pictures = await writeDiffusionSet({
    concepts: findConcepts(wholeTable(), emoji),
    probe: readProbe(join(ASSETS, 'base-model-evaluation', 'composition.json')),
    folder: join(values.out, 'diffusion'),
    outlines: join(values.out, 'outlines'),
    list: join(values.out, 'concepts.json'),
    countTokens: (caption) => tokenizer.encode(caption, CONTEXT_LENGTH).ids.length,
    seed,
  });
  console.log(`${pictures.length} pictures with captions`);
}
