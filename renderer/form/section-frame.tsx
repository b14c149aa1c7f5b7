/** A section of the form: a heading that opens and closes what is below it. */
import type { JSX, ReactNode } from 'react';
import { Icon } from '../icons/icon.tsx';
import { changedCount } from '../text/sections.ts';
import classes from './form.module.css';

interface SectionFrameProps {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  /** Fields that are not at their default. */
  readonly changed?: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly children: ReactNode;
}

export function SectionFrame(props: SectionFrameProps): JSX.Element {
  const { title, detail, changed = 0, isOpen, onToggle, children } = props;
  const id = `section-${props.id}`;
  return (
    <section className={classes.section} aria-labelledby={id}>
      <h2 className={classes.heading}>
        <button type="button" className={classes.toggle} aria-expanded={isOpen} onClick={onToggle} id={id}>
          <Icon name={isOpen ? 'chevronDown' : 'chevronRight'} size={15} />
          <span className={classes.title}>{title}</span>
          <span className={classes.detail}>{detail}</span>
          {changed > 0 && (
            <span className={classes.changed}>
              <span className={classes.dot} /> {changedCount(changed)}
            </span>
          )}
        </button>
      </h2>
      {isOpen && children}
    </section>
  );
}
