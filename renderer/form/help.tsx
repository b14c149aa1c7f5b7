/**
 * The help of fields: one card for the whole form, beside the field that is pointed at or has the focus, never over it.
 */
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type JSX,
  type ReactNode,
} from 'react';
import { createPortal } from 'react-dom';
import { must } from '../../trainer/base/errors.ts';
import { useApp, useJob } from '../state/app.ts';
import { fieldText } from '../text/fields.ts';
import { defaultOf, isChanged, sameSetting, standardOf, type FieldOfJob } from './settings.ts';
import classes from './help.module.css';

const FOCUS_DELAY = 500;
const HOVER_DELAY = 350;
const LEAVE_DELAY = 160;

interface Help {
  /** Shows it after a moment, unless something else happens first. */
  open(field: FieldOfJob, anchor: HTMLElement, by: 'focus' | 'hover'): void;
  close(): void;
  hold(): void;
}

interface Shown {
  readonly field: FieldOfJob;
  readonly anchor: HTMLElement;
}

const HelpContext = createContext<Help | undefined>(undefined);

export const useHelp = (): Help => must(useContext(HelpContext), 'the help of the form');

export function HelpProvider({ children }: { readonly children: ReactNode }): JSX.Element {
  const [shown, setShown] = useState<Shown>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const later = useCallback((action: () => void, delay: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(action, delay);
  }, []);
  const help = useMemo<Help>(
    () => ({
      open: (field, anchor, by) => later(() => setShown({ field, anchor }), by === 'focus' ? FOCUS_DELAY : HOVER_DELAY),
      close: () => later(() => setShown(undefined), LEAVE_DELAY),
      hold: () => clearTimeout(timer.current),
    }),
    [later],
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') later(() => setShown(undefined), 0);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
      clearTimeout(timer.current);
    };
  }, [later]);
  return (
    <HelpContext value={help}>
      {children}
      {shown !== undefined && createPortal(<HelpCard {...shown} help={help} />, document.body)}
    </HelpContext>
  );
}

const GAP = 6;
const EDGE = 8;

function HelpCard({ field, anchor, help }: Shown & { readonly help: Help }): JSX.Element {
  const card = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: -9999 });
  useLayoutEffect(() => {
    const box = anchor.getBoundingClientRect();
    const { width, height } = must(card.current, 'the help card').getBoundingClientRect();
    const below = box.bottom + GAP;
    const goesBelow = !listsBelow(anchor) && below + height <= window.innerHeight - EDGE;
    const left = Math.max(EDGE, Math.min(box.right - width, window.innerWidth - width - EDGE));
    setPlace({ left, top: goesBelow ? below : Math.max(EDGE, box.top - GAP - height) });
  }, [anchor, field]);
  const { knob, argument, key } = field;
  return (
    <div
      ref={card}
      id="field-help"
      role="tooltip"
      className={classes.card}
      style={place}
      onMouseEnter={help.hold}
      onMouseLeave={help.close}
    >
      <div className={classes.head}>
        <span className={classes.name}>{knob.label}</span>
        <code className={classes.argument}>{argument === undefined ? key : fieldText.argumentOf(key, argument)}</code>
      </div>
      <p className={classes.text}>{knob.help}</p>
      <HelpFoot field={field} />
    </div>
  );
}

/** Whether the field's choices are open below it, where the card would hide them. */
function listsBelow(anchor: HTMLElement): boolean {
  const control = anchor.querySelector('[aria-expanded="true"]');
  const list = document.getElementById(control?.getAttribute('aria-controls') ?? '')?.getBoundingClientRect();
  return list !== undefined && list.height > 0 && list.top >= anchor.getBoundingClientRect().top;
}

function HelpFoot({ field }: { readonly field: FieldOfJob }): JSX.Element {
  const { job } = useApp();
  const changed = useJob(({ table }) => isChanged(table, field));
  const { knob } = field;
  const [standard, whenLeftOut] = [standardOf(field), defaultOf(field)];
  const facts = [
    standard === undefined ? fieldText.defaultEmpty : fieldText.defaultIs(shown(standard)),
    ...(sameSetting(standard, whenLeftOut) ? [] : [fieldText.whenLeftOut(shown(whenLeftOut ?? false))]),
    ...(knob.min === undefined ? [] : [fieldText.range(knob.min, knob.max)]),
  ];
  return (
    <div className={classes.foot}>
      <span>{facts.join(', ')}</span>
      {changed && (
        <button
          type="button"
          tabIndex={-1}
          className={classes.reset}
          onClick={() => job.getState().set(field, standard)}
        >
          {standard === undefined ? fieldText.clear : fieldText.reset(shown(standard))}
        </button>
      )}
    </div>
  );
}

export const shown = (value: unknown): string =>
  value === true ? fieldText.on : value === false ? fieldText.off : value === '' ? '""' : String(value);
