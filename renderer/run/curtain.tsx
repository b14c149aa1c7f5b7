/** Two pictures over each other, with a curtain that a pointer or the arrow keys move. */
import { useState, type CSSProperties, type JSX } from 'react';
import { runText } from '../text/run.ts';
import classes from './compare.module.css';

interface Side {
  readonly src: string;
  readonly alt: string;
  /** Stands in its corner. */
  readonly name: string;
}

interface CurtainProps {
  readonly a: Side;
  readonly b: Side;
  /** As tall as the window lets it be. */
  readonly large?: boolean;
  readonly onSize?: (size: string) => void;
}

export function Curtain({ a, b, large = false, onSize }: CurtainProps): JSX.Element {
  const [position, setPosition] = useState(50);
  return (
    <div
      className={classes.stage}
      data-large={large || undefined}
      style={{ '--curtain': `${position}%` } as CSSProperties}
    >
      <img
        src={b.src}
        alt={b.alt}
        onLoad={({ currentTarget }) => onSize?.(`${currentTarget.naturalWidth} × ${currentTarget.naturalHeight}`)}
      />
      <img src={a.src} alt={a.alt} className={classes.over} />
      <span className={classes.curtain} />
      <span className={classes.cornerA}>{a.name}</span>
      <span className={classes.cornerB}>{b.name}</span>
      <input
        type="range"
        className={classes.range}
        min={0}
        max={100}
        value={position}
        aria-label={runText.curtain}
        onChange={({ currentTarget }) => setPosition(Number(currentTarget.value))}
      />
    </div>
  );
}
