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
  restart: 'Restart the trainer',
} as const;
