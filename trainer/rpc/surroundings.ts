/**
 * What all handlers share: the computer, the way to tell events, the folders whose pictures may be shown, and the engines
 * that work.
 */
import type { Emit } from '../api/rpc/index.ts';
import type { AllowedFolders } from './allowed-folders.ts';
import type { Engines } from './engines.ts';
import type { ServiceMachine } from './machine.ts';

export interface Surroundings {
  readonly machine: ServiceMachine;
  readonly emit: Emit;
  readonly allowed: AllowedFolders;
  readonly engines: Engines;
}
