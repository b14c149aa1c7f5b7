import { expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import { listEngines, tryEngine } from '../../../trainer/platform/engines.ts';
import { loadOnnxRuntime, type OnnxRuntime } from '../../../trainer/platform/onnxruntime.ts';
import { fakeTerminal } from './fake-terminal.ts';

test('the processor is an engine that works', async () => {
  const terminal = fakeTerminal();
  expect(await runCommandLine(['engines', '--json'], terminal)).toBe(0);
  const { engines, hardware } = JSON.parse(terminal.written.out) as { engines: unknown[]; hardware: unknown };
  expect(engines).toContainEqual({ name: 'cpu', bundled: true, works: true });
  expect(hardware).toMatchObject({ platform: process.platform, nodeVersion: process.versions.node });
});

test('an engine whose trial crashes does not work, and the command goes on', async () => {
  const terminal = fakeTerminal({ self: [process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")'] });
  expect(await runCommandLine(['engines'], terminal)).toBe(0);
  expect(terminal.written.out).toContain('cpu      does not work: Its trial ended with SIGKILL\n');
});

test('an engine that computes wrongly does not work', async () => {
  const runtime = await loadOnnxRuntime();
  type Session = Awaited<ReturnType<typeof runtime.InferenceSession.create>>;
  const sevens = async (session: Session, feeds: Parameters<Session['run']>[0]): Promise<unknown> => {
    const results = await session.run(feeds);
    for (const { data } of Object.values(results)) if (data instanceof Float32Array) data.fill(7);
    return results;
  };
  const wrong: OnnxRuntime = {
    Tensor: runtime.Tensor,
    listSupportedBackends: () => [],
    InferenceSession: {
      create: async (model, options) =>
        new Proxy(await runtime.InferenceSession.create(model, options), {
          get: (session, name): unknown =>
            name === 'run' ? sevens.bind(undefined, session) : Reflect.get(session, name),
        }),
    },
  };
  expect(await tryEngine(wrong, 'cpu')).toBe('It computes wrongly: twice 1, 2, 3 is 7, 7, 7');
});

test('only providers that LoRA Loom knows are listed', () => {
  const listSupportedBackends: OnnxRuntime['listSupportedBackends'] = () => [
    { name: 'tensorrt', bundled: false },
    { name: 'webgpu', bundled: true },
  ];
  expect(listEngines({ listSupportedBackends })).toEqual([{ name: 'webgpu', bundled: true }]);
});

test('a runtime that cannot be loaded is told with what to do', async () => {
  const error: unknown = await loadOnnxRuntime(() => Promise.reject(new Error('no .node file'))).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report).toMatchObject({
    code: 'engine/not-loaded',
    what: 'ONNX Runtime, which computes everything, cannot be loaded',
  });
  expect((error as UserError).report.fix).toMatch(/^Run "npm ci" again\./);
});
