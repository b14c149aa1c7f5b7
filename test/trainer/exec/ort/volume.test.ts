import { expect, test } from 'vitest';
import { UserError } from '../../../../trainer/base/errors.ts';
import { locate, volumeOf } from '../../../../trainer/exec/ort/volume.ts';

test('files are named by their path below the root of their volume', () => {
  for (const [file, root, below] of [
    ['/models/a.safetensors', '/', 'models/a.safetensors'],
    ['C:\\models\\a.safetensors', 'C:\\', 'models/a.safetensors'],
    ['\\\\nas\\share\\models\\a.safetensors', '\\\\nas\\share\\', 'models/a.safetensors'],
  ] as const) {
    expect(volumeOf([file])).toBe(root);
    expect(locate(file, root)).toBe(below);
  }
  expect(volumeOf([])).toBeUndefined();
});

test('Windows does not care about capital letters in a drive or a server, nor do we', () => {
  expect(volumeOf(['C:\\a', 'c:\\b'])?.toLowerCase()).toBe('c:\\');
  expect(volumeOf(['\\\\NAS\\Share\\a', '\\\\nas\\share\\b'])?.toLowerCase()).toBe('\\\\nas\\share\\');
});

test('files on two drives are refused with both named', () => {
  let error: unknown;
  try {
    volumeOf(['C:\\a', 'D:\\b']);
  } catch (reason) {
    error = reason;
  }
  expect(error).toBeInstanceOf(UserError);
  const { code, what, fix } = (error as UserError).report;
  expect(code).toBe('engine/volumes');
  expect(what).toBe("The model's files lie on different drives: C:\\ and D:\\");
  expect(fix).toBe('Copy them to one drive, and choose them there.');
});
