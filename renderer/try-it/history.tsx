/** Every picture that was drawn, newest first; a click shows one and takes its settings. */
import { useMemo, useRef, type JSX, type KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import { useApp } from '../state/app.ts';
import { drawingText } from '../text/drawing.ts';
import { exactTime, when } from '../text/runs.ts';
import { keyOf, pairsOf, type Pair } from './pairs.ts';
import classes from './history.module.css';
import page from './try-it.module.css';

/** More would be looked for elsewhere. */
const MOST_SHOWN = 120;

export function History(): JSX.Element | null {
  const { drawing } = useApp();
  const pictures = useStore(drawing, (state) => state.pictures);
  const shown = useStore(drawing, (state) => state.shown);
  const strip = useRef<HTMLDivElement>(null);
  const pairs = useMemo(() => pairsOf(pictures), [pictures]);
  if (pairs.length === 0) return null;
  const shownKey = shown === undefined ? '' : keyOf(shown.order, shown.seed);
  /** Arrows go from picture to picture. */
  const onKey = (event: KeyboardEvent): void => {
    const jump = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const buttons = [...(strip.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (jump === undefined || at < 0) return;
    event.preventDefault();
    buttons[at + jump]?.focus();
  };
  return (
    <section className={classes.history} aria-labelledby="history-title">
      <div className={classes.historyHead}>
        <h2 className={page.blockTitle} id="history-title">
          {drawingText.history}
        </h2>
        <span className={page.quiet}>{drawingText.historyHint}</span>
        <span className={page.quiet}>{drawingText.pictureCount(pairs.length)}</span>
      </div>
      <div className={classes.strip} ref={strip} onKeyDown={onKey}>
        {pairs.slice(0, MOST_SHOWN).map((pair) => {
          const key = keyOf(pair.picture.order, pair.picture.seed);
          return <Item key={key} pair={pair} isShown={key === shownKey} />;
        })}
      </div>
    </section>
  );
}

function Item({ pair, isShown }: { readonly pair: Pair; readonly isShown: boolean }): JSX.Element {
  const { drawing, pictureUrl } = useApp();
  const { file, order, seed, drawnAt } = pair.picture;
  const weights = order.loras.map(({ weight }) => weight);
  const label = drawingText.historyItem(order.prompt, seed);
  return (
    <button
      type="button"
      className={classes.item}
      aria-pressed={isShown}
      title={label}
      onClick={() => drawing.getState().restore(pair)}
    >
      <img src={pictureUrl(file, 192)} alt={label} loading="lazy" />
      <span className={classes.itemFacts}>
        <span>{weights.length === 0 ? drawingText.alone : weights.map((weight) => weight.toFixed(2)).join(' ')}</span>
        <span title={exactTime(drawnAt)}>{when(drawnAt, Date.now())}</span>
      </span>
    </button>
  );
}
