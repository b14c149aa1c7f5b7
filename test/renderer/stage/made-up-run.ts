/** A run that never was: a loss that falls and shakes, samples at every fifth of it. */
import type { RunHistory, RunSummary } from '../../../trainer/api/rpc/index.ts';
import type { StepFacts } from '../../../renderer/state/run.ts';

/** Chance that is the same every time. */
function shake(step: number): number {
  const value = Math.sin(step * 127.1) * 43_758.5453;
  return value - Math.floor(value) - 0.5;
}

const PER_EPOCH = 23;

export function stepAt(step: number, steps: number): StepFacts {
  const trend = 0.09 + 0.07 * Math.exp(-step / (steps * 0.18));
  const loss = trend * (1 + 0.5 * shake(step));
  const lr = step < 20 ? step * 5e-5 : 1e-3 * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  return {
    kind: 'step',
    step,
    steps,
    epoch: Math.ceil(step / PER_EPOCH),
    epochs: Math.ceil(steps / PER_EPOCH),
    loss,
    averageLoss: trend,
    lr: { unet: lr },
    gradNorm: 0.4,
    seconds: 0.52,
    etaSeconds: (steps - step) * 0.52,
  };
}

const PROMPTS = ['a sks cat', 'a sks cat with red hearts for eyes', 'sks cat in a coffee cup', 'a dog, flat style'];
const PICTURES = ['smiling', 'crying', 'weary', 'smirking'];

export function historyOf(at: number, steps: number): RunHistory {
  const rows = Array.from({ length: at }, (_, index) => stepAt(index + 1, steps));
  const every = Math.max(1, Math.round(steps / 8));
  const sampled = Array.from({ length: Math.floor(at / every) + 1 }, (_, index) => index * every);
  return {
    folder: '/runs/sks-cat',
    name: 'sks-cat',
    table: {},
    metrics: {
      step: rows.map(({ step }) => step),
      epoch: rows.map(({ epoch }) => epoch),
      loss: rows.map(({ loss }) => loss),
      averageLoss: rows.map(({ averageLoss }) => averageLoss),
      gradNorm: rows.map(({ gradNorm }) => gradNorm),
      seconds: rows.map(({ seconds }) => seconds),
      lr: { unet: rows.map(({ lr }) => lr['unet'] ?? 0) },
    },
    samples: sampled.flatMap((step) =>
      PROMPTS.map((prompt, promptIndex) => ({
        file: `/runs/sks-cat/${PICTURES[(promptIndex + step / every) % PICTURES.length] ?? ''}.png`,
        step,
        promptIndex,
        prompt,
        seed: 1234,
      })),
    ),
    files: [],
    log: [
      { time: '2026-11-20T14:02:11', message: 'Read 9 images and 8 captions, made 1 bucket' },
      { time: '2026-11-20T14:02:13', message: 'Latents cached, 9 of 9 from an earlier run' },
      { time: '2026-11-20T14:02:19', message: 'Training started, seed 42, 32 modules' },
      { time: '2026-11-20T14:04:04', message: 'Drew samples at step 0' },
      { time: '2026-11-20T14:06:44', message: 'Saved sks-cat-step00000200.safetensors at step 200' },
    ],
    resumable: true,
  };
}

/** What the folder of one of the past runs tells: the second learns too fast and loses it again. */
export function pastHistory(folder: string): RunHistory | undefined {
  const index = pastRuns().findIndex((run) => run.folder === folder);
  const run = pastRuns()[index];
  if (run === undefined) return undefined;
  const history = historyOf(run.step, 1600);
  const worse = (loss: number, at: number): number => loss * (1 + index * 0.04 + (index === 1 ? (at / 1600) ** 3 : 0));
  return {
    ...history,
    folder,
    name: run.name,
    table: run.table,
    metrics: { ...history.metrics, loss: history.metrics.loss.map(worse) },
    samples: history.samples
      .map((sample) => ({ ...sample, step: sample.step - index * 10 }))
      .filter(({ step }) => step >= 0),
  };
}

const savesOf = (name: string, step: number): RunSummary['files'] =>
  [`${name}-step00000200`, ...(step === 1600 ? [name] : [])].map((file) => ({
    path: `/runs/${name}/${file}.safetensors`,
    name: `${file}.safetensors`,
    bytes: 540_000,
    final: file === name,
  }));

/** Four runs, as their folders would tell. */
export function pastRuns(): readonly RunSummary[] {
  const told = [
    { name: 'sks-cat-4', state: 'done', network_dim: 16, step: 1600, picture: 'smiling' },
    { name: 'sks-cat-3', state: 'done', network_dim: 64, step: 1600, picture: 'weary' },
    { name: 'sks-cat-2', state: 'stopped', network_dim: 4, step: 412, picture: 'smirking' },
    { name: 'sks-cat', state: 'failed', network_dim: 4, step: 0, picture: undefined },
  ] as const;
  return told.map(({ name, state, network_dim, step, picture }, index) => ({
    folder: `/runs/${name}`,
    name,
    startedAt: Date.UTC(2026, 10, 20 - index, 18, 4),
    state,
    ...(state === 'failed' ? { reason: 'Memory was full' } : { loss: 0.091 + index * 0.013 }),
    step,
    steps: 1600,
    seconds: step * 0.52,
    sparkline: Array.from({ length: state === 'failed' ? 0 : 60 }, (_, at) => stepAt(at * 25 + 1, 1600).averageLoss),
    ...(picture === undefined ? {} : { picture: `/runs/${picture}.png` }),
    files: state === 'failed' ? [] : savesOf(name, step),
    table: {
      pretrained_model_name_or_path: 'bundled:model',
      output_name: name,
      network_dim,
      ...(index === 1 ? { learning_rate: 0.0005 } : {}),
    },
    resumable: state === 'stopped',
  }));
}
