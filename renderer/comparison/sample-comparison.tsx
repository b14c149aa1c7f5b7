/** Samples of the runs at the same step: rows are prompts, columns are runs, a slider goes through the steps. */
import type { CSSProperties, JSX } from 'react';
import type { RunHistory } from '../../trainer/api/rpc/index.ts';
import { useApp } from '../state/app.ts';
import { comparisonText } from '../text/comparison.ts';
import { runText } from '../text/run.ts';
import { alignedAt } from './aligned-samples.ts';
import { lookOf } from './series.ts';
import classes from './comparison.module.css';

const THUMBNAIL = 192;

interface SampleComparisonProps {
  readonly histories: readonly RunHistory[];
  /** Every step at which one of them drew. */
  readonly steps: readonly number[];
  /** Which of the steps is seen. */
  readonly at: number;
  readonly onAt: (at: number) => void;
}

export function SampleComparison({ histories, steps, at, onAt }: SampleComparisonProps): JSX.Element {
  const { pictureUrl } = useApp();
  const runs = histories.map(({ samples }) => samples);
  const step = steps[at] ?? 0;
  return (
    <section className={classes.part} aria-labelledby="sample-comparison-title">
      <div className={classes.partHead}>
        <h3 id="sample-comparison-title">{comparisonText.samples}</h3>
        {steps.length > 0 && (
          <label className={classes.slider}>
            <span className="visually-hidden">{comparisonText.sampleStep}</span>
            <input
              type="range"
              min={0}
              max={steps.length - 1}
              value={at}
              disabled={steps.length < 2}
              aria-valuetext={runText.atStep(step)}
              onChange={({ currentTarget }) => onAt(Number(currentTarget.value))}
            />
            <output>{runText.atStep(step)}</output>
          </label>
        )}
      </div>
      {steps.length === 0 ? (
        <p className={classes.quiet}>{comparisonText.noSamples}</p>
      ) : (
        <div className={classes.sampleScroll}>
          <table className={classes.samples}>
            <thead>
              <tr>
                <th scope="col">
                  <span className="visually-hidden">{comparisonText.prompt}</span>
                </th>
                {histories.map(({ folder, name }, index) => (
                  <th key={folder} scope="col">
                    <span className={classes.runDot} style={{ '--series': lookOf(index).colour } as CSSProperties} />
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {alignedAt(runs, step).map(({ prompt, cells }, row) => (
                <tr key={row}>
                  <th scope="row">{prompt}</th>
                  {cells.map((cell, index) => (
                    <td key={histories[index]?.folder}>
                      {cell === undefined ? (
                        <span className={classes.noSample}>{comparisonText.notDrawn}</span>
                      ) : (
                        <figure>
                          <img
                            src={pictureUrl(cell.file, THUMBNAIL)}
                            alt={comparisonText.sample(histories[index]?.name ?? '', prompt, cell.step)}
                            loading="lazy"
                          />
                          {cell.step !== step && <figcaption>{runText.atStep(cell.step)}</figcaption>}
                        </figure>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
