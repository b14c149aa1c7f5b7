/** Words of the frame: title bar, navigation, problems bar, dialogs about the job. */
export const frameText = {
  brand: 'LoRA Loom',
  navigation: 'Pages',
  skip: 'Skip to the page',
  pages: { dataset: 'Dataset', train: 'Train', run: 'Run', runs: 'Runs', tryIt: 'Try it', settings: 'Settings' },
  search: 'Search settings',
  searchKeys: 'Ctrl K',
  searchHint: 'A label, an argument or a word: "rank", "network_alpha", "memory"',
  nothingFound: 'No setting is called that',
  untitled: 'New job',
  jobMenu: 'Job',
  unsaved: 'Unsaved',
  saved: 'Saved',
  newJob: 'New job',
  openJob: 'Open',
  openKeys: 'Ctrl O',
  saveJob: 'Save',
  saveKeys: 'Ctrl S',
  saveJobAs: 'Save as',
  importJob: 'Import from Kohya',
  exportJob: 'Export for Kohya',
  recent: 'Recent',
  undo: 'Undo',
  redo: 'Redo',
  severities: { error: 'Error', warning: 'Warning', info: 'Note' },
  problems: 'Problems',
  noProblems: 'No problems',
  checking: 'Checking',
  ready: 'Ready',
  show: 'Show',
  hideList: 'Hide list',
  showList: 'Show all',
  editsApply: 'Edits apply to the next run',
  dismiss: 'Dismiss',
  engine: 'Engine',
  unsavedTitle: (name: string): string => `Keep the changes to ${name}?`,
  unsavedBody: 'They are not in a file yet.',
  keepAndGo: 'Save',
  dropAndGo: 'Do not save',
  stay: 'Cancel',
  openTitle: 'Open a job',
  openBody: 'The path of a .toml file of LoRA Loom or sd-scripts, or of a .json file of Kohya’s GUI.',
  jobFiles: 'Jobs',
  jobFile: 'Job',
  /** Of a job that has no name yet. */
  fileName: 'job',
  saveTitle: 'Save the job',
  saveBody: 'The path of a .toml file.',
  takenTitle: (name: string): string => `${name} is there already`,
  takenBody: (folder: string): string => `In ${folder}. What is in it would be lost.`,
  keepBoth: (name: string): string => `Save as ${name}`,
  replace: 'Replace it',
  path: 'Path',
  sendBody: 'Is the file on the computer of this browser? Drop it here, or',
  sendFile: 'Choose a file',
  systemTheme: 'As the system',
  light: 'Light',
  dark: 'Dark',
} as const;

/** As people write them; another engine by its own name. */
export const ENGINE_NAMES: Readonly<Partial<Record<string, string>>> = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'CoreML',
};

export const mistake = (message: string): { readonly what: string; readonly fix: string } => ({
  what: `LoRA Loom made a mistake: ${message}`,
  fix: 'Please report it with what you did just before.',
});

export const problemCount = (errors: number, warnings: number, notes: number): string =>
  [
    [errors, 'error', 'errors'],
    [warnings, 'warning', 'warnings'],
    [notes, 'note', 'notes'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
    .join(', ') + (errors === 0 ? '. Training can start.' : '. Training cannot start.');
