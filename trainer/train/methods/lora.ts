/**
 * LoRA: small matrices beside the layers of a frozen checkpoint.
 */
import type { WarningEvent } from '../../api/events.ts';
import type { Job } from '../../api/job/index.ts';
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { createGenerator, deriveSeed } from '../../base/random.ts';
import type { Checkpoint } from '../../formats/checkpoint/types.ts';
import { openLora } from '../../formats/lora/read.ts';
import { initialiseLora } from '../../lora/initialise.ts';
import { layoutLora } from '../../lora/layout.ts';
import { capNorms } from '../../lora/max-norm.ts';
import { sizesIn, takeLora } from '../../lora/stored.ts';
import { bucketMultiple } from '../family-rules.ts';
import { loraFileFacts, writeLora, type LoraFileFacts } from '../lora-file.ts';
import type { MethodPlan, MethodRequest } from '../method.ts';
import { modulesOf, sizesOf } from '../network-of-job.ts';
import { captionWarnings, numbersIn, openBase, openDiffusion } from './diffusion.ts';
import { BYTES_OF_PRECISION } from './precision.ts';

export async function planLora({ machine, job, seed }: MethodRequest): Promise<MethodPlan> {
  const base = await openBase(machine, job, must(job.pretrained_model_name_or_path, 'a checkpoint'));
  const { checkpoint, prediction } = base;
  const { layout, initial, warnings } = await startingLora(machine.files, job, seed, checkpoint);
  const textInside = layout.modules.some(({ part }) => part !== 'unet');
  const limit = job.scale_weight_norms;
  return {
    layout,
    initial: () => Promise.resolve(initial),
    identity: layout.entries.map(({ name, shape, module }) => [name, shape, module.alpha]),
    title: `LoRA of ${layout.modules.length} modules`,
    frozen: numbersIn(checkpoint),
    startBytes: 0,
    fileBytes: layout.size * BYTES_OF_PRECISION[job.save_precision],
    extension: '.safetensors',
    bucketMultiple: bucketMultiple(checkpoint.family),
    warnings: [...base.warnings, ...warnings],
    checkImages: (images) => captionWarnings(machine, job, checkpoint, images),
    open: (context) =>
      openDiffusion(context, base, (images) => {
        let facts: Promise<LoraFileFacts> | undefined;
        const source = { job, seed, checkpoint, prediction, layout, dataset: context.dataset };
        return {
          choices: { modules: layout.modules, textInside },
          drawnWith: (values) => ({ loras: [{ layout, values, weight: 1 }] }),
          write: async (path, values, { steps, startedAt, ...moment }) => {
            facts ??= loraFileFacts(machine, source, images, steps, startedAt);
            await writeLora(machine, `${path}.safetensors`, source, await facts, values, moment);
          },
          ...(limit === undefined ? {} : { afterStep: (values, stopped) => capNorms(layout, values, limit, stopped) }),
        };
      }),
  };
}

async function startingLora(files: Files, job: Job, seed: number, checkpoint: Checkpoint) {
  const file =
    job.network_weights === undefined ? undefined : await openLora(files, job.network_weights, checkpoint.family);
  const sizes = file !== undefined && job.dim_from_weights ? sizesIn(file) : sizesOf(job);
  const layout = layoutLora(modulesOf(job, checkpoint, sizes));
  const initial = initialiseLora(layout, createGenerator(deriveSeed(seed, 'initialisation')));
  if (file === undefined) return { layout, initial, warnings: [] };
  const { missing, unused } = await takeLora(files, file, layout, initial);
  const note = (names: readonly string[], what: string, fix: string): readonly WarningEvent[] =>
    names.length === 0 ? [] : [{ kind: 'warning', what: `${names.length} ${what}`, where: file.path, fix }];
  const warnings = [
    ...note(
      missing,
      'modules of this job are not in network_weights and start fresh',
      'Nothing to do if that is meant.',
    ),
    ...note(
      unused,
      'modules of network_weights are not trained by this job and are left out',
      'Set conv_dim or train the text encoder too, to go on with them.',
    ),
  ];
  return { layout, initial, warnings };
}
