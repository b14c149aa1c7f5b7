/**
 * The methods by their name in a job.
 */
import type { Job } from '../../api/job/index.ts';
import type { MethodPlan, MethodRequest } from '../method.ts';
import { planAutoencoder } from './autoencoder.ts';
import { planFinetune } from './finetune.ts';
import { planLora } from './lora.ts';

const METHODS: Readonly<Record<Job['method'], (request: MethodRequest) => Promise<MethodPlan>>> = {
  lora: planLora,
  finetune: planFinetune,
  autoencoder: planAutoencoder,
};

/** @throws {UserError} of whatever makes the job impossible */
export const planMethod = (request: MethodRequest): Promise<MethodPlan> => METHODS[request.job.method](request);
