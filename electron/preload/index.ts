/**
 * The only script that sees both the page and Electron: hands the page named operations, never Electron's own objects.
 * Sandboxed, so that it is built into one CommonJS file.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { CHANNELS, type LoomBridge, type ServiceLoss, type ShellAnswer } from '../contract/bridge.ts';

const messages = new Set<(text: string) => void>();
const openings = new Set<() => void>();
const losses = new Set<(loss: ServiceLoss) => void>();
let state: 'unknown' | 'open' | ServiceLoss = 'unknown';

ipcRenderer.on(CHANNELS.message, (_event, text: string) => messages.forEach((listener) => listener(text)));
ipcRenderer.on(CHANNELS.opened, () => {
  state = 'open';
  openings.forEach((listener) => listener());
});
ipcRenderer.on(CHANNELS.closed, (_event, loss: ServiceLoss) => {
  state = loss;
  losses.forEach((listener) => listener(loss));
});

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const bridge: LoomBridge = {
  platform: process.platform,
  port: {
    send: (text) => ipcRenderer.send(CHANNELS.message, text),
    onMessage: (listener) => listen(messages, listener),
    onOpen: (listener) => {
      if (state === 'open') listener();
      return listen(openings, listener);
    },
    onClose: (listener) => {
      if (typeof state === 'object') listener(state);
      return listen(losses, listener);
    },
  },
  shell: {
    call: async (name, input) => {
      const answer: ShellAnswer = await ipcRenderer.invoke(CHANNELS.shell, name, input);
      if (answer.kind === 'failed') throw new Error(answer.what);
      return answer.output as never;
    },
  },
  pathOf: (file) => webUtils.getPathForFile(file as File),
};

contextBridge.exposeInMainWorld('loom', bridge);
ipcRenderer.send(CHANNELS.hello);
