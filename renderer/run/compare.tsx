/** Two samples of a prompt over each other, and the choice of their steps. */
import { Select } from '@mantine/core';
import { useId, useState, type JSX } from 'react';
import type { RunSample } from '../../trainer/api/rpc/index.ts';
import { Icon } from '../icons/icon.tsx';
import { useApp } from '../state/app.ts';
import { runText } from '../text/run.ts';
import { Curtain } from './curtain.tsx';
import classes from './compare.module.css';
import shared from './run.module.css';

interface CompareProps {
  readonly prompt: string;
  readonly samples: readonly RunSample[];
  readonly a: RunSample;
  readonly b: RunSample;
  readonly onA: (step: number) => void;
  readonly onB: (step: number) => void;
  /** In the whole window. */
  readonly isLarge?: boolean;
  readonly onFullSize?: () => void;
}

export function Compare({ prompt, samples, a, b, onA, onB, isLarge = false, onFullSize }: CompareProps): JSX.Element {
  const { pictureUrl } = useApp();
  const titleId = useId();
  const [size, setSize] = useState<string>();
  const steps = samples.map(({ step }) => ({ value: String(step), label: runText.atStep(step) }));
  const facts = [
    [runText.seed, String(b.seed)],
    [runText.size, size],
  ] as const;
  return (
    <section className={classes.compare} data-large={isLarge || undefined} aria-labelledby={titleId}>
      <Curtain
        a={{
          src: pictureUrl(a.file),
          alt: `${prompt}, ${runText.atStep(a.step)}`,
          name: `${runText.a} ${runText.atStep(a.step)}`,
        }}
        b={{
          src: pictureUrl(b.file),
          alt: `${prompt}, ${runText.atStep(b.step)}`,
          name: `${runText.b} ${runText.atStep(b.step)}`,
        }}
        onSize={setSize}
      />
      <div className={classes.compareFacts}>
        <div className={classes.compareHead}>
          <h2 className={shared.heading} id={titleId}>
            {runText.compare}
          </h2>
          {onFullSize !== undefined && (
            <button
              type="button"
              className={shared.iconButton}
              aria-label={runText.fullSize}
              title={runText.fullSize}
              onClick={onFullSize}
            >
              <Icon name="expand" size={15} />
            </button>
          )}
        </div>
        <p className={shared.quiet}>“{prompt}”</p>
        <Select
          label={runText.a}
          data={steps}
          value={String(a.step)}
          allowDeselect={false}
          onChange={(step) => onA(Number(step))}
        />
        <Select
          label={runText.b}
          data={steps}
          value={String(b.step)}
          allowDeselect={false}
          onChange={(step) => onB(Number(step))}
        />
        <dl className={classes.definition}>
          {facts.map(
            ([name, value]) =>
              value !== undefined && (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
      </div>
    </section>
  );
}
