/**
 * The training loop, in the order in which things happen.
 */
import { must, UserError } from '../base/errors.ts';
import { parameterFeeds } from '../optim/parameters.ts';
import { clipFactor, gradientNorm } from '../optim/clip.ts';
import { addGradients, lossOf } from './gradients.ts';
import type { Run } from './run-actions.ts';
import { savesAfter, stepName } from './saves.ts';

/** @returns optimizer steps done: fewer than planned where a stop was asked for */
export async function trainingLoop(run: Run): Promise<number> {
  const { job, layout, values, step, optimizer } = run;
  const { totalSteps, epochs } = run.steps;
  const accumulation = job.gradient_accumulation_steps;
  let done = run.doneBefore;
  if (done === 0) await run.drawSamples({ step: 0, epoch: 0, epochs, endsEpoch: false });

  while (done < totalSteps && run.wanted() === 'no') {
    const began = run.seconds();
    const { epoch, batches, firstPass, endsEpoch } = run.orderAt(done);

    let sum: Float32Array | undefined;
    let loss = 0;
    for (const [index, batch] of batches.entries()) {
      if (run.wanted() === 'now') return done;
      const place = { pass: firstPass + index, epoch, stepsDone: done, totalSteps };
      const feeds = await step.feeds(batch, place);
      const results = await step.run({ ...feeds, ...parameterFeeds(layout, values, step.parameters) });
      loss += lossOf(results) / batches.length;
      sum = addGradients(sum, layout, step, results);
    }
    const gradient = must(sum, 'a pass');

    // An epoch's last step may have fewer passes; sd-scripts divides by the setting all the same.
    const gradNorm = gradientNorm([gradient]) / accumulation;
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) throw await divergence(run, done, epoch);
    const rates = run.ratesAt(done);
    const gradientScale = clipFactor(gradNorm, job.max_grad_norm) / accumulation;
    await optimizer.apply(values, gradient, { step: done + 1, rates, gradientScale });
    const scaledNorms = run.afterStep(values);
    done += 1;
    await run.tellStep({ step: done, epoch, loss, rates, gradNorm, scaledNorms, seconds: run.seconds() - began });

    const moment = { step: done, epoch, epochs, endsEpoch };
    const saves = savesAfter(job, moment);
    for (const { write, remove } of saves) {
      await run.save(write, moment);
      if (remove !== undefined) await run.removeSave(remove);
    }
    if (saves.length > 0) await run.saveState(done);
    await run.drawSamples(moment);
  }
  return done;
}

/** Keeps what was good, and says what to change. The step that failed has changed nothing yet. */
async function divergence(run: Run, done: number, epoch: number): Promise<UserError> {
  const { job, places } = run;
  if (done === run.doneBefore) {
    return new UserError({
      code: 'run/diverged',
      what: `The loss of ${done === 0 ? 'the very first step' : `step ${done + 1}`} is not a finite number`,
      where: job.pretrained_model_name_or_path ?? job.model_config ?? places.folder,
      fix: 'The checkpoint or its VAE gives numbers that are out of range: try another file of it, or set vae to a separate VAE.',
      details: { step: done + 1 },
    });
  }
  const saved = await run.save(stepName(job.output_name, done), { step: done, epoch });
  await run.saveState(done);
  return new UserError({
    code: 'run/diverged',
    what: `The training diverged: the loss of step ${done + 1} is not a finite number. What was trained until step ${done} is saved`,
    where: places.folder,
    fix: 'Lower learning_rate (and unet_lr, text_encoder_lr) to a third or a tenth, or set max_grad_norm = 1, and start anew.',
    details: { step: done + 1, saved },
  });
}
