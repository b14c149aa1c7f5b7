import { expect, test } from 'vitest';
import type { TrainEvent } from '../../../trainer/api/events.ts';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { InternalError, UserError } from '../../../trainer/base/errors.ts';
import { startRun } from '../../../trainer/rpc/run-process.ts';

const job = parseJob({ pretrained_model_name_or_path: 'm', train_data_dir: 'd', output_dir: 'o' }, 'the test');

/** A child that runs the given lines once it has its order. */
const child = (lines: string) => {
  const events: TrainEvent[] = [];
  const script = `process.once('message', ({ order }) => { ${lines} });`;
  const run = startRun([process.execPath, '-e', script], { job, resume: false }, (event) => void events.push(event));
  return { run, events };
};

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((caught: unknown) => caught);

test('the child gets the job, its events arrive in order, and its end is the outcome', async () => {
  const { run, events } = child(`
    for (const message of ['a', order.job.output_name]) process.send({ kind: 'event', event: { kind: 'log', message } });
    process.send({ kind: 'ended', outcome: { kind: 'done', step: 3 } }, () => process.disconnect());`);
  expect(await run.outcome).toEqual({ kind: 'done', step: 3 });
  expect(events).toEqual([
    { kind: 'log', message: 'a' },
    { kind: 'log', message: 'last' },
  ]);
});

test('an error of the child is told as its own', async () => {
  const report = { code: 'data/no-images', what: 'The folder holds no pictures', fix: 'Add some.' };
  const { run } = child(`process.send({ kind: 'failed', error: ${JSON.stringify(report)} });`);
  const error = await failureOf(run.outcome);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report).toEqual(report);
});

test("a mistake of ours stays one, with the child's stack", async () => {
  const { run } = child(`process.send({ kind: 'broken', message: 'oh', stack: 'at child' });`);
  expect(await failureOf(run.outcome)).toMatchObject({ message: 'oh', stack: 'at child' });
  expect(await failureOf(run.outcome)).toBeInstanceOf(InternalError);
});

test('engine/crashed: a child that dies is told in a sentence', async () => {
  const { run } = child('process.exit(3);');
  expect(((await failureOf(run.outcome)) as UserError).report).toMatchObject({
    code: 'engine/crashed',
    what: 'The engine crashed (exit code 3)',
  });
});

test('a child that Ctrl-C reaches before it listens has stopped, not crashed', async () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    const { run } = child(`process.kill(process.pid, '${signal}');`);
    expect(await run.outcome, signal).toEqual({ kind: 'stopped', step: 0 });
  }
});

test('after a crash, --resume is advised only where something was saved', async () => {
  const fixOf = async (run: ReturnType<typeof child>['run']): Promise<string> =>
    ((await failureOf(run.outcome)) as UserError).report.fix;
  expect(await fixOf(child('process.exit(3);').run)).toContain('Nothing was saved yet.');
  const saved = child(
    `process.send({ kind: 'event', event: { kind: 'checkpoint', file: 'a' } }, () => process.exit(3));`,
  );
  expect(await fixOf(saved.run)).toContain('--resume goes on from there.');
});

test('a child that the system killed most likely ran out of memory', async () => {
  const { run } = child(`process.kill(process.pid, 'SIGKILL');`);
  expect(((await failureOf(run.outcome)) as UserError).report).toMatchObject({
    code: 'engine/out-of-memory',
    what: expect.stringContaining('most likely because memory ran out') as string,
  });
});

test('finish reaches the child between two steps, kill does not wait for it', async () => {
  const busy = child(`process.on('message', ({ wanted }) =>
    process.send({ kind: 'ended', outcome: { kind: 'stopped', step: wanted === 'finishing' ? 1 : 0 } }));
    process.send({ kind: 'event', event: { kind: 'log', message: 'ready' } });`);
  while (busy.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  busy.run.finish();
  expect(await busy.run.outcome).toEqual({ kind: 'stopped', step: 1 });
  await busy.run.kill();

  const stuck = child(`process.send({ kind: 'event', event: { kind: 'log', message: 'ready' } }); for (;;);`);
  const death = failureOf(stuck.run.outcome);
  while (stuck.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await stuck.run.kill();
  expect(await death).toBeInstanceOf(UserError);
});
