/** What the window says about its line to the trainer. */
export const connectionText = {
  connecting: 'Connecting to the trainer',
  lost: {
    what: 'The connection to the trainer is gone',
    fix: 'It is tried again by itself. A run that is on goes on.',
  },
  refused: {
    what: 'The trainer does not know this window',
    fix: 'Open the whole address that "lora-loom serve" printed, with its token.',
  },
  notSent: (name: string): { readonly what: string; readonly fix: string } => ({
    what: `${name} could not be sent`,
    fix: 'Try it again.',
  }),
  noClipboard: {
    what: 'The browser does not let this page copy',
    fix: 'Select the text and press Ctrl C, or allow the clipboard for this page. Browsers allow it over https and on the computer itself.',
  },
  restart: 'Restart the trainer',
} as const;
