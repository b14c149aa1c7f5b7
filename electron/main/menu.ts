/**
 * The menu: hidden on Windows and Linux until Alt is pressed, and there for its keys; on a Mac, copying and pasting need it.
 */
import { Menu, type MenuItemConstructorOptions } from 'electron';
import { TEXT } from './text.ts';

export function setMenu(platform: string): void {
  const mac: MenuItemConstructorOptions[] = platform === 'darwin' ? [{ role: 'appMenu' }] : [{ role: 'fileMenu' }];
  const view: MenuItemConstructorOptions = {
    label: TEXT.menu.view,
    submenu: [
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      { role: 'reload' },
      { role: 'toggleDevTools' },
    ],
  };
  Menu.setApplicationMenu(Menu.buildFromTemplate([...mac, { role: 'editMenu' }, view, { role: 'windowMenu' }]));
}
