import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { writeAutoencoderSet } from '../../../scripts/base-model/autoencoder-set.ts';
import type { Rgb } from '../../../scripts/base-model/canvas.ts';
import { nameColour, toHsv } from '../../../scripts/base-model/colours.ts';
import type { ProbePrompt } from '../../../scripts/base-model/composition.ts';
import { findConcepts, readTable } from '../../../scripts/base-model/concepts.ts';
import { writeDiffusionSet, type ListedConcept } from '../../../scripts/base-model/diffusion-set.ts';
import { readSubject } from '../../../scripts/base-model/held-out.ts';
import { box, disc, drawn, emoji } from './drawings.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'base-model-sets-'));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));
const SAMPLES = fileURLToPath(new URL('../../../assets/sample-dataset/10_sks cat/', import.meta.url));

const EMOJI = [
  emoji('red apple', disc('#d22')),
  emoji('bear', disc('#964b28')),
  emoji('crown', box('#fb0')),
  emoji('glasses', box('#38d')),
  emoji('shield', box('#28c')),
  emoji('red heart', disc('#e23')),
  emoji('clock', disc('#888'), '1f55b'),
];
const TABLE = 'red apple = apple : fruit\nbear\ncrown\nglasses *\nshield\nred heart = heart\nclock !';
const PROBE: readonly ProbePrompt[] = [
  { prompt: 'a blue apple', kind: 'colour', parts: ['blue', 'apple'] },
  { prompt: 'a bear wearing a crown', kind: 'wearing', parts: ['bear', 'crown'] },
];

const WHOLE = { table: TABLE, probe: PROBE };
/** Enough to compare bytes. */
const SMALL = { table: 'bear\nglasses *', probe: [] };

async function write(
  name: string,
  seed: number,
  { table, probe } = WHOLE,
): Promise<{ folder: string; list: ListedConcept[]; hash: string }> {
  const folder = join(ROOT, name);
  await writeDiffusionSet({
    concepts: findConcepts(readTable(table), EMOJI),
    probe,
    folder,
    outlines: join(ROOT, `${name}-outlines`),
    list: join(ROOT, `${name}.json`),
    countTokens: (caption) => caption.split(' ').length,
    seed,
  });
  const hash = createHash('sha256');
  const pictures = join(folder, '1_emoji');
  for (const file of readdirSync(pictures).sort()) hash.update(file).update(readFileSync(join(pictures, file)));
  const list = JSON.parse(readFileSync(join(ROOT, `${name}.json`), 'utf8')) as ListedConcept[];
  return { folder: pictures, list, hash: hash.digest('hex') };
}

const written = write('first', 1);

test('the captioned set is a Kohya folder: every picture of 128 pixels has its caption beside it, listed as it is', async () => {
  const { folder, list } = await written;
  const files = readdirSync(folder);
  const pictures = files.filter((file) => file.endsWith('.png'));
  expect(files).toHaveLength(2 * pictures.length);
  const listed = new Map(list.flatMap((concept) => concept.pictures.map(({ file, caption }) => [file, caption])));
  expect([...listed.keys()].sort()).toEqual(pictures.sort());
  for (const [file, caption] of listed) {
    expect(readFileSync(join(folder, file.replace('.png', '.txt')), 'utf8')).toBe(`${caption}\n`);
  }
  const { width, height, channels } = await sharp(join(folder, pictures[0] ?? '')).metadata();
  expect([width, height, channels]).toEqual([128, 128, 3]);
});

test('each concept has four plain pictures a style, one on a colour or two, and is in pairs', async () => {
  const { list } = await written;
  expect(list.map(({ concept, words }) => [concept, words])).toContainEqual(['apple', ['apple', 'fruit']]);
  for (const { concept, pictures } of list) {
    const count = (variant: string): number => pictures.filter((picture) => picture.variant === variant).length;
    expect([concept, count('plain')]).toEqual([concept, 8]);
    expect(count('background')).toBeGreaterThanOrEqual(2);
    expect(count('background')).toBeLessThanOrEqual(4);
    expect(count('pair')).toBeGreaterThan(0);
    // The clock is gray: there is no hue to turn.
    expect(count('hue') > 0).toBe(concept !== 'clock');
  }
});

test('a caption is plain lower case ASCII, and a pair is listed under both of its concepts', async () => {
  const { list } = await written;
  for (const { caption } of list.flatMap(({ pictures }) => pictures)) expect(caption).toMatch(/^[a-z][a-z ,-]*$/);
  const glasses = (concept: string): string[] =>
    list
      .filter((one) => one.concept === concept)
      .flatMap(({ pictures }) => pictures.map(({ file }) => file))
      .filter((file) => file.startsWith('bear-wearing-glasses'));
  expect(glasses('bear')).toEqual(['bear-wearing-glasses-flat.png', 'bear-wearing-glasses-soft.png']);
  expect(glasses('glasses')).toEqual(glasses('bear'));
});

test('the outlines are those plain pictures that are not mirrored, with their captions', async () => {
  const { folder, list } = await written;
  const outlines = join(ROOT, 'first-outlines', '1_emoji');
  const taken = new Set(readdirSync(outlines));
  for (const { concept, pictures } of list) {
    for (const style of ['flat', 'soft']) {
      const plain = pictures.filter((one) => one.variant === 'plain' && one.style === style).map(({ file }) => file);
      const upright = plain.filter((file) => taken.has(file));
      for (const file of upright) {
        for (const each of [file, file.replace('.png', '.txt')])
          expect(readFileSync(join(outlines, each))).toEqual(readFileSync(join(folder, each)));
      }
      const shapes = new Set(upright.map((file) => readFileSync(join(outlines, file)).toString('base64')));
      expect([concept, shapes.size]).toEqual([concept, 1]);
      if (concept === 'clock') expect(upright).toEqual(plain);
    }
  }
  expect([...taken].filter((file) => !/-plain-\d\.(png|txt)$/.test(file))).toEqual([]);
});

test('no picture shows a combination of the composition probe', async () => {
  const { list } = await written;
  const captions = list.flatMap(({ pictures }) => pictures.map(({ caption }) => caption));
  expect(captions.filter((caption) => /blue (apple|fruit)|bear.*crown|crown.*bear/.test(caption))).toEqual([]);
  expect(captions.some((caption) => caption.includes('shield with a'))).toBe(true);
});

test('the same seed gives the same bytes, another seed other pictures', async () => {
  const { hash } = await write('once', 1, SMALL);
  expect((await write('again', 1, SMALL)).hash).toBe(hash);
  expect((await write('other', 2, SMALL)).hash).not.toBe(hash);
});

test('a caption that is too long for the text encoder is refused before anything is written', async () => {
  const folder = join(ROOT, 'long');
  const attempt = writeDiffusionSet({
    concepts: findConcepts(readTable(TABLE), EMOJI),
    probe: PROBE,
    folder,
    outlines: join(ROOT, 'long-outlines'),
    list: join(ROOT, 'long.json'),
    countTokens: () => 21,
    seed: 1,
  });
  await expect(attempt).rejects.toThrow('has 21 tokens, more than 20');
  expect(existsSync(folder)).toBe(false);
});

test('the autoencoder sees every style of every emoji, but no flags, no symbols and no held-out cats', async () => {
  const folder = join(ROOT, 'autoencoder');
  const solid = { ...emoji('ball', disc('#2a2'), 'ball'), drawings: { '3d': drawn(disc('#2a2')) } };
  const flag = { ...emoji('flag', box('#00f'), 'flag'), group: 9 };
  const symbol = { ...emoji('symbol', box('#00f'), 'symbol'), group: 8 };
  const cat = emoji('grinning cat', disc('#fa0'), '1f63a');
  const options = { subject: await readSubject(SAMPLES), folder, seed: 1 };
  const count = await writeAutoencoderSet({ ...options, emoji: [...EMOJI, solid, flag, symbol, cat] });
  const files = readdirSync(join(folder, '1_pictures'));
  expect(files).toHaveLength(count);
  const plain = files.filter((file) => !/on-colour|turned/.test(file));
  expect(plain.sort()).toEqual(
    [...EMOJI.flatMap(({ code }) => [`${code}-flat.png`, `${code}-soft.png`]), 'ball-3d.png'].sort(),
  );
  expect(files.filter((file) => file.includes('turned'))).toHaveLength(count / 2);

  const green = await centreAndCorner(join(folder, '1_pictures', 'ball-3d.png'));
  const turned = await centreAndCorner(join(folder, '1_pictures', 'ball-3d-turned.png'));
  expect(nameColour(green.centre)).toBe('green');
  expect(nameColour(turned.centre)).not.toBe('green');
  expect(toHsv(turned.centre).saturation).toBeGreaterThan(0.2);
  expect(turned.corner).toEqual([255, 255, 255]);
});

async function centreAndCorner(path: string): Promise<{ readonly centre: Rgb; readonly corner: Rgb }> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): Rgb => {
    const [red = 0, green = 0, blue = 0] = data.subarray(3 * (y * info.width + x));
    return [red, green, blue];
  };
  return { centre: at(info.width / 2, info.height / 2), corner: at(0, 0) };
}

test('a held-out picture under another name stops the builder, and leaves no folder that looks complete', async () => {
  const folder = join(ROOT, 'leaking');
  const leak = {
    ...emoji('lion', disc('#fa0'), 'lion'),
    drawings: { '3d': { kind: 'file', path: join(ROOT, 'cut-out.png') } as const },
  };
  // As the package has it: the cat on nothing, here with the sample picture's white made transparent.
  const { data, info } = await sharp(join(SAMPLES, 'smiling.png'))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i += 4) if (data.subarray(i, i + 3).every((value) => value >= 250)) data[i + 3] = 0;
  await sharp(data, { raw: { width: info.width, height: info.height, channels: 4 } })
    .png()
    .toFile(leak.drawings['3d'].path);
  const options = { subject: await readSubject(SAMPLES), folder, seed: 1 };
  await expect(writeAutoencoderSet({ ...options, emoji: [leak] })).rejects.toThrow(
    /^lion-3d(-on-colour)?(-turned)? is the held-out subject/,
  );
  expect(existsSync(folder)).toBe(false);
});
