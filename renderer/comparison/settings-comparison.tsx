/** The settings that are not the same in all runs, and below them what came out. */
import type { JSX } from 'react';
import type { RunSummary } from '../../trainer/api/rpc/index.ts';
import { COMPARED_SETTINGS, differenceRows, fileBytes } from '../pages/run-differences.ts';
import { exactDuration, fileSize, loss as lossText } from '../text/amounts.ts';
import { comparisonText } from '../text/comparison.ts';
import classes from './comparison.module.css';

/** What came out, by its name. */
export const OUTCOMES: readonly (readonly [string, (run: RunSummary) => string])[] = [
  [comparisonText.finalLoss, ({ loss }) => (loss === undefined ? '' : lossText(loss))],
  [comparisonText.time, ({ seconds }) => exactDuration(seconds)],
  [
    comparisonText.fileSize,
    (run) => {
      const bytes = fileBytes(run);
      return bytes === undefined ? '' : fileSize(bytes);
    },
  ],
];

export function SettingsComparison({ runs }: { readonly runs: readonly RunSummary[] }): JSX.Element {
  const rows = differenceRows(runs.map(({ table }) => table));
  return (
    <section className={classes.part} aria-labelledby="settings-comparison-title">
      <div className={classes.partHead}>
        <h3 id="settings-comparison-title">{comparisonText.differs(rows.length, COMPARED_SETTINGS)}</h3>
      </div>
      <div className={classes.sampleScroll}>
        <table className={classes.settings}>
          <thead>
            <tr>
              <th scope="col">{comparisonText.setting}</th>
              {runs.map(({ folder, name }) => (
                <th key={folder} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.length === 0 && (
              <tr>
                <td colSpan={runs.length + 1}>{comparisonText.same}</td>
              </tr>
            )}
            {rows.map(({ path, label, values }) => (
              <tr key={path}>
                <th scope="row" title={path}>
                  {label}
                </th>
                {values.map((value, index) => (
                  <td key={runs[index]?.folder} data-unset={value === undefined || undefined}>
                    {value ?? comparisonText.notSet}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          <tbody className={classes.outcomes}>
            {OUTCOMES.map(([label, read]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {runs.map((run) => (
                  <td key={run.folder}>{read(run)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
