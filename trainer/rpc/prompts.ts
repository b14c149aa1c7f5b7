/**
 * The file of sample prompts, read and written beside the job.
 */
import type { Handlers, Problem } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { readSamplePrompts } from '../diffusion/sample-prompts.ts';
import { decode } from './job.ts';
import { plainName } from './plain-name.ts';
import { problemOfError } from './problems.ts';
import type { Surroundings } from './surroundings.ts';
import { freePath } from './taken-file.ts';

type PromptCalls = 'prompts.read' | 'prompts.write' | 'prompts.keep';

export function promptHandlers({ machine }: Surroundings): Pick<Handlers, PromptCalls> {
  const { files, bundledPath } = machine;
  // Where a run looks for it too.
  const placeOf = (path: string): string => files.resolve(bundledPath(path));
  const write = async (path: string, text: string): Promise<void> => {
    await files.makeFolder(files.folderOf(path));
    await files.write(path, new TextEncoder().encode(/[\r\n]$/.test(text) ? text : `${text}\n`));
  };
  return {
    'prompts.read': async ({ path: given }) => {
      const path = placeOf(given);
      const exists = (await files.status(path)) !== undefined;
      const text = exists ? decode(await files.read(path), path) : '';
      return { text, exists, problems: problemsOf(text, path) };
    },
    'prompts.write': async ({ path: given, text }) => {
      if (bundledPath(given) !== given) throw bundled(given);
      const path = placeOf(given);
      if (!/\.txt$/i.test(path)) throw notPrompts(path);
      await write(path, text);
      return { problems: problemsOf(text, path) };
    },
    'prompts.keep': async ({ name, text }) => {
      const folder = files.join(machine.workFolder, 'prompts');
      const path = await freePath(files, files.join(folder, `${plainName(name, 'prompts')}.txt`));
      await write(path, text);
      return { path };
    },
  };
}

function problemsOf(text: string, path: string): readonly Problem[] {
  try {
    readSamplePrompts(text, path, 'ddim');
    return [];
  } catch (error) {
    if (error instanceof UserError) return [problemOfError(error.report, {})];
    throw error;
  }
}

const notPrompts = (where: string): UserError =>
  new UserError({
    code: 'prompts/file-type',
    what: 'Sample prompts that are edited here are kept in a .txt file',
    where,
    fix: 'Choose a name that ends in .txt.',
  });

const bundled = (where: string): UserError =>
  new UserError({
    code: 'prompts/bundled',
    what: 'These sample prompts come with LoRA Loom and are not written over',
    where,
    fix: 'Keep a copy of them under a path of your own, and name that in sample_prompts.',
  });
