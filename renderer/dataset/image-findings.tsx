/** What a scan says of the picture that is open, each with what to do and a button where one can do it. */
import { Button } from '@mantine/core';
import { useState, type JSX } from 'react';
import type { DatasetImageShape, DatasetScan, Problem, Remedy } from '../../trainer/api/rpc/index.ts';
import { SeverityIcon } from '../frame/problems-bar.tsx';
import { useApp } from '../state/app.ts';
import { reportOf } from '../state/failures.ts';
import { applyRemedy } from '../state/remedies.ts';
import { useWords } from '../state/words.ts';
import { datasetText } from '../text/dataset.ts';
import { sentences } from '../text/problems.ts';
import classes from './image-findings.module.css';

interface ImageFindingsProps {
  readonly image: DatasetImageShape;
  readonly scan: DatasetScan;
}

export function ImageFindings({ image, scan }: ImageFindingsProps): JSX.Element | null {
  const findings = image.findings.map((index) => scan.findings[index]).filter((found) => found !== undefined);
  if (findings.length === 0) return null;
  return (
    <ul className={classes.findings} aria-label={datasetText.findings}>
      {findings.map((problem) => (
        <ImageFinding key={`${problem.code} ${problem.what}`} problem={problem} />
      ))}
    </ul>
  );
}

function ImageFinding({ problem }: { readonly problem: Problem }): JSX.Element {
  const app = useApp();
  const words = useWords();
  const [failure, setFailure] = useState<string>();
  const { what, fix } = words(problem);
  const apply = (remedy: Remedy): void => {
    setFailure(undefined);
    applyRemedy(app, remedy).catch((error: unknown) => setFailure(sentences(words(reportOf(error)))));
  };
  return (
    <li className={classes.finding}>
      <SeverityIcon severity={problem.severity} />
      <span className={classes.what}>{what}</span>
      <span className={classes.fix}>{fix}</span>
      {problem.remedies.length > 0 && (
        <span className={classes.remedies}>
          {problem.remedies.map((remedy) => (
            <Button key={remedy.label} onClick={() => apply(remedy)}>
              {remedy.label}
            </Button>
          ))}
        </span>
      )}
      {failure !== undefined && (
        <span className={classes.failed} role="alert">
          {failure}
        </span>
      )}
    </li>
  );
}
