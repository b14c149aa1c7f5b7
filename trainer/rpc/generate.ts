/**
 * "Try it": pictures from a prompt with and without LoRAs, drawn in a process of its own and kept in a folder.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { DrawingEvent, DrawingOrder, DrawnPicture, Handlers } from '../api/rpc/index.ts';
import { drawnPictureShape } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { failureOf } from './failure.ts';
import { runLines, type LinesProcess } from './json-lines.ts';
import type { Surroundings } from './surroundings.ts';

type DrawingCalls = 'generate.start' | 'generate.stop' | 'generate.history';

const LARGEST_SEED = 2 ** 32 - 1;

/** The drawing that is on. */
interface Drawing {
  readonly drawingId: string;
  readonly order: DrawingOrder;
  stopped: boolean;
  process?: LinesProcess;
  /** Resolves when its process is no more. */
  ended: Promise<void>;
  stop(): void;
}

export interface DrawingHandlers {
  readonly handlers: Pick<Handlers, DrawingCalls>;
  isOn(): boolean;
  /** Ends a drawing that is on; until then it may hold memory that a run needs. */
  close(): Promise<void>;
}

/** @param requireFree throws while something else computes: a drawing beside it could take the memory that it needs */
export function drawingHandlers({ machine, emit, allowed }: Surroundings, requireFree: () => void): DrawingHandlers {
  const { files, workFolder } = machine;
  const folder = join(workFolder, 'drawings');
  let current: Drawing | undefined;

  const keep = async (picture: DrawnPicture): Promise<void> => {
    await files.append(join(folder, 'pictures.jsonl'), `${JSON.stringify(picture)}\n`);
  };
  const draw = async (drawing: Drawing): Promise<DrawingEvent> => {
    const { drawingId, order } = drawing;
    await files.makeFolder(folder);
    await allowed.allow(folder);
    const rounds = order.compare && order.loras.length > 0 ? [false, true] : [order.loras.length > 0];
    const kept: Promise<void>[] = [];
    const all = order.steps * order.count * rounds.length;
    for (const [index, withLoras] of rounds.entries()) {
      if (drawing.stopped) break;
      const out = join(folder, `${Math.floor(machine.clock.now())}-${withLoras ? 'with' : 'without'}.png`);
      let pictures = 0;
      drawing.process = runLines(machine.self, wordsOf(order, withLoras, out), (line) => {
        const read = LINE.safeParse(line);
        if (!read.success) return;
        if (read.data.kind === 'progress') {
          const done = order.steps * (index * order.count + pictures) + Math.min(read.data.done, order.steps);
          emit('generate', { drawingId, event: { kind: 'progress', done: Math.min(done, all), total: all } });
        } else if (read.data.kind === 'warning') emit('generate', { drawingId, event: read.data });
        else {
          pictures += 1;
          const { file, width, height, seed } = read.data;
          const picture = { file, width, height, seed, withLoras, order, drawnAt: machine.clock.now() };
          kept.push(keep(picture));
          emit('generate', { drawingId, event: { kind: 'picture', picture } });
        }
      });
      await drawing.process.ended;
    }
    await Promise.all(kept);
    return { kind: drawing.stopped ? 'stopped' : 'done' };
  };

  const handlers: Pick<Handlers, DrawingCalls> = {
    'generate.start': ({ order: given }) => {
      if (current !== undefined) throw drawingIsOn();
      requireFree();
      const seed = given.seed ?? randomInt(LARGEST_SEED + 1);
      const drawing: Drawing = {
        drawingId: randomUUID(),
        order: { ...given, seed },
        stopped: false,
        ended: Promise.resolve(),
        stop: () => {
          drawing.stopped = true;
          drawing.process?.stop();
        },
      };
      current = drawing;
      const { drawingId } = drawing;
      emit('generate', { drawingId, event: { kind: 'started' } });
      drawing.ended = draw(drawing)
        .catch((error: unknown): DrawingEvent => ({ kind: 'failed', error: failureOf(error) }))
        .then((event) => {
          current = undefined;
          emit('generate', { drawingId, event });
        });
      return { drawingId };
    },
    'generate.stop': ({ drawingId }) => {
      if (current?.drawingId === drawingId) current.stop();
      return {};
    },
    'generate.history': async () => {
      const path = join(folder, 'pictures.jsonl');
      const isThere = (await files.status(path)) !== undefined;
      const lines = isThere ? new TextDecoder().decode(await files.read(path)).split('\n') : [];
      if (isThere) await allowed.allow(folder);
      const remembered = lines.flatMap(pictureIn).slice(-MOST_REMEMBERED).reverse();
      const pictures: DrawnPicture[] = [];
      for (const picture of remembered) if ((await files.status(picture.file)) !== undefined) pictures.push(picture);
      return { pictures, ...(current === undefined ? {} : { drawingId: current.drawingId }) };
    },
  };
  const close = async (): Promise<void> => {
    current?.stop();
    await current?.ended;
  };
  return { handlers, isOn: () => current !== undefined, close };
}

const MOST_REMEMBERED = 500;

function pictureIn(line: string): DrawnPicture[] {
  try {
    const read = drawnPictureShape.safeParse(JSON.parse(line));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}

const LINE = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), done: z.number(), total: z.number() }),
  z.object({ kind: z.literal('warning'), what: z.string(), fix: z.string().exactOptional() }),
  z.object({ kind: z.literal('picture'), file: z.string(), width: z.number(), height: z.number(), seed: z.number() }),
]);

function wordsOf(order: DrawingOrder, withLoras: boolean, out: string): readonly string[] {
  const option = (name: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [`--${name}=${String(value)}`];
  return [
    'generate',
    '--json',
    ...option('model', order.model),
    ...option('vae', order.vae),
    ...(withLoras ? order.loras.flatMap(({ file, weight }) => option('lora', `${file}:${weight}`)) : []),
    ...option('prompt', order.prompt),
    ...option('negative', order.negative),
    ...option('seed', order.seed),
    ...option('steps', order.steps),
    ...option('cfg', order.cfg),
    ...option('sampler', order.sampler),
    ...option('width', order.width),
    ...option('height', order.height),
    ...option('count', order.count),
    ...option('clip-skip', order.clipSkip),
    ...(order.vPrediction === true ? ['--v-prediction'] : []),
    ...option('engine', order.engine),
    ...option('out', out),
  ];
}

export const drawingIsOn = (): UserError =>
  new UserError({
    code: 'generate/on',
    what: 'Pictures are being drawn already',
    fix: 'Wait until they are done, or stop the drawing.',
  });

export const besideRun = (): UserError =>
  new UserError({
    code: 'run/on',
    what: 'A run is on, and a drawing beside it could take the memory that it needs',
    fix: 'Pause the run and resume it afterwards, or let it draw the prompt itself: Sample now.',
  });
