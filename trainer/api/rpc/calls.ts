/**
 * Every call that a window can make of the service: its name, what goes in and what comes out. This table is the whole
 * contract; adding a call means a line here and a handler in trainer/rpc.
 */
import * as z from 'zod';
import { classImages, classImagesStatus } from './class-image-shapes.ts';
import { captionLength, datasetScan, stepPlan } from './dataset-shapes.ts';
import { drawingOrder, drawnPicture, trialResult } from './generate-shapes.ts';
import { brokenPreset, preset } from './preset-shapes.ts';
import { preparation, preparationOrder } from './preparation-shapes.ts';
import { runHistory, runStatus, runSummary } from './run-shapes.ts';
import { settings, settingsChange } from './settings-shapes.ts';
import { bytes, count, datasetFix, ignoredSetting, jobTable, list, path, paths, problem, text } from './shapes.ts';

interface Call {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
}

const nothing = z.object({});
const runId = z.object({ runId: z.string().max(200) });
const folder = z.object({ folder: path });
const listedFolder = z.object({ folder: z.string(), runs: count });
const table = z.object({ table: jobTable });
const engine = z.object({
  name: z.string(),
  /** Comes with LoRA Loom; others need a library of their own. */
  bundled: z.boolean(),
  works: z.boolean(),
  /** Why it does not work. */
  reason: z.string().exactOptional(),
});

const APP = {
  'app.info': {
    input: nothing,
    output: z.object({
      version: z.string(),
      /** "linux", "darwin", "win32" */
      platform: z.string(),
      separator: z.enum(['/', '\\']),
      home: z.string(),
      processor: z.string(),
      cores: count,
      memory: bytes,
      /** What comes with this copy: paths that a job may name. */
      bundled: z.object({
        model: z.string().exactOptional(),
        sampleDataset: z.string().exactOptional(),
        samplePrompts: z.string().exactOptional(),
        /** The job of the first start. */
        sampleJob: jobTable.exactOptional(),
      }),
    }),
  },
  /** Tries each engine in a process of its own: seconds, the first time. `job.check` knows of them from then on. */
  'app.engines': { input: nothing, output: z.object({ engines: list(engine) }) },
  'settings.read': { input: nothing, output: z.object({ settings }) },
  /** What is left out stays as it is. */
  'settings.write': { input: z.object({ settings: settingsChange }), output: z.object({ settings }) },
} as const satisfies Record<string, Call>;

const JOBS = {
  /** As Kohya's GUI begins. */
  'job.new': { input: nothing, output: table },
  /** A job's file, or what stands in one that is on another computer. */
  'job.open': {
    input: z.union([z.object({ path }), z.object({ text })]),
    output: z.object({ path: z.string().exactOptional(), table: jobTable }),
  },
  /** A file that is at the path is written over only where `replaces` names it; else the answer is file/taken. */
  'job.save': {
    input: z.object({ path, table: jobTable, replaces: path.exactOptional() }),
    output: z.object({ path: z.string() }),
  },
  /** All that can be known of a job without training. Never fails because of the job. */
  'job.check': {
    input: table,
    output: z.object({
      problems: list(problem),
      ignored: list(ignoredSetting),
      /** Where the pictures and the settings allow one. */
      plan: z
        .object({
          steps: stepPlan,
          /** Step and rate of each parameter group that trains: at most 200 points, the first and the last among them. */
          lrCurve: list(z.object({ part: z.string(), points: list(z.tuple([z.number(), z.number()])) })),
          /** Numbers that are trained, bytes of a save, bytes in the run's folder. */
          trained: count.exactOptional(),
          fileBytes: bytes.exactOptional(),
          folderBytes: bytes.exactOptional(),
          /** Saves that the run writes. */
          saves: count,
        })
        .exactOptional(),
      checkpoint: z
        .object({
          path: z.string(),
          /** "sd1", "sd2", "sdxl" */
          family: z.string(),
          /** "Stable Diffusion 1.x" */
          title: z.string(),
          prediction: z.string().exactOptional(),
          bytes,
        })
        .exactOptional(),
    }),
  },
  /** Kohya GUI's JSON, sd-scripts' TOML, or a job of ours. */
  'job.import': {
    input: z.union([z.object({ path }), z.object({ text })]),
    output: z.object({
      table: jobTable,
      report: z.object({
        format: z.enum(['kohya-json', 'sd-scripts-toml']),
        /** Settings taken as they are: key there, key here. */
        used: list(z.object({ from: z.string(), key: z.string() })),
        /** Settings without effect here, with the reason. Those at their default are not listed. */
        ignored: list(z.object({ from: z.string(), value: z.string(), why: z.string() })),
        /** Settings that mean something else here, or whose value was changed. */
        changed: list(
          z.object({ from: z.string(), value: z.string(), key: z.string(), now: z.string(), why: z.string() }),
        ),
      }),
      /** The sample prompts themselves, as the GUI's JSON has them: `sample_prompts` is to name a file with this text. */
      prompts: z.string().exactOptional(),
    }),
  },
  'job.export': {
    /** With `path`, the text is written there too, as by `job.save`; the format's extension is added where it is missing. */
    input: z.object({
      table: jobTable,
      format: z.enum(['kohya-json', 'sd-scripts-toml']),
      path: path.exactOptional(),
      replaces: path.exactOptional(),
    }),
    output: z.object({
      text: z.string(),
      path: z.string().exactOptional(),
      /** Settings that the format has no place for. */
      left: list(z.object({ key: z.string(), why: z.string() })),
    }),
  },
  /** The file of sample prompts, with what is wrong with it. One that is not there yet is empty. */
  'prompts.read': {
    input: z.object({ path }),
    output: z.object({ text: z.string(), exists: z.boolean(), problems: list(problem) }),
  },
  /** Makes the folder too. Only a .txt file, and never one that comes with LoRA Loom. */
  'prompts.write': { input: z.object({ path, text }), output: z.object({ problems: list(problem) }) },
  /** Prompts that came without a file of their own: written into a new one in the app's own folder. */
  'prompts.keep': {
    input: z.object({ name: z.string().min(1).max(200), text }),
    output: z.object({ path: z.string() }),
  },
} as const satisfies Record<string, Call>;

const presetName = z.object({ name: z.string().max(1000) });

const PRESETS = {
  /** Those that come with LoRA Loom first; the user's own by name, and those of them that cannot be read. */
  'presets.list': { input: nothing, output: z.object({ presets: list(preset), broken: list(brokenPreset) }) },
  /** Keeps the settings of a job; its folders, paths and names only `withPlaces`. */
  'presets.save': {
    input: presetName.extend({
      table: jobTable,
      withPlaces: z.boolean(),
      /** A preset of the user's with this name makes way. */
      replaces: z.boolean(),
    }),
    output: z.object({ preset }),
  },
  'presets.rename': { input: presetName.extend({ to: z.string().max(1000) }), output: z.object({ name: z.string() }) },
  'presets.delete': { input: presetName, output: nothing },
} as const satisfies Record<string, Call>;

const DATASET = {
  /** Pictures with captions, buckets and findings, as the job's settings have them. */
  'dataset.scan': { input: table, output: datasetScan },
  /** What only the pixels tell of the same pictures, by their paths. It may take a while the first time; cancelling stops it. */
  'dataset.inspect': { input: table, output: z.object({ findings: list(problem) }) },
  'dataset.fix': { input: z.object({ fix: datasetFix }), output: z.object({ changed: count }) },
  /** Copies pictures, and captions beside them, into a folder of a dataset. Nothing is written over. */
  'dataset.add': { input: z.object({ folder: path, paths }), output: z.object({ added: list(z.string()) }) },
  /** A new folder for pictures that have none on this computer yet, as in the browser. */
  'dataset.create': { input: z.object({ name: z.string().min(1).max(100) }), output: folder },
  /** Kohya's folder preparation: copies whole folders, and never moves them. Cancelling the call stops the copying. */
  'dataset.prepare': { input: preparationOrder, output: preparation },
  'caption.write': {
    input: z.object({ image: path, extension: z.string().max(50), text }),
    output: z.object({ captionFile: z.string() }),
  },
  /** Tags are what stands between separators. */
  'captions.edit': {
    input: z.object({
      images: paths,
      extension: z.string().max(50),
      separator: z.string().min(1).max(50),
      edit: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('add'), tags: list(z.string().min(1)), where: z.enum(['start', 'end']) }),
        z.object({ kind: z.literal('remove'), tags: list(z.string().min(1)) }),
        z.object({ kind: z.literal('replace'), find: z.string().min(1), replace: z.string() }),
      ]),
    }),
    output: z.object({ changed: count }),
  },
  /** With the tokenizer that trains. The limit is max_token_length. */
  'captions.count': {
    input: z.object({ texts: list(text, 10_000), limit: count }),
    output: z.object({ counts: list(captionLength) }),
  },
} as const satisfies Record<string, Call>;

const FILES = {
  /** A folder's entries, for pickers and path completion; "" is the user's home. A path that is no folder lists its parent. */
  'files.list': {
    input: z.object({ path: z.string().max(4096) }),
    output: z.object({
      folder: z.string(),
      parent: z.string().exactOptional(),
      entries: list(z.object({ name: z.string(), path: z.string(), kind: z.enum(['file', 'folder']) })),
    }),
  },
  'files.status': {
    input: z.object({ path }),
    output: z.object({ kind: z.enum(['file', 'folder', 'nothing']), bytes: bytes.exactOptional() }),
  },
  /** Lets pictures below a folder be shown; scans, runs and drawings do it of themselves. */
  'media.allow': { input: folder, output: nothing },
  /** The file to show for a picture: itself, or a thumbnail that fits a square of `size` pixels. For the shell and the server. */
  'media.locate': {
    input: z.object({ path, size: z.int().gte(16).lte(2048).exactOptional() }),
    output: z.object({ file: z.string(), type: z.string() }),
  },
} as const satisfies Record<string, Call>;

const RUNS = {
  /** @see RunStatus. With `numbered`, a name that is taken gets a number instead of an error. */
  'run.start': { input: z.object({ table: jobTable, numbered: z.boolean() }), output: runStatus },
  'run.resume': { input: folder, output: runStatus },
  /** `finishing`: ends the step in hand and saves. `now`: ends at once. */
  'run.stop': { input: z.object({ runId: z.string().max(200), how: z.enum(['finishing', 'now']) }), output: nothing },
  /** Ends the step in hand and saves; `run.resume` goes on. */
  'run.pause': { input: runId, output: nothing },
  /** After the step in hand; the event `checkpoint` follows. */
  'run.saveNow': { input: runId, output: nothing },
  /** After the step in hand, with the job's prompts or the given one; events `sample` follow. */
  'run.sampleNow': {
    input: z.object({ runId: z.string().max(200), prompt: z.string().min(1).max(4000).exactOptional() }),
    output: nothing,
  },
  /** The run that is on, or the last one of this service. */
  'run.current': { input: nothing, output: z.object({ run: runStatus.exactOptional() }) },
  /** What the folder of a run tells. With `afterStep`, metrics of later steps only. */
  'run.history': { input: z.object({ folder: path, afterStep: count.exactOptional() }), output: runHistory },
  /**
   * Runs below the folders where runs were started and those that were added, newest first; and these folders, the last one
   * first. A folder that is not there holds no runs.
   */
  'runs.list': { input: nothing, output: z.object({ runs: list(runSummary), folders: list(listedFolder) }) },
  /** Runs below a folder are listed from now on, in every session; the folder of one run stands for the one around it. */
  'runs.addFolder': { input: folder, output: listedFolder },
  /** Takes a folder off the list. Its runs stay where they are; the next run that is started there brings it back. */
  'runs.forgetFolder': { input: folder, output: nothing },
  /** Moves the run's folder into ".trash" beside it. */
  'runs.trash': { input: folder, output: z.object({ trashed: z.string() }) },
  /** The folder itself, where it is a known run's that is not on: the desktop app asks before it moves one. */
  'runs.trashable': { input: folder, output: folder },
  /** What lies in ".trash", newest first. */
  'runs.trashed': {
    input: nothing,
    output: z.object({ runs: list(z.object({ name: z.string(), trashed: z.string(), trashedAt: z.number() })) }),
  },
  /** Moves it back. */
  'runs.restore': { input: z.object({ trashed: path }), output: folder },
  /** Deletes what lies in ".trash", for good. */
  'runs.emptyTrash': { input: nothing, output: z.object({ removed: count }) },
  /** "Check before start": a few real steps in a process of its own. Cancelling the call ends it. Events `check` tell how far it is. */
  'check.start': { input: table, output: trialResult },
} as const satisfies Record<string, Call>;

const DRAWING = {
  /** Events `generate` follow. One drawing at a time, and none beside a run; a run that starts ends it. */
  'generate.start': { input: z.object({ order: drawingOrder }), output: z.object({ drawingId: z.string() }) },
  'generate.stop': { input: z.object({ drawingId: z.string().max(200) }), output: nothing },
  /** Newest first; pictures whose files are still there. */
  'generate.history': {
    input: nothing,
    output: z.object({ pictures: list(drawnPicture), drawingId: z.string().exactOptional() }),
  },
} as const satisfies Record<string, Call>;

const CLASSES = {
  /** Whether class images are being made. */
  'classes.current': { input: nothing, output: classImagesStatus },
  /** What the job wants and what of it is there. Lets the pictures be shown. */
  'classes.look': { input: table, output: classImages },
  /** Draws those that are missing; events `classes` follow. None beside a run or a drawing; a run that starts ends it. */
  'classes.make': { input: table, output: nothing },
  /** What is drawn stays; `classes.make` goes on. */
  'classes.stop': { input: nothing, output: nothing },
  /** Moves class images, with their captions, into ".removed" in their folder. Pictures from elsewhere are left alone. */
  'classes.remove': {
    input: z.object({ table: jobTable, files: paths }),
    output: z.object({ removed: count, left: list(z.string()) }),
  },
} as const satisfies Record<string, Call>;

export const CALLS = { ...APP, ...JOBS, ...PRESETS, ...DATASET, ...FILES, ...RUNS, ...DRAWING, ...CLASSES } as const;

export type CallName = keyof typeof CALLS;
/** What the caller gives. */
export type CallInput<N extends CallName> = z.input<(typeof CALLS)[N]['input']>;
/** What the caller gets. */
export type CallOutput<N extends CallName> = z.output<(typeof CALLS)[N]['output']>;

export const isCallName = (name: string): name is CallName => Object.hasOwn(CALLS, name);
