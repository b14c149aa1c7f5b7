import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { createGenerator } from '../../../../trainer/base/random.ts';
import { f32, type F32Tensor } from '../../../../trainer/base/tensor.ts';
import { fromTensor, type Doubles } from '../../../../trainer/exec/reference/doubles.ts';
import { evaluate } from '../../../../trainer/exec/reference/index.ts';
import {
  autoencoderEntries,
  buildAutoencoderStep,
  type AutoencoderSpec,
} from '../../../../trainer/train/autoencoder/autoencoder-graph.ts';
import { gradientName } from '../../../../trainer/train/step-graph.ts';
import { drawnPictures, drawnValues, JUDGED, PLAIN, SIZE } from './tiny-vae.ts';

type Numbers = Record<string, Doubles>;

const asDoubles = (tensors: Readonly<Record<string, F32Tensor>>): Numbers =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, fromTensor(tensor)]));

const inputs: Numbers = asDoubles({ ...drawnPictures(), discriminator_factor: f32([], [1]) });

/** Every output in double precision. */
function stepOf(spec: AutoencoderSpec, values: Numbers, others: Numbers = {}): ReadonlyMap<string, Doubles> {
  const feeds = { ...inputs, ...values, ...others };
  if (spec.discriminator === undefined) delete feeds['discriminator_factor'];
  return evaluate(buildAutoencoderStep(spec).graph, feeds, new Map(Object.entries(values)));
}

const one = (outputs: ReadonlyMap<string, Doubles>, name: string): number =>
  must(outputs.get(name)?.data[0], `the output ${name}`);

const STEP = 1e-5;

describe('gradients against central differences in double precision', () => {
  const values = asDoubles(drawnValues(JUDGED));
  const base = stepOf(JUDGED, values);

  /** The derivative of `loss` along one random direction of all entries of a part, both ways. */
  function check(part: string, loss: (outputs: ReadonlyMap<string, Doubles>) => number): void {
    const random = createGenerator(5);
    const entries = autoencoderEntries(JUDGED).filter((entry) => entry.part === part);
    expect(entries.length).toBeGreaterThan(0);
    const directions = new Map(entries.map(({ name, shape }) => [name, random.normals(countOf(shape))]));
    const moved = (by: number): Numbers => ({
      ...values,
      ...Object.fromEntries(
        [...directions].map(([name, direction]) => {
          const { shape, data } = must(values[name], name);
          return [name, { shape, data: data.map((value, at) => value + by * (direction[at] ?? 0)) }];
        }),
      ),
    });
    const quotient = (loss(stepOf(JUDGED, moved(STEP))) - loss(stepOf(JUDGED, moved(-STEP)))) / (2 * STEP);
    let derivative = 0;
    for (const [name, direction] of directions) {
      const gradient = must(base.get(gradientName(name)), name).data;
      derivative += gradient.reduce((sum, value, at) => sum + value * (direction[at] ?? 0), 0);
    }
    expect(Math.abs(quotient)).toBeGreaterThan(1e-3);
    // The difference's own error is of the third derivative times the step's square, 1e-10.
    expect(Math.abs(derivative / quotient - 1)).toBeLessThan(1e-6);
  }

  const countOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

  /** With the adaptive weight as it was before anything moved: nothing is differentiated through it. */
  const lossOfAutoencoder = (outputs: ReadonlyMap<string, Doubles>): number =>
    one(outputs, 'reconstruction') +
    JUDGED.klWeight * one(outputs, 'kl') +
    one(base, 'adaptive_weight') * one(outputs, 'generator');

  test('the autoencoder follows its own loss, the adaptive weight held still', () => {
    expect(lossOfAutoencoder(base)).toBeCloseTo(one(base, 'loss'), 12);
    check('vae', lossOfAutoencoder);
  });

  test('the learned variance too', () => check('loss', lossOfAutoencoder));

  test('the discriminator follows the hinge, not what fools it', () => {
    check('discriminator', (outputs) => one(outputs, 'discriminator'));
  });
});

describe('before the discriminator joins', () => {
  const values = asDoubles(drawnValues(JUDGED));
  const waiting = stepOf(JUDGED, values, { discriminator_factor: { shape: [], data: Float64Array.of(0) } });
  const alone = stepOf({ ...PLAIN, learnedLogVariance: true }, ownOf(values));

  function ownOf(all: Numbers): Numbers {
    return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('discriminator/')));
  }

  test('the autoencoder learns as without one', () => {
    expect(one(waiting, 'loss')).toBe(one(alone, 'loss'));
    for (const { name, part } of autoencoderEntries(JUDGED)) {
      if (part === 'discriminator') continue;
      const [with_, without] = [waiting, alone].map((outputs) => must(outputs.get(gradientName(name)), name).data);
      for (const [at, value] of must(with_, name).entries()) expect(value).toBeCloseTo(must(without?.[at], name), 12);
    }
  });

  test('the discriminator stays as it is', () => {
    for (const { name, part } of autoencoderEntries(JUDGED)) {
      if (part !== 'discriminator') continue;
      expect(must(waiting.get(gradientName(name)), name).data.every((value) => value === 0)).toBe(true);
    }
  });
});

test('sum and mean are one loss in two units', () => {
  const values = asDoubles(drawnValues(PLAIN));
  const mean = stepOf(PLAIN, values);
  // A picture has 3·H·W elements and 4·(H/2)·(W/2) latent ones: 3 times as many, so the KL weight grows threefold.
  const sum = stepOf({ ...PLAIN, averaging: 'sum', klWeight: 3 * PLAIN.klWeight }, values);
  const elements = 3 * SIZE.H * SIZE.W;
  expect(one(sum, 'loss') / elements).toBeCloseTo(one(mean, 'loss'), 12);
  const name = gradientName('vae/quant_conv.weight');
  const [ofSum, ofMean] = [sum, mean].map((outputs) => must(outputs.get(name), name).data);
  for (const [at, value] of must(ofSum, name).entries()) {
    expect(value / elements).toBeCloseTo(must(ofMean?.[at], name), 12);
  }
});

test('without a discriminator there is nothing of it, and any size may be fed', () => {
  const { graph, parameters } = buildAutoencoderStep(PLAIN);
  expect([...graph.outputs.keys()].slice(0, 4)).toEqual(['loss', 'reconstruction', 'kl', 'squared_error']);
  expect([...graph.outputs.keys()].slice(4)).toEqual([...parameters.keys()].map(gradientName));
  expect([...parameters.keys()]).toEqual(autoencoderEntries(PLAIN).map(({ name }) => name));
  expect(graph.leaves.flatMap(({ source }) => (source.kind === 'input' ? [source.name] : []))).toEqual([
    'pixels',
    'noise',
  ]);
});

test('with a frozen encoder, loss and gradients of the rest are the same numbers', () => {
  const values = asDoubles(drawnValues(JUDGED));
  const whole = stepOf(JUDGED, values);
  const frozen = stepOf({ ...JUDGED, frozenEncoder: true }, values);
  expect(one(frozen, 'loss')).toBe(one(whole, 'loss'));
  const ofEncoder = [...whole.keys()].filter((name) => !frozen.has(name));
  expect(ofEncoder.length).toBeGreaterThan(10);
  for (const name of ofEncoder) expect(name).toMatch(/vae\/(encoder|quant_conv)\./);
  for (const [name, { data }] of frozen) expect([...data]).toEqual([...must(whole.get(name), name).data]);
});

test('the squared error is that of the reconstruction, whatever the rule', () => {
  const values = asDoubles(drawnValues(PLAIN));
  const squared = stepOf({ ...PLAIN, reconstruction: 'l2' }, values);
  expect(one(squared, 'squared_error')).toBe(one(squared, 'reconstruction'));
  expect(one(stepOf(PLAIN, values), 'squared_error')).toBe(one(squared, 'squared_error'));
});

test('pictures whose sides the encoder cannot halve are refused', () => {
  expect(() => buildAutoencoderStep({ ...PLAIN, size: { H: 8, W: 9 } })).toThrow('9 is not divisible by 2');
  const odd = asDoubles({ pixels: f32([1, 3, 8, 9], new Float32Array(216)), noise: drawnPictures().noise });
  expect(() => stepOf(PLAIN, asDoubles(drawnValues(PLAIN)), odd)).toThrow('W/2 is 4.5, not a whole number');
});
