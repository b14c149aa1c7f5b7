/**
 * The LoRA that a job asks for.
 */
import { trainsTextEncoder, trainsUnet, type Job } from '../api/job/index.ts';
import { loraModules, type LoraModule, type LoraSizes, type Networks } from '../lora/modules.ts';

export function sizesOf(job: Job): LoraSizes {
  const { conv_dim, conv_alpha } = job.network_args;
  const linear = { rank: job.network_dim, alpha: job.network_alpha };
  if (conv_dim === undefined) return { kind: 'chosen', linear };
  return { kind: 'chosen', linear, convolution: { rank: conv_dim, alpha: conv_alpha } };
}

/** Only of the parts that are trained: what does not learn has no place in the file. */
export function modulesOf(job: Job, networks: Networks, sizes: LoraSizes = sizesOf(job)): readonly LoraModule[] {
  return loraModules(networks, sizes).filter(({ part }) =>
    part === 'unet' ? trainsUnet(job) : trainsTextEncoder(job),
  );
}
