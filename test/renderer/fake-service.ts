/**
 * A service without a trainer: answers by the real contract, with a small job, nine pictures and a run that a test
 * steps by hand.
 */
import {
  connect,
  DEFAULT_SETTINGS,
  serve,
  type CallInput,
  type CallName,
  type Client,
  type DatasetScan,
  type Emit,
  type Handlers,
  type JobSettings,
  type Port,
  type Preset,
  type RunStatus,
  type Service,
} from '../../trainer/api/rpc/index.ts';
import { UserError } from '../../trainer/base/errors.ts';
import type { Transport } from '../../renderer/service/connection.ts';

export interface FakeService {
  readonly transport: Transport;
  /** For a server. */
  readonly service: Service;
  readonly emit: Emit;
  /** What was called, in order. */
  readonly calls: { readonly name: CallName; readonly input: unknown }[];
  /** Ends the line; `reopen` brings it back. */
  drop(): void;
  reopen(): void;
}

export const SAMPLE_JOB: JobSettings = {
  pretrained_model_name_or_path: 'bundled:model',
  train_data_dir: 'bundled:sample-dataset',
  output_dir: 'runs',
  output_name: 'sks-cat',
  train_batch_size: 4,
  max_train_steps: 300,
};

const NAMES = [
  'smiling',
  'grinning-eyes',
  'crying',
  'heart-eyes',
  'smirking',
  'kissing',
  'weary',
  'grumpy',
  'tears-of-joy',
];

export const SCAN: DatasetScan = {
  images: NAMES.map((name, index) => ({
    path: `/cats/10_sks cat/${name}.png`,
    name: `${name}.png`,
    bytes: 40_000,
    width: index === 3 ? 160 : 256,
    height: index === 5 ? 160 : 256,
    caption: 'a sks cat',
    captionFrom: index === 7 ? 'folder' : 'file',
    captionFile: `/cats/10_sks cat/${name}.txt`,
    tokens: 4 + index,
    subset: 0,
    repeats: 10,
    isRegularisation: false,
    bucket: { width: 128, height: 128 },
    resized: { width: index === 5 ? 205 : 128, height: index === 3 ? 205 : 128 },
    findings: index === 7 ? [0] : [],
  })),
  subsets: [
    {
      folder: '/cats/10_sks cat',
      name: '10_sks cat',
      repeats: 10,
      classTokens: 'sks cat',
      isRegularisation: false,
      imageCount: 9,
    },
  ],
  buckets: [{ width: 128, height: 128, images: 9, samples: 90, batches: 23 }],
  findings: [
    {
      severity: 'warning',
      code: 'dataset/no-caption',
      keys: [],
      what: '1 image has no caption',
      fix: 'It would train on the folder name “sks cat”.',
      remedies: [
        {
          kind: 'files',
          label: 'Caption as “sks cat”',
          fix: { kind: 'caption', images: ['/cats/10_sks cat/grumpy.png'], text: 'sks cat', extension: '.txt' },
        },
      ],
    },
  ],
  leftOut: 0,
  tokenLimit: 75,
};

export const PRESETS: readonly Preset[] = [
  { name: 'Subject', isBuiltIn: true, about: 'One thing.', table: { network_dim: 16, network_alpha: 8 } },
  { name: 'My cat', isBuiltIn: false, table: { network_dim: 4, seed: 3, optimizer_args: ['weight_decay=0'] } },
];

export const RUN: RunStatus = {
  runId: 'run-1',
  folder: '/runs/sks-cat',
  name: 'sks-cat',
  table: SAMPLE_JOB,
  startedAt: 0,
  state: 'training',
  message: 'Training',
  asked: 'nothing',
  resumable: true,
};

const cosine = (step: number, steps: number): number => 1e-3 * 0.5 * (1 + Math.cos((Math.PI * step) / steps));

/** Handlers that a test wants otherwise take the place of these. */
export function fakeService(given: Partial<Handlers> = {}): FakeService {
  const calls: FakeService['calls'] = [];
  const listeners = new Set<Emit>();
  let settings = DEFAULT_SETTINGS;
  const prompts = new Map([
    ['/jobs/prompts.txt', '# mine\na sks cat --w 128 --h 128 --d 1\na dog --n blurry --s 20\n'],
  ]);
  const known: Partial<Handlers> = {
    'app.info': () => ({
      version: '0.1.0',
      platform: 'linux',
      separator: '/',
      home: '/home/you',
      processor: 'A processor',
      cores: 8,
      memory: 16e9,
      bundled: { model: 'bundled:model', sampleDataset: 'bundled:sample-dataset', sampleJob: SAMPLE_JOB },
    }),
    'settings.read': () => ({ settings }),
    'settings.write': ({ settings: change }) => {
      settings = { ...settings, ...(change as Partial<typeof settings>) };
      return { settings };
    },
    'presets.list': () => ({ presets: PRESETS, broken: [] }),
    'job.new': () => ({ table: {} }),
    'job.open': (from) => ({
      ...('path' in from ? { path: from.path } : {}),
      table: { ...SAMPLE_JOB, output_name: 'opened' },
    }),
    'job.save': ({ path }) => ({ path }),
    'job.check': ({ table }) => ({
      problems: [],
      ignored: [],
      plan: planOf(Number(table['max_train_steps'] ?? 1600)),
      checkpoint: { path: 'bundled:model', family: 'sd1', title: 'Stable Diffusion 1.x', bytes: 31e6 },
    }),
    'prompts.read': ({ path }) => ({ text: prompts.get(path) ?? '', exists: prompts.has(path), problems: [] }),
    'prompts.write': ({ path, text }) => {
      prompts.set(path, text);
      return { problems: [] };
    },
    'prompts.keep': ({ name, text }) => {
      const path = `/work/prompts/${name}.txt`;
      prompts.set(path, text);
      return { path };
    },
    'dataset.scan': () => SCAN,
    'dataset.inspect': () => ({ findings: [] }),
    // A word is a token.
    'captions.count': ({ texts, limit }) => ({
      counts: texts.map((text) => {
        const words = [...text.matchAll(/\S+/g)];
        const cut = words[limit];
        return { tokens: words.length, ...(cut === undefined ? {} : { cutAt: cut.index }) };
      }),
    }),
    'caption.write': ({ image, extension }) => ({ captionFile: image.replace(/\.png$/, extension) }),
    'captions.edit': ({ images }) => ({ changed: images.length }),
    'dataset.fix': ({ fix }) => ({ changed: fix.images.length }),
    'files.list': ({ path }) => ({ folder: path, entries: [] }),
    'runs.list': () => ({ runs: [], folders: [] }),
    'runs.forgetFolder': () => ({}),
    'runs.trashed': () => ({ runs: [] }),
    'generate.history': () => ({ pictures: [] }),
    'generate.start': () => ({ drawingId: 'drawing-1' }),
    'generate.stop': () => ({}),
    'classes.current': () => ({}),
    'classes.make': () => ({}),
    'classes.stop': () => ({}),
    'run.current': () => ({}),
    'run.start': ({ table }) => ({ ...RUN, table }),
    'run.pause': () => ({}),
    'run.stop': () => ({}),
    'run.saveNow': () => ({}),
    'run.sampleNow': () => ({}),
  };
  const handlers = new Proxy({ ...known, ...given } as Handlers, {
    get: (table, name: CallName) => (input: CallInput<CallName>, context: never) => {
      calls.push({ name, input });
      const handler = table[name] as ((input: unknown, context: never) => unknown) | undefined;
      if (handler === undefined) {
        throw new UserError({ code: 'rpc/unknown-call', what: `The test has no answer to ${name}`, fix: 'Give one.' });
      }
      return handler(input, context);
    },
  });
  let open: () => void = () => undefined;
  let close: () => void = () => undefined;
  const service = {
    handlers,
    onEvent: (listener: Emit) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    service,
    calls,
    emit: (name, data) => {
      for (const listener of listeners) listener(name, data);
    },
    drop: () => close(),
    reopen: () => open(),
    transport: {
      start: (onOpen, onClose) => {
        open = () => {
          const [window, trainer, end] = joinedPorts();
          close = () => {
            end();
            onClose({ what: 'The trainer stopped', fix: 'It is started again.' });
          };
          serve(trainer, service, (error) => {
            throw error;
          });
          onOpen(window);
        };
        open();
      },
    },
  };
}

function planOf(steps: number): NonNullable<Awaited<ReturnType<Handlers['job.check']>>['plan']> {
  const points = Array.from({ length: 60 }, (_, index): [number, number] => {
    const step = Math.round((index / 59) * steps);
    return [step, step < 20 ? (step / 20) * 1e-3 : cosine(step, steps)];
  });
  return {
    steps: {
      images: 9,
      regularisationImages: 0,
      trainingSamples: 90,
      regularisationSamples: 0,
      batchSize: 4,
      accumulation: 1,
      batchesPerEpoch: 23,
      stepsPerEpoch: 23,
      epochs: Math.ceil(steps / 23),
      totalSteps: steps,
    },
    lrCurve: [{ part: 'unet', points }],
    fileBytes: 540_000,
    saves: 1,
  };
}

/** Two ends of a line within one process; messages arrive later, as they do elsewhere. */
function joinedPorts(): readonly [Port, Port, () => void] {
  const closers: (() => void)[] = [];
  let isOpen = true;
  const ends = [0, 1].map(() => ({ hear: (_: string): void => undefined }));
  const port = (own: number): Port => ({
    send: (text) =>
      queueMicrotask(() => {
        if (isOpen) ends[1 - own]?.hear(text);
      }),
    onMessage: (listener) => {
      const end = ends[own];
      if (end !== undefined) end.hear = listener;
    },
    onClose: (listener) => void closers.push(listener),
  });
  const end = (): void => {
    isOpen = false;
    for (const close of closers) close();
  };
  return [port(0), port(1), end];
}

/** A client on the fake, without a window. */
export function fakeClient(service: FakeService): Client {
  let client: Client | undefined;
  service.transport.start(
    (port) => {
      client = connect(port);
    },
    () => undefined,
  );
  if (client === undefined) throw new Error('the fake is always there');
  return client;
}
