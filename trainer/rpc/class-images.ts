/**
 * Class images in the window: what is there, drawing what is missing in a process of its own, and removing some.
 */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { stringify } from 'smol-toml';
import * as z from 'zod';
import { jobTable, parseJob, type Job } from '../api/job/index.ts';
import {
  progressOf,
  type ClassImageProgress,
  type ClassImagesEvent,
  type Handlers,
  type JobSettings,
} from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { captionFileNames } from '../data/captions.ts';
import { findClassFolder, readClassFolder } from '../train/class-images/class-folder.ts';
import { bytesOfPictures } from '../train/class-images/room.ts';
import { surveyClassImages } from '../train/class-images/survey.ts';
import { failureOf } from './failure.ts';
import { runLines, type LinesProcess } from './json-lines.ts';
import type { Surroundings } from './surroundings.ts';

type ClassCalls = 'classes.current' | 'classes.look' | 'classes.make' | 'classes.stop' | 'classes.remove';

/** The drawing that is on. */
interface Making {
  progress: ClassImageProgress;
  stopped: boolean;
  process?: LinesProcess;
  ended: Promise<void>;
}

export interface ClassImageHandlers {
  readonly handlers: Pick<Handlers, ClassCalls>;
  isOn(): boolean;
  /** Ends the drawing: it takes memory that a run needs. What is drawn stays. */
  close(): Promise<void>;
}

/** What throws while something else is on that a call would disturb. */
interface Beside {
  readonly toDraw: () => void;
  readonly toRemove: () => void;
}

export function classImageHandlers({ machine, emit, allowed }: Surroundings, beside: Beside): ClassImageHandlers {
  const { files } = machine;
  let current: Making | undefined;
  const tell = (event: ClassImagesEvent): void => emit('classes', { event });
  const jobOf = (table: JobSettings): Job => machine.withBundled(parseJob(table, 'the job'));

  const make = async (job: Job, making: Making): Promise<ClassImagesEvent> => {
    const { folder } = await findClassFolder(files, job);
    let told = Promise.resolve();
    const tellInTurn = (event: ClassImagesEvent): void => {
      told = told.then(async () => {
        // The folder is made with its first picture, and whoever hears of one asks for it at once.
        if (event.kind === 'picture') await allowed.allow(folder);
        tell(event);
      });
    };
    const work = await mkdtemp(join(tmpdir(), 'lora-loom-classes-'));
    try {
      const path = join(work, 'job.toml');
      await writeFile(path, stringify(jobTable(job)));
      if (making.stopped) return { kind: 'stopped' };
      making.process = runLines(machine.self, ['class-images', path, '--json'], (line) => {
        const event = eventIn(line);
        if (event === undefined) return;
        const { kind: _kind, ...progress } = event.kind === 'progress' ? event : { kind: '', ...making.progress };
        making.progress = progress;
        tellInTurn(event);
      });
      await making.process.ended.finally(() => told);
      return { kind: making.stopped ? 'stopped' : 'done' };
    } finally {
      await rm(work, { recursive: true, force: true });
      emit('dataset.changed', { folders: [folder] });
    }
  };

  const close = async (): Promise<void> => {
    if (current === undefined) return;
    current.stopped = true;
    current.process?.stop();
    await current.ended;
  };

  const handlers: Pick<Handlers, ClassCalls> = {
    'classes.current': () => (current === undefined ? {} : { making: current.progress }),
    'classes.look': async ({ table }) => {
      const { place, foreign, sizes, missing, present, surplus } = await surveyClassImages(machine, jobOf(table));
      if ((await files.status(place.folder)) !== undefined) await allowed.allow(place.folder);
      return {
        folder: place.folder,
        wanted: sizes.length,
        missing: missing.length,
        bytes: bytesOfPictures(missing),
        removed: sizes.length - missing.length - present.length,
        pictures: [
          ...present.map(({ file }) => ({ file, wanted: true })),
          ...surplus.map(({ file }) => ({ file, wanted: false })),
        ],
        foreign: foreign.length,
      };
    },
    'classes.make': async ({ table }) => {
      if (current !== undefined) throw classImagesAreOn();
      beside.toDraw();
      const job = jobOf(table);
      const making: Making = { progress: { done: 0, total: 0 }, stopped: false, ended: Promise.resolve() };
      current = making;
      tell({ kind: 'progress', ...making.progress });
      making.ended = make(job, making)
        .catch((error: unknown): ClassImagesEvent => ({ kind: 'failed', error: failureOf(error) }))
        .then((event) => {
          current = undefined;
          tell(event);
        });
      await Promise.resolve();
      return {};
    },
    'classes.stop': async () => {
      await close();
      return {};
    },
    'classes.remove': async ({ table, files: given }) => {
      beside.toRemove();
      const job = jobOf(table);
      const { folder } = await findClassFolder(files, job);
      const { pictures } = await readClassFolder(files, folder);
      const ours = new Set(pictures.map((picture) => picture.file));
      const removedFolder = files.join(folder, REMOVED);
      const left: string[] = [];
      for (const file of given) {
        const name = basename(file);
        if (!ours.has(resolve(file))) {
          left.push(file);
          continue;
        }
        await files.makeFolder(removedFolder);
        for (const part of [...captionFileNames(name, job.caption_extension), name]) {
          const path = files.join(files.folderOf(file), part);
          if ((await files.status(path)) !== undefined) await rename(path, files.join(removedFolder, part));
        }
      }
      emit('dataset.changed', { folders: [folder] });
      return { removed: given.length - left.length, left };
    },
  };
  return { handlers, isOn: () => current !== undefined, close };
}

/** A scan does not look into it, and the list of what was made still has the names: that is how they are known as removed. */
const REMOVED = '.removed';

const LINE = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('progress'),
    done: z.number(),
    total: z.number(),
    etaSeconds: z.number().exactOptional(),
  }),
  z.object({ kind: z.literal('warning'), what: z.string(), fix: z.string().exactOptional() }),
  z.object({ kind: z.literal('picture'), file: z.string() }),
]);

function eventIn(line: unknown): ClassImagesEvent | undefined {
  const read = LINE.safeParse(line);
  if (!read.success) return undefined;
  return read.data.kind === 'progress' ? { kind: 'progress', ...progressOf(read.data) } : read.data;
}

export const classImagesAreOn = (): UserError =>
  new UserError({
    code: 'classes/on',
    what: 'Class images are being drawn',
    fix: 'Wait until they are done, or stop it: what is drawn stays.',
  });

export const removalBesideRun = (): UserError =>
  new UserError({
    code: 'run/on',
    what: 'A run is on, and it may still read the pictures that would be removed',
    fix: 'Wait until it has ended, pause it or stop it.',
  });
