/**
 * What all handlers share: the computer, the way to tell events, and the folders whose pictures may be shown.
 */
import type { Emit } from '../api/rpc/index.ts';
import type { AllowedFolders } from './allowed-folders.ts';
import type { ServiceMachine } from './machine.ts';

export interface Surroundings {
  readonly machine: ServiceMachine;
  readonly emit: Emit;
  readonly allowed: AllowedFolders;
}
