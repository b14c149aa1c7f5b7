import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { showShape } from '../../../trainer/graph/dims.ts';
import { conditioningOf, LATENT_SHAPE, listedNetwork, unetOf, vaeOf } from './networks.ts';
import { PUBLISHED } from './published-configs.ts';

/** Names and shapes of a published part. */
function published(file: string): Map<string, string> {
  const path = new URL(`../../golden/data/diffusers/${file}.tsv`, import.meta.url);
  const rows = readFileSync(path, 'utf8').trim().split('\n');
  return new Map(rows.map((row) => row.split('\t').slice(0, 2) as [string, string]));
}

/** Shapes as the files write them; trailing ones are the kernel of a 1x1 convolution, which are the same bytes. */
const bytesOf = (shape: string): string => shape.replace(/(,1)+\]$/, ']');

/** What transformers and old diffusers files hold beside the weights. */
const NOT_WEIGHTS = /position_ids$/;

function compare(asked: ReadonlyMap<string, readonly number[]>, part: string, file: string): void {
  const ours = [...asked].filter(([name]) => name.startsWith(`${part}/`));
  const found = Object.fromEntries(
    ours.map(([name, shape]) => [name.slice(part.length + 1), bytesOf(`[${shape.join(',')}]`)]),
  );
  const expected = Object.fromEntries(
    [...published(file)].filter(([name]) => !NOT_WEIGHTS.test(name)).map(([name, shape]) => [name, bytesOf(shape)]),
  );
  expect(found).toEqual(expected);
}

describe.each(Object.entries(PUBLISHED))('the networks of %s', (family, config) => {
  test('the UNet asks for exactly the weights of the published file', () => {
    const net = listedNetwork();
    const out = unetOf(net, config);
    compare(net.asked, 'unet', `${family}_unet`);
    expect(showShape(out.shape)).toBe(showShape(LATENT_SHAPE));
  });

  test('the text encoders ask for exactly the weights of the published files', () => {
    const net = listedNetwork();
    conditioningOf(net, config);
    if (family !== 'sdxl_base') return compare(net.asked, 'text_encoder', `${family}_text_encoder`);
    // SDXL reads CLIP-L's last layer but one, so the layer after it and the last norm are never needed.
    const unread = [...published(`${family}_text_encoder`)].filter(([name]) => /layers\.11\.|final_layer/.test(name));
    const read = new Map(net.asked);
    for (const [name, shape] of unread) read.set(`text_encoder/${name}`, JSON.parse(shape) as number[]);
    compare(read, 'text_encoder', `${family}_text_encoder`);
    compare(read, 'text_encoder_2', `${family}_text_encoder_2`);
  });

  test('the autoencoder asks for exactly the weights of the published file', () => {
    const net = listedNetwork();
    const { mean, decoded } = vaeOf(net, config);
    compare(net.asked, 'vae', `${family}_vae`);
    expect(showShape(mean.shape)).toBe(showShape(LATENT_SHAPE));
    expect(showShape(decoded.shape)).toBe('[B, 3, 8*h, 8*w]');
  });
});

test('three windows of 77 tokens are joined to 227: start, three times 75, end', () => {
  const { text } = conditioningOf(listedNetwork(), PUBLISHED.sd15, 3);
  expect(showShape(text.shape)).toBe('[B, 227, 768]');
});
