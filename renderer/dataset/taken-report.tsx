/** How many dropped files were taken, and each that was not, with the reason. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { frameText } from '../text/frame.ts';
import { takenText } from '../text/taken.ts';
import type { Taken } from './take-dropped.ts';
import classes from './taken-report.module.css';

interface TakenReportProps {
  readonly taken: Taken;
  readonly onClose: () => void;
}

const MOST_SHOWN = 200;

export function TakenReport({ taken: { files, left }, onClose }: TakenReportProps): JSX.Element | null {
  if (files === 0 && left.length === 0) return null;
  return (
    <section className={classes.report} data-left={left.length > 0 || undefined}>
      <div className={classes.text}>
        <p role="status">{takenText.summary(files, left.length)}</p>
        {left.length > 0 && (
          <ul className={classes.list} aria-label={takenText.listed} tabIndex={0}>
            {left.slice(0, MOST_SHOWN).map(({ name, why }, index) => (
              <li key={index}>
                <code>{name}</code> {why}
              </li>
            ))}
            {left.length > MOST_SHOWN && <li>{takenText.more(left.length - MOST_SHOWN)}</li>}
          </ul>
        )}
      </div>
      <Button onClick={onClose}>{frameText.dismiss}</Button>
    </section>
  );
}
