/** One sample prompt: its words, its flags, and what can be done with it. */
import { Select, Textarea, TextInput } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { isFlagName, PROMPT_DEFAULTS, type DrawingFlag } from '../../trainer/api/prompts/flags.ts';
import { printPromptLine } from '../../trainer/api/prompts/prompt-file.ts';
import { KNOBS } from '../../trainer/api/job/index.ts';
import { Icon, type IconName } from '../icons/icon.tsx';
import { useApp, useJob } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import { FLAG_LABELS, promptsText } from '../text/prompts.ts';
import type { RowActions } from './prompt-list.tsx';
import { faultOfFlag, flagOfRow, otherFlags, settled, withFlagOf, withPrompt, type PromptRow } from './rows.ts';
import classes from './prompts.module.css';

interface PromptFieldsProps {
  readonly row: PromptRow;
  readonly number: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly actions: RowActions;
}

const NUMBERS = ['w', 'h', 'd', 's', 'l'] as const;
const PLACEHOLDERS: Readonly<Record<(typeof NUMBERS)[number], string>> = {
  w: String(PROMPT_DEFAULTS.width),
  h: String(PROMPT_DEFAULTS.height),
  d: promptsText.anySeed,
  s: String(PROMPT_DEFAULTS.sample_steps),
  l: String(PROMPT_DEFAULTS.scale),
};

export function PromptFields(props: PromptFieldsProps): JSX.Element {
  const { row, number, actions } = props;
  const faults = (['n', ...NUMBERS, 'ss'] as const).flatMap((flag) => {
    const fault = faultOfFlag(flag, flagOfRow(row, flag));
    return fault === undefined ? [] : [promptsText.mustBe(FLAG_LABELS[flag], fault)];
  });
  const setFlag = (flag: string, value: string): void =>
    actions.change((rows) => withFlagOf(rows, row.id, flag, value));
  return (
    <div onBlur={() => actions.change((rows) => settled(rows, row.id))}>
      <div className={classes.words}>
        <span className={classes.number} aria-hidden>
          {number}
        </span>
        <Textarea
          aria-label={promptsText.promptNumber(number)}
          placeholder={promptsText.prompt}
          autosize
          minRows={1}
          maxRows={4}
          value={row.line.prompt}
          onChange={({ currentTarget: { value } }) => actions.change((rows) => withPrompt(rows, row.id, value))}
        />
        <RowButtons {...props} />
      </div>
      <div className={classes.flags}>
        <Labelled flag="n" wide>
          <TextInput
            aria-label={promptsText.ofPrompt(FLAG_LABELS.n, number)}
            value={flagOfRow(row, 'n')}
            onChange={({ currentTarget }) => setFlag('n', currentTarget.value)}
          />
        </Labelled>
        {NUMBERS.map((flag) => (
          <Labelled key={flag} flag={flag}>
            <TextInput
              aria-label={promptsText.ofPrompt(FLAG_LABELS[flag], number)}
              inputMode="decimal"
              autoComplete="off"
              placeholder={PLACEHOLDERS[flag]}
              value={flagOfRow(row, flag)}
              error={faultOfFlag(flag, flagOfRow(row, flag)) !== undefined}
              onChange={({ currentTarget }) => setFlag(flag, currentTarget.value)}
            />
          </Labelled>
        ))}
        <Labelled flag="ss">
          <SamplerSelect
            label={promptsText.ofPrompt(FLAG_LABELS.ss, number)}
            value={flagOfRow(row, 'ss')}
            onChange={(name) => setFlag('ss', name)}
          />
        </Labelled>
      </div>
      {faults.map((fault) => (
        <p key={fault} className={classes.problem}>
          <Icon name="error" size={14} /> {fault}
        </p>
      ))}
      <OtherFlags {...props} />
    </div>
  );
}

interface LabelledProps {
  readonly flag: DrawingFlag;
  readonly wide?: boolean;
  readonly children: JSX.Element;
}

/** The visible label; the control says the prompt's number too. */
const Labelled = ({ flag, wide, children }: LabelledProps): JSX.Element => (
  <div className={classes.flag} data-wide={wide} data-flag={flag}>
    <span className={classes.flagName} aria-hidden>
      {FLAG_LABELS[flag]} <code>--{flag}</code>
    </span>
    {children}
  </div>
);

interface SamplerSelectProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (name: string) => void;
}

function SamplerSelect({ label, value, onChange }: SamplerSelectProps): JSX.Element {
  const standard = useJob(({ table }) => String(table['sample_sampler'] ?? KNOBS.sample_sampler.default));
  const known = KNOBS.sample_sampler.choices ?? [];
  // Kohya's other names are kept as they are written.
  const data = value === '' || known.includes(value) ? [...known] : [...known, value];
  return (
    <Select
      aria-label={label}
      data={data}
      value={value === '' ? null : value}
      placeholder={standard}
      clearable
      error={faultOfFlag('ss', value) !== undefined}
      comboboxProps={{ shadow: 'md' }}
      onChange={(name) => onChange(name ?? '')}
    />
  );
}

function OtherFlags({ row, number, actions }: PromptFieldsProps): JSX.Element | null {
  const others = otherFlags(row);
  if (others.length === 0) return null;
  return (
    <ul className={classes.others}>
      {others.map(({ name, value }) => (
        <li key={name} data-wrong={!isFlagName(name.toLowerCase()) || name.toLowerCase() === 'cn' || undefined}>
          <code>
            --{name} {value}
          </code>
          <span>{reasonOf(name.toLowerCase())}</span>
          <button
            type="button"
            className={classes.iconButton}
            aria-label={promptsText.removeFlag(name, number)}
            onClick={() => actions.change((rows) => withFlagOf(rows, row.id, name.toLowerCase(), ''))}
          >
            <Icon name="close" size={13} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function reasonOf(name: string): string {
  if (name === 'cn') return promptsText.controlNet;
  return isFlagName(name) ? promptsText.otherFlag : promptsText.unknownFlag;
}

function RowButtons({ row, number, isFirst, isLast, actions }: PromptFieldsProps): JSX.Element {
  const { run } = useApp();
  const canDraw = useStore(run, ({ status }) => isOn(status) && DRAWS.has(status?.state ?? ''));
  const line = printPromptLine(row.line);
  const buttons: readonly { readonly icon: IconName; label: string; disabled?: boolean; go: () => void }[] = [
    { icon: 'arrowUp', label: promptsText.up(number), disabled: isFirst, go: () => actions.move(row, -1) },
    { icon: 'arrowDown', label: promptsText.down(number), disabled: isLast, go: () => actions.move(row, 1) },
    { icon: 'copy', label: promptsText.copy(number), go: () => actions.copy(row) },
    { icon: 'trash', label: promptsText.remove(number), go: () => actions.remove(row) },
  ];
  const sample = {
    icon: 'sample' as const,
    label: promptsText.sampleNow(number),
    disabled: line === '',
    go: () => void run.getState().sampleNow(line),
  };
  return (
    <span className={classes.buttons}>
      {(canDraw ? [sample, ...buttons] : buttons).map(({ icon, label, disabled, go }) => (
        <button
          key={icon}
          type="button"
          className={classes.iconButton}
          aria-label={label}
          title={label}
          disabled={disabled}
          onClick={go}
        >
          <Icon name={icon} size={15} />
        </button>
      ))}
    </span>
  );
}

/** While it loads or reads pictures, a run draws nothing. */
const DRAWS: ReadonlySet<string> = new Set(['training', 'sampling']);
