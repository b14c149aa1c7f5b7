/**
 * The window: what its page may and may not do, and where it stands on the screen.
 */
import { BrowserWindow, screen, shell, type WebPreferences } from 'electron';
import { isAllowedLink } from './links.ts';
import { originOf } from './pages.ts';
import { boundsOnScreen, LEAST_SIZE, type WindowMemory } from './window-memory.ts';

/** The page is treated like one from the web: its own process, its own world, no Node. */
export const pagePreferences = (preload: string): WebPreferences => ({
  preload,
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
});

export interface WindowOptions {
  readonly preload: string;
  readonly startPage: string;
  readonly icon: string;
  readonly memory: WindowMemory;
}

export function openWindow({ preload, startPage, icon, memory }: WindowOptions): BrowserWindow {
  const screens = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...boundsOnScreen(memory.bounds, screens),
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    show: false,
    autoHideMenuBar: true,
    icon,
    webPreferences: pagePreferences(preload),
  });
  keepAtHome(window, originOf(startPage));
  window.once('ready-to-show', () => {
    if (memory.maximized) window.maximize();
    window.show();
  });
  // Pages do not name the window; the open job does.
  window.on('page-title-updated', (event) => event.preventDefault());
  void window.loadURL(startPage).catch(() => undefined);
  return window;
}

/** The page stays; a link to a place that we know opens in the user's browser; nothing else opens at all. */
function keepAtHome({ webContents }: BrowserWindow, home: string | undefined): void {
  webContents.on('will-frame-navigate', (event) => {
    if (originOf(event.url) !== home || !event.isMainFrame) event.preventDefault();
  });
  webContents.on('will-redirect', (event) => event.preventDefault());
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.setWindowOpenHandler(({ url }) => {
    if (isAllowedLink(url)) void shell.openExternal(url);
    return { action: 'deny' };
  });
}
