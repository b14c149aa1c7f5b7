/**
 * The list of composition prompts: things that the training captions name, but never together.
 */
import { UserError } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';

/**
 * @param path JSON: `{"prompts": ["a red cat", …]}`, where a prompt may also be an object with the field `prompt`
 * @throws {UserError} `evaluate/composition`; `file/*`
 */
export async function readComposition(files: Files, path: string): Promise<readonly string[]> {
  const place = files.resolve(path);
  const prompts = promptsOf(new TextDecoder().decode(await files.read(place)));
  if (prompts !== undefined) return prompts;
  throw new UserError({
    code: 'evaluate/composition',
    what: 'The file is no list of prompts',
    where: place,
    fix: 'Write it as JSON: {"prompts": ["a red cat", "a cat and an apple"]}.',
  });
}

function promptsOf(text: string): readonly string[] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = field(content, 'prompts');
  if (!Array.isArray(list)) return undefined;
  const prompts = list.map((entry: unknown) => (typeof entry === 'string' ? entry : field(entry, 'prompt')));
  return prompts.every((prompt) => typeof prompt === 'string') ? prompts : undefined;
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
