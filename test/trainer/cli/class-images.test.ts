import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { jobTable } from '../../../trainer/api/job/index.ts';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import { playground, tinyJob, type Playground } from '../../support/tiny-run.ts';
import { fakeTerminal } from './fake-terminal.ts';

async function classImages(place: Playground, ...words: string[]) {
  const file = join(place.folder, 'job.toml');
  const job = tinyJob(place, {
    reg_data_dir: join(place.folder, 'reg'),
    class_prompt: 'a dog',
    num_class_images: 2,
    class_steps: 1,
  });
  await writeFile(file, stringify(jobTable(job)));
  const terminal = fakeTerminal();
  const code = await runCommandLine(['class-images', file, ...words], terminal);
  return { code, ...terminal.written };
}

describe('the class-images command', () => {
  test('draws what is missing into the folder of the class, and says how many and where', async () => {
    await using place = await playground([[64, 64]]);
    const folder = join(place.folder, 'reg', '1_a dog');
    const first = await classImages(place);
    expect(first).toMatchObject({ code: 0, out: `2 class images drawn, 2 wanted: ${folder}\n` });
    expect(first.error).toContain('Drawing 2 class images, "a dog"\n');
    const names = await readdir(folder);
    expect(names.filter((name) => name.endsWith('.png'))).toHaveLength(2);
    expect((await readFile(join(folder, '.made'), 'utf8')).split('\n').filter(Boolean)).toEqual(names.slice(1));
    expect((await classImages(place)).out).toBe(`0 class images drawn, 2 wanted: ${folder}\n`);
  });

  test('with --json each line is an object: progress, each picture, and what became of the folder', async () => {
    await using place = await playground([[64, 64]]);
    const { code, out, error } = await classImages(place, '--json', '--set', 'class_prompt=a cat');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(new Set(lines.slice(0, -1).map(({ kind }) => kind))).toEqual(new Set(['state', 'progress', 'picture']));
    const folder = join(place.folder, 'reg', '1_a cat');
    const [picture] = lines.filter(({ kind }) => kind === 'picture');
    expect(picture).toMatchObject({ index: 0, width: 64, height: 64 });
    expect(await readdir(folder)).toContain(String(picture?.['file']).slice(folder.length + 1));
    expect(lines.at(-1)).toEqual({ kind: 'done', folder, wanted: 2, drawn: 2, setAside: 0, broughtBack: 0 });
    const other = await classImages(place, '--set', 'class_prompt=a cat', '--set', 'num_class_images=1');
    expect(other.error).toContain(
      `1 class image of other settings, or more than wanted, set aside in .aside of ${folder}.\n`,
    );
  });

  test('names what the job lacks', async () => {
    await using place = await playground([[64, 64]]);
    const { code, error } = await classImages(place, '--set', 'class_prompt=');
    expect(code).toBe(1);
    expect(error).toContain('The job does not say what class images show');
    expect(error).toContain('Set class_prompt to the class of the subject, such as "a dog".');
  });
});
