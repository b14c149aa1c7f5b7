/**
 * The training loop, in the order in which things happen.
 */
import { parameterFeeds } from '../optim/parameters.ts';
import { clipFactor, gradientNorm } from '../optim/clip.ts';
import { divergence } from './divergence.ts';
import { lossOf, sumGradients } from './gradients.ts';
import type { Run } from './run-actions.ts';
import { savesAfter } from './saves.ts';

/** @returns optimizer steps done: fewer than planned where a stop was asked for */
export async function trainingLoop(run: Run): Promise<number> {
  const { job, layout, values, optimizer } = run;
  const { totalSteps, epochs } = run.steps;
  const accumulation = job.gradient_accumulation_steps;
  const gradient = new Float32Array(layout.size);
  let done = run.doneBefore;
  if (done === 0) await run.drawSamples({ step: 0, epoch: 0, epochs, endsEpoch: false });

  while (done < totalSteps && run.wanted() === 'no') {
    const began = run.seconds();
    const { epoch, batches, firstPass, endsEpoch } = run.orderAt(done);
    const step = await run.step.at(done);

    let loss = 0;
    for (const [index, batch] of batches.entries()) {
      if (run.wanted() === 'now') return done;
      const place = { pass: firstPass + index, epoch, stepsDone: done, totalSteps };
      const feeds = await step.feeds(batch, place);
      const results = await step.run({ ...feeds, ...parameterFeeds(layout, values, step.parameters) });
      loss += lossOf(results) / batches.length;
      sumGradients(gradient, layout, step, results, index === 0);
    }

    const stopped = run.stoppedAt(done);
    // What stays as it is has no gradient: the others are clipped as if it were not there.
    for (const { part, offset, size } of layout.parts) if (stopped.has(part)) gradient.fill(0, offset, offset + size);
    // An epoch's last step may have fewer passes; sd-scripts divides by the setting all the same.
    const gradNorm = gradientNorm([gradient]) / accumulation;
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) throw await divergence(run, done, epoch);
    const rates = run.ratesAt(done);
    const gradientScale = clipFactor(gradNorm, job.max_grad_norm) / accumulation;
    await optimizer.apply(values, gradient, { step: done + 1, rates, gradientScale, stopped });
    const scaledNorms = run.afterStep(values, stopped);
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
    await run.answerRequests(moment);
  }
  return done;
}
