import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import { fakeTerminal } from './fake-terminal.ts';

const DOCUMENT = await readFile(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');

async function helpOf(...words: readonly string[]): Promise<string> {
  const terminal = fakeTerminal();
  await runCommandLine([...words, '--help'], terminal);
  return terminal.written.out;
}

/** The first words of the lines of a help text that describe commands or options. */
const named = (help: string, pattern: RegExp): readonly string[] =>
  [...help.matchAll(pattern)].map(([, name = '']) => name);

const COMMANDS = named(await helpOf(), /^ {2}([a-z-]+) \[options\]/gm);

test('there are commands to look at', () => {
  expect(COMMANDS).toContain('train');
});

test.each(COMMANDS)(
  'docs/command-line.md tells of "%s" and all its options, and of none that it has not',
  async (command) => {
    const [, section = ''] = DOCUMENT.split(`\n## ${command}\n`);
    const usage = /lora-loom [^`]+/.exec(section)?.[0] ?? '';
    const options = named(await helpOf(command), /^ {2}(?:-\w, )?(--[a-z-]+)/gm).filter((name) => name !== '--help');
    expect([...usage.matchAll(/--[a-z-]+/g)].map(([name]) => name).sort()).toEqual([...options].sort());
  },
);

test('the job in the README is one that would be trained', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const example = /```toml\n([^`]+)```/.exec(readme)?.[1] ?? '';
  expect(parseJob(parse(example), 'README.md')).toMatchObject({ output_name: 'sks-dog', network_dim: 16 });
});

test('the jobs that show how whole networks are trained are ones that would be trained', async () => {
  const page = await readFile(new URL('../../../docs/training-from-scratch.md', import.meta.url), 'utf8');
  const methods = [...page.matchAll(/```toml\n([^`]+)```/g)].map(
    ([, example = '']) => parseJob(parse(example), 'training-from-scratch.md').method,
  );
  expect(methods).toEqual(['finetune', 'autoencoder', 'finetune']);
});

test('the sample job is one that would be trained, and needs nothing but what comes with LoRA Loom', async () => {
  const text = await readFile(new URL('../../../assets/sample-job.toml', import.meta.url), 'utf8');
  expect(parseJob(parse(text), 'sample-job.toml')).toMatchObject({
    method: 'lora',
    pretrained_model_name_or_path: 'bundled:model',
    train_data_dir: 'bundled:sample-dataset',
    sample_prompts: 'bundled:sample-prompts',
    network_dim: 8,
  });
});
