import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { collectSetting, readJobFile, type JobFile, type Overrides } from '../../../trainer/cli/job-file.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'loom-job-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LEAST = 'pretrained_model_name_or_path = "m"\ntrain_data_dir = "i"\noutput_dir = "o"\n';

function read(content: string | Uint8Array, overrides?: Overrides): Promise<JobFile> {
  const path = join(folder, 'job.toml');
  writeFileSync(path, content);
  return readJobFile(machineFiles(), path, overrides);
}

const overrides = (...texts: readonly string[]): Overrides =>
  texts.reduce<Overrides>((earlier, text) => collectSetting(text, earlier), new Map());

async function complaint(work: Promise<unknown>): Promise<UserError['report']> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof UserError) return error.report;
  throw new Error(`no UserError but ${String(error)}`);
}

describe('a job file', () => {
  test('is TOML, with tables or without', async () => {
    const { job, ignored } = await read(`\uFEFF${LEAST}sdpa = true\n[network]\nnetwork_dim = 8\n`);
    expect(job).toMatchObject({ output_dir: 'o', network_dim: 8 });
    expect(ignored.map(({ key }) => key)).toEqual(['sdpa']);
  });

  test('with a mistake is told with line and text', async () => {
    const { code, what, fix } = await complaint(read(`${LEAST}network_dim 8\n`));
    expect(code).toBe('job/syntax');
    expect(what).toMatch(/^Line 4 of the job file is no valid TOML \(.+\): network_dim 8$/);
    expect(fix).toMatch(/^Write one setting a line: /);
  });

  test('with a Windows path in double quotes says how to write it', async () => {
    const { code, fix } = await complaint(read('train_data_dir = "C:\\Users\\me"\n'));
    expect(code).toBe('job/syntax');
    expect(fix).toContain('In Windows paths write / or double each \\.');
  });

  test.each([
    ['UTF-16', Buffer.from('\uFEFFseed = 1', 'utf16le')],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47])],
  ])('in %s is told to be no text', async (_name, content) => {
    expect(await complaint(read(content))).toMatchObject({
      code: 'job/syntax',
      what: 'The job file is no UTF-8 text',
      fix: 'Give the TOML file with the settings, and save it as UTF-8 in your editor.',
    });
  });

  test('that is not there is told', async () => {
    expect((await complaint(readJobFile(machineFiles(), join(folder, 'no.toml')))).code).toBe('file/missing');
  });

  test('with dates and tables for values is told the setting', async () => {
    expect((await complaint(read(`${LEAST}seed = 2026-01-01\n`))).what).toBe(
      'seed must be a whole number from 0 to 4294967295, but it is a date',
    );
    expect((await complaint(read(`${LEAST}seed = [1, 2]\n`))).what).toContain('but it is a list of 2');
  });
});

describe('--set', () => {
  test('puts settings over those of the file, in tables too, each read by its type', async () => {
    const given = overrides('network_dim=16', 'output_name=7', 'flip_aug=true', 'resolution=768', 'train_data_dir=a=b');
    const { job } = await read(`${LEAST}[network]\nnetwork_dim = 8\n`, given);
    expect(job).toMatchObject({
      network_dim: 16,
      output_name: '7',
      flip_aug: true,
      resolution: { width: 768, height: 768 },
      train_data_dir: 'a=b',
    });
  });

  test('takes the last of two, shares, choices among numbers and lists', async () => {
    const given = overrides(
      'seed=1',
      'seed=2',
      'lr_scheduler=cosine',
      'lr_warmup_steps=5%',
      'max_token_length=150',
      'network_args=conv_dim=4 conv_alpha=2',
    );
    expect((await read(LEAST, given)).job).toMatchObject({
      seed: 2,
      lr_warmup_steps: { fraction: 0.05 },
      max_token_length: 150,
      network_args: { conv_dim: 4, conv_alpha: 2 },
    });
  });

  test('is named beside the file when it is wrong', async () => {
    const report = await complaint(read(LEAST, overrides('network_dim=many')));
    expect(report.what).toBe('network_dim must be a whole number from 1 to 512, but it is "many"');
    expect(report.where).toMatch(/job\.toml and --set$/);
    expect((await complaint(read(LEAST, overrides('netwrok_dim=4')))).fix).toBe('Did you mean "network_dim"?');
  });

  test('without = is a wrong command line', () => {
    expect(() => collectSetting('network_dim')).toThrow('Write it as key=value, for example --set network_dim=16.');
  });
});
