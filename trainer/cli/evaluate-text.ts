/**
 * An evaluation as text for people.
 */
import type { Evaluation } from '../train/evaluation/evaluate.ts';
import { durationText } from './progress.ts';
import { shown } from './failure.ts';

const MISSES_SHOWN = 10;

export function evaluationText(evaluation: Evaluation, seconds: number): string {
  const { concepts, prompts, pictures, candidates } = evaluation;
  const lines = [
    `${countOf(pictures, 'picture')} of ${countOf(prompts, 'prompt')}, beside ${countOf(candidates, 'training picture')} of ${countOf(concepts, 'concept')} (${durationText(seconds)})`,
    '',
    ...retrievalLines(evaluation),
    ...varietyLines(evaluation),
    ...scoreLines(evaluation),
    ...missLines(evaluation),
    ...sheetLines(evaluation),
  ];
  return `${lines.join('\n')}\n`;
}

const countOf = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const row = (name: string, value: string): string => `${name.padEnd(44)}${value}`;

function retrievalLines({ top1, top5, exact, latentTop1, latentTop5 }: Evaluation): string[] {
  return [
    row('Nearest training picture shows the prompt', percent(top1)),
    ...(exact === undefined ? [] : [row('  in the style of the prompt too', percent(exact))]),
    row('One of the five nearest does', percent(top5)),
    row('The same by latents', `${percent(latentTop1)}, ${percent(latentTop5)}`),
  ];
}

/** 0: both seeds give the same picture; 1: as far apart as pictures of different prompts. */
function varietyLines({ seedVariety: { pixels, latents } }: Evaluation): string[] {
  if (pixels === undefined || latents === undefined) return [];
  return [
    row(
      'Two seeds of a prompt, against two prompts',
      `${pixels.toFixed(2)} in pixels, ${latents.toFixed(2)} in latents`,
    ),
  ];
}

function scoreLines(evaluation: Evaluation): string[] {
  const { autoencoder, autoencoderFrechetDistance, autoencoderConceptScore } = evaluation;
  const { frechetInceptionDistance, inceptionScore } = evaluation;
  const optional = (name: string, value: number | undefined): string[] =>
    value === undefined ? [] : [row(name, value.toPrecision(4))];
  return [
    ...optional('Fréchet distance, autoencoder (no FID)', autoencoderFrechetDistance),
    ...optional('Concept score, autoencoder', autoencoderConceptScore),
    row('Autoencoder of latents and features', shown(autoencoder)),
    ...optional('Fréchet inception distance (FID)', frechetInceptionDistance),
    ...optional('Inception score', inceptionScore?.mean),
  ];
}

function missLines({ missed }: Evaluation): string[] {
  if (missed.length === 0) return [];
  const some = missed.slice(0, MISSES_SHOWN);
  const rest = missed.length - some.length;
  return [
    '',
    `Nearest to another concept: ${missed.length}`,
    ...some.map(({ prompt, seed, nearest }) => `  "${shown(prompt)}" (seed ${seed}) is nearest to ${shown(nearest)}`),
    ...(rest > 0 ? [`  and ${rest} more (--json lists all)`] : []),
  ];
}

function sheetLines({ sheets, composition }: Evaluation): string[] {
  const files = [...sheets, ...new Set(composition.map(({ file }) => file))];
  return files.length === 0 ? [] : ['', 'Contact sheets:', ...files.map((file) => `  ${shown(file)}`)];
}
