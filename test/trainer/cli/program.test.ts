import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InternalError, UserError } from '../../../trainer/base/errors.ts';
import { VERSION } from '../../../trainer/base/version.ts';
import { EXIT_CODE_HELP } from '../../../trainer/cli/exit-codes.ts';
import { tellFailure } from '../../../trainer/cli/failure.ts';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import { fakeTerminal } from './fake-terminal.ts';

async function run(...words: readonly string[]): Promise<{ code: number; out: string; error: string }> {
  const terminal = fakeTerminal();
  const code = await runCommandLine(words, terminal);
  return { code, ...terminal.written };
}

describe('the command line', () => {
  test('helps on every command, exit codes included, and exits with 0', async () => {
    const whole = await run('--help');
    expect(whole).toMatchObject({ code: 0, error: '' });
    expect(whole.out).toContain(EXIT_CODE_HELP.trim());
    const names = [...whole.out.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map((match) => match[1] ?? '');
    expect(names).toContain('engines');
    for (const name of names) {
      const { code, out } = await run(name, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`Usage: lora-loom ${name}`);
      expect(out).toContain(EXIT_CODE_HELP.trim());
    }
  });

  test('has the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(VERSION).toBe(version);
    expect((await run('--version')).out).toBe(`${version}\n`);
  });

  test('offers the nearest name for a command or an option that is misspelt, and exits with 2', async () => {
    const command = await run('enginse');
    expect(command).toMatchObject({ code: 2, out: '' });
    expect(command.error).toContain("Error: unknown command 'enginse'\n(Did you mean engines?)");
    expect((await run('engines', '--jsno')).error).toContain('(Did you mean --json?)');
  });

  test('tells a wrong command line as JSON when asked for JSON', async () => {
    const { code, error } = await run('enginse', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(error)).toEqual({
      error: { code: 'usage', what: "unknown command 'enginse'\n(Did you mean engines?)" },
    });
  });

  test('shows its help and exits with 2 when it is given nothing', async () => {
    const { code, error } = await run();
    expect(code).toBe(2);
    expect(error).toContain('Usage: lora-loom');
  });
});

describe('a failure', () => {
  const userError = new UserError({
    code: 'job/conflict',
    what: 'Two settings clash',
    where: 'job.toml',
    fix: 'Remove one.',
    details: { alsoWrong: ['A third is missing. Add it.'] },
  });

  test('of the user is a sentence, a place and what to do, and exits with 1', () => {
    const terminal = fakeTerminal();
    expect(tellFailure(userError, terminal, false)).toBe(1);
    expect(terminal.written.error).toBe(
      'Error: Two settings clash.\n  in job.toml\n  Remove one.\nAlso: A third is missing. Add it.\n',
    );
  });

  test('of the user has its fields in JSON', () => {
    const terminal = fakeTerminal();
    expect(tellFailure(userError, terminal, true)).toBe(1);
    expect(JSON.parse(terminal.written.error)).toEqual({ error: userError.report });
  });

  test('of ours says what to report, and exits with 3', () => {
    const terminal = fakeTerminal();
    expect(tellFailure(new InternalError('missing: weights'), terminal, false)).toBe(3);
    expect(terminal.written.error).toContain('Internal error: missing: weights\n  This is a mistake in LoRA Loom');
    expect(terminal.written.error).toContain(`LoRA Loom ${VERSION}, Node ${process.version}`);
    expect(tellFailure('thrown text', terminal, true)).toBe(3);
    expect(terminal.written.error).toContain('{"error":{"code":"internal","what":"thrown text"');
  });
});
