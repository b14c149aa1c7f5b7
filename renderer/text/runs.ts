/** Words of the Runs page. */
import { plural } from './amounts.ts';

export const runsText = {
  title: 'Runs',
  count: (count: number): string => plural(count, 'run'),
  run: 'Run',
  started: 'Started',
  state: 'State',
  steps: 'Steps',
  loss: 'Loss',
  finalLoss: 'Final loss',
  time: 'Time',
  differs: 'Settings that differ',
  file: 'File',
  actions: 'Actions',
  states: { running: 'Training', done: 'Done', stopped: 'Stopped', failed: 'Failed' },
  open: 'Open',
  resume: 'Resume',
  oneAtATime: 'Another run is on. The Run page shows it until it ends.',
  clone: 'Clone as new job',
  openFolder: 'Open the folder',
  trash: 'Move to trash',
  trashTitle: (names: readonly string[]): string =>
    `Move ${names.length > 1 ? plural(names.length, 'run') : (names[0] ?? '')} to the trash?`,
  trashBody: (count: number, isSystems: boolean): string =>
    `${count > 1 ? 'Their folders, with every file they saved, go' : 'Its folder, with every file it saved, goes'} into ${
      isSystems ? 'the trash of this computer' : `.trash beside ${count > 1 ? 'them' : 'it'}`
    }.`,
  /** @param place where it lies now; left out when that is the system's business */
  wentToTrash: (names: readonly string[], place: string | undefined): string =>
    `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} in ${place ?? 'the trash of this computer'}.`,
  putBack: 'Put back',
  putBackNamed: (name: string): string => `Put back ${name}`,
  inTrash: 'Runs in the trash',
  trashHolds: (count: number): string => `${plural(count, 'run')} in the trash`,
  trashListBody: 'They lie on the computer that trains, and take room there until they are deleted.',
  forGood: 'Delete for good',
  forGoodSure: 'Yes, delete for good',
  forGoodBody: (count: number): string =>
    `${plural(count, 'run')}, with every file saved, cannot be brought back then.`,
  select: 'Selected',
  selectNone: 'Select none',
  showPlace: 'Show where it is',
  placeTitle: (name: string): string => `Where ${name} is`,
  placeBody: 'The folder on the computer that trains.',
  folder: 'Folder',
  copy: 'Copy',
  close: 'Close',
  cancel: 'Cancel',
  runFolders: 'Folders of runs',
  runFoldersBody:
    'Runs are looked for where runs were started, and in folders that are added here: those of the terminal, or of a disk that has moved.',
  holds: (count: number): string => (count === 0 ? 'no runs' : plural(count, 'run')),
  forget: 'Take off the list',
  forgetNamed: (folder: string): string => `Take ${folder} off the list`,
  forgetBody: 'Runs of a folder that is taken off the list stay on the disk.',
  addFolder: 'Add a folder',
  added: (count: number, folder: string): string =>
    `${plural(count, 'run')} in ${folder} ${count === 1 ? 'is' : 'are'} listed.`,
  none: 'No runs yet',
  noneBody: 'Each run leaves a folder with its files, its curve and its samples. They are listed here.',
  loading: 'Looking for runs',
  more: (count: number): string => `+${count}`,
} as const;

const DAY = 86_400_000;

/** To the second, for whoever points at it. */
export const exactTime = (then: number): string => new Date(then).toLocaleString('en-GB');

/** "today, 21:40", "yesterday, 20:55", "12 November". */
export function when(then: number, now: number): string {
  const date = new Date(then);
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (then >= midnight) return `today, ${clock}`;
  if (then >= midnight - DAY) return `yesterday, ${clock}`;
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' });
}
