/**
 * What the shell says to people, in one place.
 */
import type { ServiceLoss } from '../contract/bridge.ts';
import type { Work } from './work.ts';

interface Loss {
  readonly how: string;
  /** It had worked before. */
  readonly wasOpen: boolean;
  readonly restarts: boolean;
  readonly runName: string | undefined;
}

function serviceLost({ how, wasOpen, restarts, runName }: Loss): ServiceLoss {
  const during = runName === undefined ? '' : ` while “${runName}” was training`;
  const what = wasOpen ? `The trainer stopped working${during} (${how})` : `The trainer could not be started (${how})`;
  const next = restarts ? 'It is being started again.' : 'Start it again, or restart LoRA Loom.';
  const resume = runName === undefined ? '' : ' What the run had saved is whole: resume it to go on from there.';
  return { what, fix: `${next}${resume}`, restarts };
}

const DRAWINGS = {
  classes: { message: 'Class images are being drawn', ended: 'The class images are no longer being drawn' },
  drawing: { message: 'Pictures are being drawn', ended: 'The pictures are no longer being drawn' },
} as const;

interface WorkingWords {
  readonly message: string;
  readonly detail: string;
  readonly keep: string;
  readonly stop: string;
  readonly stay: string;
  readonly remember: string;
}

/** Somebody closes the window while this is on. */
function working(work: Work): WorkingWords {
  const always = { stay: 'Cancel', remember: 'Always do this' };
  if (work.kind === 'run') {
    return {
      ...always,
      message: `“${work.name}” is training`,
      detail: 'It can go on without the window. Start LoRA Loom again to see it.',
      keep: 'Keep training',
      stop: 'Stop and save',
    };
  }
  return {
    ...always,
    message: DRAWINGS[work.kind].message,
    detail: 'The drawing can go on without the window. What is drawn stays in either case.',
    keep: 'Keep drawing',
    stop: 'Stop drawing',
  };
}

/** It went on without the window. */
function ended(work: Work): { readonly title: string; readonly body: string } {
  if (work.kind !== 'run') return { title: DRAWINGS[work.kind].ended, body: 'Start LoRA Loom to see them.' };
  return { title: `“${work.name}” has ended`, body: 'Start LoRA Loom to see what it has learned.' };
}

export const TEXT = {
  appName: 'LoRA Loom',
  noAnswer: 'it gave no answer any more',
  serviceLost,
  serviceAway: 'The trainer is not there at the moment. Try again in some seconds.',
  title: (name: string, unsaved: boolean): string =>
    name === '' ? 'LoRA Loom' : `${name}${unsaved ? ' •' : ''} - LoRA Loom`,

  unknownCall: (name: string): string => `The window asked for “${name}”, which LoRA Loom does not know.`,
  wrongInput: (name: string, issue: string): string => `The window asked for “${name}” in a wrong way (${issue}).`,
  linkRefused: (url: string): string => `LoRA Loom does not open ${url}: it is not one of its own links.`,
  noTrash: (path: string, reason: string): string =>
    `${path} could not be moved to the trash (${reason}). Delete it in the file manager.`,
  noSuchFolder: (path: string): string => `${path} is not there any more.`,
  callFailed: (name: string, reason: string): string => `“${name}” did not work: ${reason}`,

  unsaved: {
    message: (name: string): string => (name === '' ? 'Close without saving?' : `Close “${name}” without saving?`),
    detail: {
      kept: 'The changes are in no file, but they are there again when LoRA Loom is started next.',
      loose: 'The changes since the last save are lost.',
      captions: 'A caption that was typed is in no file yet, and is lost.',
      prompts: 'Sample prompts that were changed are in no file yet, and are lost.',
    },
    close: 'Close without saving',
    stay: 'Cancel',
  },
  working,
  ended,
  pageCrashed: (reason: string): { readonly title: string; readonly detail: string } => ({
    title: 'The window stopped working and was loaded again',
    detail: `A run that is on was not touched. (${reason})`,
  }),
  noPages: (folder: string): string =>
    `This copy of LoRA Loom is not complete: its window is missing in ${folder}. Install it again, or run "npm run build".`,
  menu: { view: 'View' },
} as const;
