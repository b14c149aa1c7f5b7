import { expect, test } from 'vitest';
import { InternalError, UserError } from '../../../../trainer/base/errors.ts';
import { engineError } from '../../../../trainer/exec/ort/errors.ts';
import { locate, volumeOf } from '../../../../trainer/exec/ort/volume.ts';

const reportOf = (error: unknown) => (error instanceof UserError ? error.report : undefined);

test('too little memory is told with what lowers it', () => {
  const report = reportOf(
    engineError(new Error('bad allocation: Failed to allocate memory for requested buffer of size 4294967296'), 'cpu'),
  );
  expect(report?.code).toBe('engine/out-of-memory');
  expect(report?.what).toBe('The cpu engine ran out of memory');
  expect(report?.fix).toContain('gradient_checkpointing');
});

test('an engine without a device is told with the engine that always works', () => {
  const report = reportOf(engineError(new Error('Failed to get a WebGPU adapter: no supported adapters'), 'webgpu'));
  expect(report?.code).toBe('engine/no-device');
  expect(report?.what).toBe('The webgpu engine finds no device it can use here');
  expect(report?.fix).toContain('engine = "cpu"');
});

test('any other failure of ONNX Runtime is reported as our own mistake, with its text', () => {
  const error = engineError(new Error('Non-zero status code returned while running Reshape node'), 'cpu');
  expect(error).toBeInstanceOf(InternalError);
  expect(error.message).toContain('running Reshape node');
});

test.each([
  ['/home/me/model.safetensors', '/', 'home/me/model.safetensors'],
  ['C:\\models\\sd 1.5.safetensors', 'C:\\', 'models/sd 1.5.safetensors'],
  ['\\\\server\\share\\models\\a.safetensors', '\\\\server\\share\\', 'models/a.safetensors'],
])('the file %s is named from the root of its volume', (file, volume, location) => {
  expect(volumeOf([file])).toBe(volume);
  expect(locate(file, volume)).toBe(location);
});

test('a model whose files lie on two drives is refused with both named', () => {
  let report;
  try {
    volumeOf(['C:\\sd.safetensors', 'D:\\vae.safetensors']);
  } catch (error) {
    report = reportOf(error);
  }
  expect(report?.code).toBe('engine/volumes');
  expect(report?.what).toBe("The model's files lie on different drives: C:\\ and D:\\");
  expect(report?.fix).toContain('one drive');
});
