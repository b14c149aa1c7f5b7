/**
 * Every sample of the run: rows are prompts, columns are steps. The last and one other of a row lie over each other
 * below, with a curtain between them.
 */
import { useEffect, useMemo, useRef, useState, type JSX, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import type { RunSample } from '../../trainer/api/rpc/index.ts';
import { useApp } from '../state/app.ts';
import { runText } from '../text/run.ts';
import { chosenOf, type Choice } from './chosen-samples.ts';
import { Compare } from './compare.tsx';
import { FullSize } from './full-size.tsx';
import { matrixOf, type Matrix } from './matrix.ts';
import classes from './sample-matrix.module.css';
import shared from './run.module.css';

export function SampleMatrix(): JSX.Element {
  const { run } = useApp();
  const samples = useStore(run, (state) => state.samples);
  const matrix = useMemo(() => matrixOf(samples), [samples]);
  const [choice, setChoice] = useState<Choice>({ row: 0 });
  const [isFull, setFull] = useState(false);
  const chosen = chosenOf(matrix, choice);
  const { a, b } = chosen ?? {};
  const choose = ({ promptIndex, step }: RunSample): void =>
    setChoice(
      promptIndex === chosen?.promptIndex
        ? { row: promptIndex, a: chosen.a.step, b: step }
        : { row: promptIndex, b: step },
    );
  return (
    <div className={shared.sampleColumn}>
      <section className={shared.card} aria-labelledby="samples-title">
        <div className={shared.cardHead}>
          <h2 className={shared.heading} id="samples-title">
            {runText.samples}
          </h2>
          <span className={shared.quiet}>{runText.sampleSeeds}</span>
        </div>
        {matrix.rows.length === 0 ? (
          <p className={shared.quiet}>{runText.noSamples}</p>
        ) : (
          <MatrixTable matrix={matrix} a={a} b={b} onChoose={choose} />
        )}
      </section>
      {chosen !== undefined && (
        <Compare
          prompt={chosen.prompt}
          samples={chosen.cells}
          a={chosen.a}
          b={chosen.b}
          onA={(step) => setChoice({ row: chosen.promptIndex, a: step, b: chosen.b.step })}
          onB={(step) => setChoice({ row: chosen.promptIndex, a: chosen.a.step, b: step })}
          onFullSize={() => setFull(true)}
        />
      )}
      <FullSize
        matrix={matrix}
        choice={isFull ? choice : undefined}
        onChoose={setChoice}
        onClose={() => setFull(false)}
      />
    </div>
  );
}

interface MatrixTableProps {
  readonly matrix: Matrix;
  readonly a: RunSample | undefined;
  readonly b: RunSample | undefined;
  readonly onChoose: (sample: RunSample) => void;
}

function MatrixTable({ matrix, a, b, onChoose }: MatrixTableProps): JSX.Element {
  const { pictureUrl } = useApp();
  const scroll = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (scroll.current !== null) scroll.current.scrollLeft = scroll.current.scrollWidth;
  }, [matrix.steps.length]);
  /** Arrows go from sample to sample. */
  const onKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const jump = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: matrix.steps.length, ArrowUp: -matrix.steps.length }[
      event.key
    ];
    if (jump === undefined || at < 0) return;
    event.preventDefault();
    buttons[at + jump]?.focus();
  };
  return (
    <div className={classes.matrixScroll} ref={scroll} onKeyDown={onKey}>
      <table className={classes.matrix}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{runText.prompt}</span>
            </th>
            {matrix.steps.map((step) => (
              <th key={step} scope="col">
                {step}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.rows.map(({ promptIndex, prompt, cells }) => (
            <tr key={promptIndex}>
              <th scope="row">{prompt}</th>
              {cells.map((cell, column) => (
                <td key={matrix.steps[column]}>
                  {cell !== undefined && (
                    <button
                      type="button"
                      className={classes.cell}
                      aria-pressed={cell === b}
                      data-mark={cell === a && a !== b ? 'A' : cell === b ? 'B' : undefined}
                      onClick={() => onChoose(cell)}
                    >
                      <img
                        src={pictureUrl(cell.file, 160)}
                        alt={`${prompt}, ${runText.atStep(cell.step)}`}
                        loading="lazy"
                      />
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
