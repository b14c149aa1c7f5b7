/**
 * What was chosen for good about a run that is on when the window closes: read and changed by the Settings page.
 */
import type { ShellHandlers } from '../contract/shell-calls.ts';
import type { WindowMemory } from './window-memory.ts';

/** The memory of the window, as it is now, and its file. */
export interface KeptMemory {
  read(): WindowMemory;
  write(memory: WindowMemory): void;
}

export const closingChoiceHandlers = (
  memory: KeptMemory,
): Pick<ShellHandlers, 'closingChoice' | 'setClosingChoice'> => ({
  closingChoice: () => ({ choice: memory.read().closing }),
  setClosingChoice: ({ choice }) => {
    memory.write({ ...memory.read(), closing: choice });
    return {};
  },
});
