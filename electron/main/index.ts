/**
 * The desktop app's main process: plugs window, desktop and the trainer's service together, and ends them in order.
 */
import { app, BrowserWindow, crashReporter, dialog, ipcMain, powerSaveBlocker, type MessageBoxOptions } from 'electron';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { decideClosing, untilWritten, type ClosingFacts, type Question, type Reply } from './closing.ts';
import { createConversations } from './conversations.ts';
import { desktopOf, notify } from './desktop.ts';
import { announceSchemes, guardSession } from './guarded-session.ts';
import { listenToPages, tellPage } from './ipc.ts';
import { setMenu } from './menu.ts';
import { originOf, START_PAGE } from './pages.ts';
import { noteLoss } from './process-losses.ts';
import { createRelay } from './relay.ts';
import { launcher, serviceCommand, serviceEnvironment } from './service-child.ts';
import { createServiceProcess } from './service-process.ts';
import { TEXT } from './text.ts';
import { createTrainerWatch } from './trainer-watch.ts';
import { createWakefulness } from './wakefulness.ts';
import { readMemory, writeMemory } from './window-memory.ts';
import { openWindow } from './window.ts';
import type { Work } from './work.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = join(ROOT, 'dist', 'renderer');
const PRELOAD = join(ROOT, 'dist', 'electron', 'preload.cjs');
const ICON = app.isPackaged ? join(process.resourcesPath, 'icon.png') : join(ROOT, 'assets', 'icon', 'icon.png');
/** Where electron-vite serves the pages while somebody works on them. */
const DEVELOPMENT_PAGE = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL'];
const startPage = DEVELOPMENT_PAGE ?? START_PAGE;
const origin = originOf(startPage) ?? '';
const NO_DOCUMENT: ClosingFacts['document'] = { name: '', changes: 'none' };

app.setName(TEXT.appName);
// As root on Linux, Chromium starts without its sandbox or not at all; our page keeps `sandbox: true` all the same.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
announceSchemes();
// A second one would train on the same GPU; the first comes to the front instead.
if (app.requestSingleInstanceLock()) void run();
else app.quit();

async function run(): Promise<void> {
  crashReporter.start({ uploadToServer: false });
  const userFolder = app.getPath('userData');
  const memoryFile = join(userFolder, 'window.json');
  const logFolder = join(userFolder, 'logs');
  const lossFile = join(logFolder, 'window.log');
  mkdirSync(logFolder, { recursive: true });
  // Chromium starts its helpers again by itself.
  app.on('child-process-gone', (_event, loss) => noteLoss(lossFile, loss, new Date()));

  let memory = readMemory(memoryFile);
  let window: BrowserWindow | undefined;
  let openDocument: ClosingFacts['document'] = NO_DOCUMENT;
  /** The person closed the window and wants what is on to go on. */
  let keepsWorking = false;
  /** Nothing is asked any more. */
  let leaving = false;

  const surroundings = {
    packaged: app.isPackaged,
    resources: process.resourcesPath,
    root: ROOT,
    platform: process.platform,
    environment: process.env,
  };
  const keepAwake = createWakefulness(powerSaveBlocker);
  const watch = createTrainerWatch({ working: heardOfWork, hung: () => service.endHung() });
  const conversations = createConversations((message) => service.send(message));
  const relay = createRelay(conversations, () => service.isOpen());
  const service = createServiceProcess({
    launch: launcher(serviceCommand(surroundings), serviceEnvironment(process.env), join(logFolder, 'service.log')),
    listeners: {
      opened: () => {
        watch.begin(conversations.begin());
        relay.serviceOpened();
      },
      text: (port, text) => conversations.text(port, text),
      closed: (loss) => {
        conversations.closeAll();
        relay.serviceClosed(loss);
      },
    },
    runName,
    now: Date.now,
  });

  function runName(): string | undefined {
    const work = watch.work();
    return work?.kind === 'run' ? work.name : undefined;
  }

  let lastWork: Work | undefined;
  function heardOfWork(work: Work | undefined): void {
    keepAwake(work !== undefined);
    if (work !== undefined) return void (lastWork = work);
    if (!keepsWorking || leaving) return;
    if (lastWork !== undefined) notify(TEXT.ended(lastWork), () => undefined);
    app.quit();
  }

  const show = (): void => {
    keepsWorking = false;
    if (window === undefined) return open();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };

  function open(): void {
    service.start();
    const opened = openWindow({ preload: PRELOAD, startPage, icon: ICON, memory });
    const pageId = opened.webContents.id;
    window = opened;
    openDocument = NO_DOCUMENT;
    opened.setTitle(TEXT.appName);
    opened.once('ready-to-show', () => console.log('LoRA Loom: the window is open'));
    opened.on('close', (event) => {
      if (leaving) return;
      event.preventDefault();
      void close(opened);
    });
    opened.on('closed', () => {
      window = undefined;
      relay.goodbye(pageId);
    });
    opened.on('session-end', () => (leaving = true));
    opened.webContents.on('render-process-gone', (_event, loss) => {
      noteLoss(lossFile, { type: 'Page', ...loss }, new Date());
      relay.goodbye(pageId);
    });
    loadAgainAfterCrash(opened);
  }

  let asking = false;
  async function close(closing: BrowserWindow): Promise<void> {
    if (asking) return;
    asking = true;
    await untilWritten(() => openDocument.changes);
    const { closing: choice } = memory;
    const facts = { document: openDocument, work: watch.work(), choice };
    const decision = await decideClosing(facts, (question) => ask(closing, question));
    asking = false;
    if (decision.kind === 'stay' || closing.isDestroyed()) return;
    const bounds = closing.getNormalBounds();
    memory = { bounds, maximized: closing.isMaximized(), closing: decision.remember ?? choice };
    writeMemory(memoryFile, memory);
    // What ended while the question was open keeps no app without a window.
    keepsWorking = decision.work === 'keep' && watch.work() !== undefined;
    closing.destroy();
  }

  app.on('second-instance', show);
  app.on('activate', show);
  app.on('window-all-closed', () => {
    if (!keepsWorking) app.quit();
  });
  let serviceIsGone = false;
  app.on('will-quit', (event) => {
    if (serviceIsGone) return;
    event.preventDefault();
    if (keepsWorking && watch.work() !== undefined) return;
    leaving = true;
    void service.end().then(() => {
      serviceIsGone = true;
      app.quit();
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      leaving = true;
      keepsWorking = false;
      app.quit();
    });
  }

  await app.whenReady();
  if (DEVELOPMENT_PAGE === undefined && !existsSync(join(PAGES, 'index.html'))) {
    console.error(TEXT.noPages(PAGES));
    dialog.showErrorBox(TEXT.appName, TEXT.noPages(PAGES));
    return app.exit(1);
  }
  setMenu(process.platform);
  guardSession({ pages: PAGES, origin, locate: watch.locate });
  listenToPages(ipcMain, origin, {
    hello: (page) =>
      relay.hello({
        id: page.id,
        message: (text) => tellPage(page, 'message', text),
        opened: () => tellPage(page, 'opened'),
        closed: (loss) => tellPage(page, 'closed', loss),
      }),
    message: (page, text) => relay.fromPage(page.id, text),
    handlersFor: (page) => {
      const its = BrowserWindow.fromWebContents(page);
      if (its === null) throw new Error('a page without a window');
      return desktopOf(its, {
        document: (document) => {
          openDocument = document;
          const unsaved = document.changes === 'kept' || document.changes === 'loose';
          its.setTitle(TEXT.title(document.name, unsaved));
          its.setDocumentEdited(unsaved);
        },
        trashable: (folder) => watch.trashable(folder),
        restartService: () => service.start(),
        memory: { read: () => memory, write: (changed) => writeMemory(memoryFile, (memory = changed)) },
        show,
      });
    },
  });
  open();
}

async function ask(window: BrowserWindow, question: Question): Promise<Reply> {
  const { message, detail, buttons, checkbox } = question;
  const options: MessageBoxOptions = {
    type: 'question',
    message,
    detail,
    buttons: [...buttons],
    defaultId: buttons.length - 1,
    cancelId: buttons.length - 1,
    noLink: true,
    ...(checkbox === undefined ? {} : { checkboxLabel: checkbox }),
  };
  const { response, checkboxChecked } = await dialog.showMessageBox(window, options);
  return { button: response, checked: checkboxChecked };
}

/** Once: a page that crashes at once again is left as it is. */
function loadAgainAfterCrash(window: BrowserWindow): void {
  let crashed = false;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || crashed) return;
    crashed = true;
    window.webContents.reload();
    const { title, detail } = TEXT.pageCrashed(reason);
    void dialog.showMessageBox(window, { type: 'warning', message: title, detail });
  });
}
