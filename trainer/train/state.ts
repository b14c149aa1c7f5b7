/**
 * What going on with a run needs: what is trained, the optimizer's state, and the number of steps done. Order, noise and every
 * other draw follow from the seed and that number (the law of seeds, base/random.ts).
 *
 * One safetensors file, so that its parts can never come from two moments: tensor `values`, tensors `optimizer.<name>`, all
 * f32 [layout.size], and the rest as metadata.
 */
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import type { Sha256 } from '../formats/lora/hashes.ts';
import { readHeader } from '../formats/safetensors/header.ts';
import { readTensor } from '../formats/safetensors/read.ts';
import { encodeSafetensors, fileChunks } from '../formats/safetensors/write.ts';
import type { OptimizerState } from './optimizer-run.ts';
import type { MethodPlan } from './method.ts';
import type { RunPlaces } from './run-folder.ts';

export interface RunState {
  /** Optimizer steps done. */
  readonly step: number;
  readonly seed: number;
  /** Milliseconds since 1970, of the first start. */
  readonly startedAt: number;
  /** f32 [layout.size] */
  readonly values: Float32Array;
  readonly optimizer: OptimizerState;
  /** Fingerprints: of the network and optimizer, which must be the same, and of the data and its order, which should. */
  readonly network: string;
  readonly data: string;
}

const FORMAT = 'lora-loom state 2';
const OPTIMIZER = 'optimizer.';

export async function writeState(files: Files, places: RunPlaces, state: RunState): Promise<void> {
  const { step, seed, startedAt, values, optimizer, network, data } = state;
  const vectors = {
    values,
    ...Object.fromEntries(Object.entries(optimizer).map(([name, v]) => [OPTIMIZER + name, v])),
  };
  const encoded = encodeSafetensors(
    Object.entries(vectors).map(([name, vector]) => ({ name, dtype: 'F32', shape: [vector.length], data: vector })),
    { format: FORMAT, step: String(step), seed: String(seed), started_at: String(startedAt), network, data },
  );
  await files.makeFolder(places.stateFolder);
  await files.write(places.state, fileChunks(encoded));
}

/** @throws {UserError} run/no-state if there is none, or the file is none of ours */
export async function readState(files: Files, places: RunPlaces): Promise<RunState> {
  if ((await files.status(places.state)) === undefined) throw noState(places);
  const { metadata, tensors } = await readHeader(files, places.state);
  const step = Number(metadata['step']);
  const values = tensors.get('values');
  if (metadata['format'] !== FORMAT || values === undefined || !Number.isInteger(step)) throw notOurs(places);
  const optimizer: Record<string, Float32Array> = {};
  for (const [name, place] of tensors) {
    if (name.startsWith(OPTIMIZER)) optimizer[name.slice(OPTIMIZER.length)] = await readTensor(files, place);
  }
  return {
    step,
    seed: Number(metadata['seed']),
    startedAt: Number(metadata['started_at']),
    values: await readTensor(files, values),
    optimizer,
    network: metadata['network'] ?? '',
    data: metadata['data'] ?? '',
  };
}

/**
 * @param network the fingerprint of what the job makes now
 * @throws {UserError} run/other-network if the run was made by another network or optimizer
 */
export function requireSameNetwork(state: RunState, network: string, places: RunPlaces): void {
  if (state.network !== network) throw otherNetwork(places);
}

/** What is trained, by the method's own words, and the optimizer. */
export const networkFingerprint = (
  sha256: Sha256,
  { identity }: Pick<MethodPlan, 'identity'>,
  optimizer: unknown,
): Promise<string> => fingerprint(sha256, [identity, optimizer]);

export const fingerprint = (sha256: Sha256, value: unknown): Promise<string> =>
  sha256([new TextEncoder().encode(JSON.stringify(value))]);

const noState = ({ folder }: RunPlaces): UserError =>
  new UserError({
    code: 'run/no-state',
    what: 'There is no run here that could be resumed: state/state.safetensors is missing',
    where: folder,
    fix: 'Check output_dir and output_name, or start anew without --resume.',
  });

const notOurs = ({ state }: RunPlaces): UserError =>
  new UserError({
    code: 'run/no-state',
    what: 'The file is no state of a LoRA Loom run',
    where: state,
    fix: 'Start anew without --resume, under another output_name.',
  });

const otherNetwork = ({ state }: RunPlaces): UserError =>
  new UserError({
    code: 'run/other-network',
    what: 'The run was started with another network or optimizer than the job asks for now',
    where: state,
    fix: "Resume with the run's own job.toml, or start anew under another output_name: the method, the sizes of what is trained (network_dim, network_alpha, network_args, model_config, discriminator), which parts are trained, an autoencoder's losses and optimizer_type must stay as they were.",
  });
