/** Words of the Settings page. */
export const settingsText = {
  title: 'Settings',
  theme: 'Colours',
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
  textSize: 'Size of text',
  closing: 'Closing the window while it trains',
  closingChoices: { ask: 'Ask', keep: 'Keep training', stop: 'Stop and save' },
  version: 'Version',
  computer: 'This computer',
  machine: (processor: string, cores: number, memory: string): string => `${processor}, ${cores} cores, ${memory}`,
} as const;
