/**
 * A copy of the built app with a base model and a sample job of one's choice: what somebody has who installed it. Tests
 * and pictures of the window start from it.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify, parse } from 'smol-toml';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { machineFiles } from '../../trainer/platform/files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BASE_MODEL = 'base-model';
const SAMPLE_JOB = 'sample-job.toml';
const OTHER_ASSETS = ['licenses', 'sample-dataset', 'sample-prompts.txt', 'tokenizer'];
/** Of random numbers: it trains as the true one does, but what it draws is noise. */
const STAND_IN = { family: 'sd1', size: 'tiny', layout: 'diffusers', dtype: 'F32', seed: 1 } as const;

export interface AppCopy extends Disposable {
  readonly folder: string;
  /** For LORA_LOOM_HOME: settings and runs of nobody. */
  readonly home: string;
  readonly hasBaseModel: boolean;
}

export interface AppCopyOptions {
  /** Settings of the sample job that are other than in the repository. */
  readonly job: Readonly<Record<string, string | number | boolean>>;
  readonly prompts?: string;
  /** An empty folder to make it in; left out, one is made and removed in the end. */
  readonly folder?: string;
}

/** Whether the base model of this project is installed (`npm run base:build`). */
export const hasBaseModel = (): boolean => existsSync(join(ROOT, 'assets', BASE_MODEL));

/** What `npm run build` makes must be there. */
export async function copyApp({ job, prompts, folder: given }: AppCopyOptions): Promise<AppCopy> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'lora-loom-copy-'));
  const assets = join(folder, 'assets');
  mkdirSync(assets, { recursive: true });
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  // As long as the modules of a packed app; nothing is written into them.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const name of OTHER_ASSETS) cpSync(join(ROOT, 'assets', name), join(assets, name), { recursive: true });
  if (prompts !== undefined) writeFileSync(join(assets, 'sample-prompts.txt'), prompts);
  if (hasBaseModel()) cpSync(join(ROOT, 'assets', BASE_MODEL), join(assets, BASE_MODEL), { recursive: true });
  else await writeRandomCheckpoint(machineFiles(), join(assets, BASE_MODEL), STAND_IN);
  const sample = parse(readFileSync(join(ROOT, 'assets', SAMPLE_JOB), 'utf8'));
  writeFileSync(join(assets, SAMPLE_JOB), stringify({ ...sample, ...job }));
  const about = { name: 'lora-loom', version: '0.0.0', type: 'module', main: 'dist/electron/main.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(about));
  return {
    folder,
    home: join(folder, 'home'),
    hasBaseModel: hasBaseModel(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
