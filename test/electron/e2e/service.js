// A service that knows no training: it answers calls with their own input, and those of the shell as the contract wants.
import { basename, dirname } from 'node:path';
let run;
const tell = (message) => process.send(message);
const answers = {
  'run.current': () => (run ? { run } : {}),
  'media.locate': ({ path }) => {
    if (basename(dirname(path)) !== 'allowed') throw new Error('not allowed');
    return { file: path, type: 'image/png' };
  },
  'test.process': () => ({ pid: process.pid }),
  'test.run': ({ name }) => {
    setRun(name && runOf(name));
    return {};
  },
  'test.draw': ({ kind }) => {
    for (const port of ports)
      send(port, { kind: 'event', name: 'generate', data: { drawingId: '1', event: { kind } } });
    return {};
  },
};
const ports = new Set();
function setRun(next) {
  run = next;
  const data = { run: run ?? { ...runOf('-'), end: { kind: 'stopped' } } };
  for (const port of ports) send(port, { kind: 'event', name: 'run.status', data });
}
const send = (port, message) => tell({ kind: 'text', port, text: JSON.stringify(message) });
const runOf = (name) => ({
  runId: '1',
  folder: '/runs/1',
  name,
  table: {},
  startedAt: 0,
  state: 'training',
  message: 'Training',
  asked: 'nothing',
  resumable: false,
});
process.on('SIGUSR2', () => setRun(undefined));
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.kind === 'end') process.exit(0);
  if (message.kind === 'open') ports.add(message.port);
  if (message.kind === 'close') ports.delete(message.port);
  if (message.kind !== 'text') return;
  const { kind, id, name, input } = JSON.parse(message.text);
  if (kind !== 'call') return;
  try {
    send(message.port, { kind: 'result', id, output: answers[name](input) });
  } catch (error) {
    const report = { code: 'rpc/unknown-call', what: String(error), fix: 'Nothing.' };
    send(message.port, { kind: 'error', id, error: report });
  }
});
tell({ kind: 'ready' });
