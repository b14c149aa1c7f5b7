/**
 * The window on a stage: the real pages before the fake service, in the scene that the address asks for, so that they can
 * be looked at without a trainer.
 */
import '@mantine/core/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import '../../../renderer/styles/tokens.css';
import '../../../renderer/styles/global.css';
import { createRoot } from 'react-dom/client';
import { exportJob, importJob } from '../../../trainer/api/job/index.ts';
import { must } from '../../../trainer/base/errors.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { createApp } from '../../../renderer/state/app.ts';
import type { Page } from '../../../renderer/state/view.ts';
import { Window } from '../../../renderer/window.tsx';
import { DEFAULT_SETTINGS, type Settings } from '../../../trainer/api/rpc/index.ts';
import { fakeService, RUN, SAMPLE_JOB } from '../fake-service.ts';
import { historyOf, pastHistory, pastRuns, stepAt } from './made-up-run.ts';
import { drawnPictures } from './made-up-drawings.ts';

/** As Kohya's GUI saves a job, with settings of every fate. */
const KOHYA = JSON.stringify({
  LoRA_type: 'LyCORIS/LoHa',
  learning_rate: 0.0002,
  lr_warmup: 10,
  mixed_precision: 'fp16',
  network_dim: 16,
  optimizer: 'Prodigy',
  sdpa: true,
  text_encoder_lr: 0,
  unet_lr: 0.0002,
  wandb_api_key: 'x',
});

const scene = new URL(location.href).searchParams;
const theme = (scene.get('theme') ?? 'light') as Settings['theme'];
const textSize = Number(scene.get('size') ?? 100);
const steps = Number(scene.get('steps') ?? 300);
const at = Number(scene.get('at') ?? 0);
const prompts = scene.get('prompts');
const table = {
  ...SAMPLE_JOB,
  ...(prompts === null ? {} : { sample_prompts: prompts }),
  network_dim: 16,
  network_alpha: 8,
  learning_rate: 0.001,
  max_train_steps: steps,
};
const settings: Settings = {
  ...DEFAULT_SETTINGS,
  theme,
  textSize,
  expert: scene.get('view') !== 'simple',
  draft: scene.has('first') ? null : { table, unsaved: true },
};
const failed = scene.has('failed')
  ? {
      end: {
        kind: 'failed' as const,
        error: {
          code: 'engine/out-of-memory' as const,
          what: 'The run stopped because graphics memory was full',
          fix: 'Halve the batch and accumulate two steps: learning stays the same.',
        },
      },
    }
  : {};
const service = fakeService({
  'settings.read': () => ({ settings }),
  'settings.write': ({ settings: change }) => ({ settings: { ...settings, ...(change as Partial<Settings>) } }),
  'run.current': () => (at === 0 ? {} : { run: { ...RUN, lastStep: stepAt(at, steps), savedStep: 200, ...failed } }),
  'run.history': ({ folder }) => pastHistory(folder) ?? historyOf(at, steps),
  'runs.trash': ({ folder }) => ({ trashed: `${folder} in the trash` }),
  'runs.trashed': () => ({ runs: [] }),
  'runs.restore': ({ trashed }) => ({ folder: trashed.replace(' in the trash', '') }),
  'job.export': ({ table: given, format, path }) => ({
    ...exportJob(given, format),
    ...(path === undefined ? {} : { path }),
  }),
  'job.import': () => importJob(KOHYA),
  'runs.list': () => ({ runs: scene.has('new') ? [] : pastRuns(), folders: [] }),
  'generate.history': () => ({ pictures: scene.has('new') ? [] : drawnPictures() }),
});
const app = createApp({
  connection: createConnection(service.transport),
  pictureUrl: (path) => {
    const name = path.split('/').at(-1) ?? '';
    return `10_sks cat/${name}`;
  },
});
app.view.getState().go((scene.get('page') ?? 'train') as Page);
Object.assign(globalThis, { stage: { app, service, stepAt } });
createRoot(must(document.getElementById('root'), 'the root element')).render(<Window app={app} />);
