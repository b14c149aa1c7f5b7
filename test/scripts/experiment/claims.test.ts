import { expect, test } from 'vitest';
import { claimLines } from '../../../scripts/experiment/claims.ts';
import type { ArmResult } from '../../../scripts/experiment/report.ts';

interface Figures {
  readonly subject: number;
  readonly drift: number;
  readonly diversity: number;
}

/** The same numbers in both spaces; an effect for each seed. */
const armOf = (arm: string, ...seeds: readonly Figures[]): ArmResult => ({
  arm,
  effects: seeds.map(({ subject, drift, diversity }) => {
    const effect = { subjectDistance: subject, classDrift: drift, classDistance: 1, classDiversity: diversity };
    return { pixels: effect, latents: effect };
  }),
});

const UNTRAINED = armOf('untrained model', { subject: 0.8, drift: 0, diversity: 0.6 });
const WITHOUT = armOf('no prior preservation', { subject: 0.3, drift: 0.5, diversity: 0.25 });

test('what became less or more as claimed is a yes, the other way a no, both with their figures', () => {
  const kept = [armOf('class images', { subject: 0.9, drift: 0.25, diversity: 0.125 })];
  const lines = claimLines({ untrained: UNTRAINED, without: WITHOUT, kept });
  expect(lines.slice(0, 4)).toEqual([
    'no prior preservation, in pixels: the subject is learned: yes (0.300; untrained model: 0.800).',
    'class images, in pixels: the subject is learned: no (0.900; untrained model: 0.800).',
    'class images, in pixels: the class drifts less: yes (0.250; no prior preservation: 0.500).',
    'class images, in pixels: the class stays more diverse: no (0.125; no prior preservation: 0.250).',
  ]);
  expect(lines).toHaveLength(8);
});

test('a difference that is smaller than those between seeds says nothing', () => {
  const seeds = [0.2, 0.6].map((drift) => ({ subject: 0.3, drift, diversity: 0.5 }));
  const lines = claimLines({ untrained: UNTRAINED, without: WITHOUT, kept: [armOf('class images', ...seeds)] });
  expect(lines).toContain(
    'class images, in latents: the class drifts less: too close to tell (0.400; no prior preservation: 0.500).',
  );
});

test('without the arm that keeps nothing, only the subject is spoken of', () => {
  const lines = claimLines({ untrained: UNTRAINED, without: undefined, kept: [WITHOUT] });
  expect(lines.filter((line) => !line.includes('the subject is learned'))).toEqual([]);
  expect(lines).toHaveLength(2);
});
