/**
 * One control for each kind of knob. All of them write what a job file would hold; nothing is lost that does not fit:
 * it stands in the field with the reason beside it.
 */
import { Autocomplete, Checkbox, SegmentedControl, Select, Slider, Textarea, TextInput } from '@mantine/core';
import { useState, type JSX, type KeyboardEvent } from 'react';
import type { KnobKind } from '../../trainer/api/job/index.ts';
import { EMPTY_CHOICE, EMPTY_NUMBER, fieldText, OFFERED, UNITS, WHEN_EMPTY } from '../text/fields.ts';
import { useEngineOptions } from './engine-options.tsx';
import { PathControl } from './path-control.tsx';
import { SLIDERS, sliderPosition, sliderValue, WIDE, type SliderRange } from './presentation.ts';
import { settingFrom, stepped } from './typed-numbers.ts';
import { sameSetting, type FieldOfJob, type JobSetting } from './settings.ts';
import { shownShare, writtenAmount, type ShareUnit } from './step-share.ts';
import classes from './controls.module.css';

export interface ControlProps {
  readonly field: FieldOfJob;
  readonly id: string;
  /** As the job has it, or the default. */
  readonly value: JobSetting | undefined;
  /** As the job has it. */
  readonly given: JobSetting | undefined;
  readonly invalid: boolean;
  readonly onChange: (value: JobSetting | undefined) => void;
}

export const CONTROLS: Readonly<Record<KnobKind, (props: ControlProps) => JSX.Element>> = {
  whole: NumberControl,
  real: NumberControl,
  flag: FlagControl,
  text: TextControl,
  path: PathControl,
  choice: ChoiceControl,
  size: TextControl,
  share: ShareControl,
  // Its inner knobs are fields of their own; a list as a whole is never drawn.
  arguments: TextControl,
};

function NumberControl(props: ControlProps): JSX.Element {
  const { field, value, onChange } = props;
  const slider = SLIDERS[field.path];
  if (slider === undefined) return <NumberInput {...props} />;
  return (
    <div className={classes.withSlider}>
      <RangeSlider label={field.knob.label} range={slider} value={value} onChange={onChange} />
      <NumberInput {...props} />
    </div>
  );
}

interface RangeSliderProps {
  readonly label: string;
  readonly range: SliderRange;
  readonly value: JobSetting | undefined;
  readonly onChange: (value: number) => void;
}

function RangeSlider({ label, range, value, onChange }: RangeSliderProps): JSX.Element {
  const current = typeof value === 'number' ? value : range.from;
  return (
    <Slider
      size="xs"
      thumbSize={14}
      min={0}
      max={1}
      step={range.scale === 'log' ? 0.01 : (range.step ?? 1) / (range.to - range.from)}
      label={null}
      value={sliderPosition(range, current)}
      thumbLabel={fieldText.slider(label)}
      thumbProps={{ 'aria-valuetext': String(current) }}
      onChange={(position) => onChange(sliderValue(range, position))}
      classNames={{ root: classes.slider ?? '', track: classes.track ?? '', thumb: classes.thumb ?? '' }}
    />
  );
}

const whenEmpty = ({ default: standard, expects }: FieldOfJob['knob']): string =>
  standard !== undefined ? '' : expects.includes('0 is off') ? EMPTY_NUMBER : EMPTY_CHOICE;

/** Takes "1e-4" and "16"; arrows step. What is typed is kept as it is until the field is left. */
function NumberInput({ field, id, value, invalid, onChange }: ControlProps): JSX.Element {
  const [typed, setTyped] = useState<string>();
  const { knob } = field;
  const step = (event: KeyboardEvent<HTMLInputElement>): void => {
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (direction === 0) return;
    event.preventDefault();
    setTyped(undefined);
    onChange(stepped(knob, typeof value === 'number' ? value : undefined, direction));
  };
  return (
    <TextInput
      id={id}
      inputMode="decimal"
      autoComplete="off"
      value={typed ?? (value === undefined ? '' : String(value))}
      placeholder={WHEN_EMPTY[field.path] ?? whenEmpty(knob)}
      error={invalid}
      rightSection={UNITS[field.path] === undefined ? null : <span className={classes.unit}>{UNITS[field.path]}</span>}
      rightSectionWidth={UNITS[field.path] === undefined ? 0 : '3.5rem'}
      rightSectionPointerEvents="none"
      onKeyDown={step}
      onBlur={() => setTyped(undefined)}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        onChange(settingFrom(currentTarget.value));
      }}
    />
  );
}

function FlagControl({ field, id, value, given, invalid, onChange }: ControlProps): JSX.Element {
  if (field.knob.default !== undefined) {
    return (
      <div className={classes.flag}>
        <Checkbox
          id={id}
          size="xs"
          checked={value === true}
          error={invalid}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
          classNames={{ input: classes.checkbox ?? '' }}
        />
      </div>
    );
  }
  const choices = { detect: undefined, yes: true, no: false } as const;
  const current = given === true ? 'yes' : given === false ? 'no' : 'detect';
  return (
    <SegmentedControl
      id={id}
      aria-labelledby={`${id}-label`}
      value={current}
      data={[
        { value: 'detect', label: fieldText.detect },
        { value: 'yes', label: fieldText.yes },
        { value: 'no', label: fieldText.no },
      ]}
      onChange={(name) => onChange(choices[name])}
    />
  );
}

function TextControl({ field, id, value, invalid, onChange }: ControlProps): JSX.Element {
  const props = {
    id,
    value: value === undefined ? '' : String(value),
    placeholder: WHEN_EMPTY[field.path] ?? '',
    error: invalid,
    spellCheck: false,
  };
  const change = (text: string): void => onChange(text === '' && field.knob.default === undefined ? undefined : text);
  if (WIDE.has(field.path)) {
    return (
      <Textarea
        {...props}
        autosize
        minRows={1}
        maxRows={4}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
    );
  }
  const offered = OFFERED[field.path];
  if (offered !== undefined) {
    return (
      <Autocomplete
        {...props}
        data={Object.keys(offered)}
        // All of them, whatever stands in the field: they are there to be seen.
        filter={({ options }) => options}
        renderOption={({ option }) => (
          <span className={classes.offer}>
            {option.value}
            <span>{offered[option.value]}</span>
          </span>
        )}
        autoComplete="off"
        comboboxProps={{ shadow: 'md' }}
        onChange={change}
      />
    );
  }
  return <TextInput {...props} autoComplete="off" onChange={({ currentTarget }) => change(currentTarget.value)} />;
}

/** Up to this many choices stand side by side. */
const FEW = 3;
const SHORT = 16;

function ChoiceControl({ field, id, value, invalid, onChange }: ControlProps): JSX.Element {
  const { choices = [], default: standard, example } = field.knob;
  const written = (choice: string): JobSetting => (example.startsWith('"') ? choice : Number(choice));
  const isKnown = value !== undefined && choices.includes(String(value));
  // What a file holds and this list has not is shown all the same, with its fault.
  const all = value === undefined || isKnown ? choices : [...choices, String(value)];
  const engines = useEngineOptions(all);
  const isShort = choices.join('').length <= SHORT && choices.length <= FEW && choices.length > 1;
  if (isShort && standard !== undefined && isKnown) {
    return (
      <SegmentedControl
        id={id}
        aria-labelledby={`${id}-label`}
        value={String(value)}
        data={[...choices]}
        onChange={(choice) => onChange(written(choice))}
      />
    );
  }
  return (
    <Select
      id={id}
      value={value === undefined ? null : String(value)}
      placeholder={WHEN_EMPTY[field.path] ?? EMPTY_CHOICE}
      clearable={standard === undefined}
      allowDeselect={false}
      error={invalid}
      {...(field.path === 'engine' ? engines : { data: [...all], comboboxProps: { shadow: 'md' } })}
      onChange={(choice) => onChange(choice === null ? undefined : written(choice))}
    />
  );
}

/** How arrows move it: a step on the way from 1 to 0 is no tenth of the run. */
const STEPPED_AS = { steps: { kind: 'whole', min: 0 }, percent: { kind: 'real', min: 0, max: 100 } } as const;

/** Steps, or a part of the run. The unit stays while a number is typed: 1 on the way to 100 is no other one. */
function ShareControl(props: ControlProps): JSX.Element {
  const { field, value, onChange } = props;
  const [chosen, setChosen] = useState<ShareUnit>('steps');
  const [typing, setTyping] = useState<{ readonly unit: ShareUnit; readonly gave: JobSetting | undefined }>();
  const shown = shownShare(value);
  const isTyping = typing !== undefined && sameSetting(typing.gave, value);
  const unit = isTyping ? typing.unit : (shown.unit ?? chosen);
  const write = (amount: JobSetting | undefined): void => {
    const setting = writtenAmount(unit, amount);
    setChosen(unit);
    setTyping({ unit, gave: setting });
    onChange(setting);
  };
  const switchTo = (next: ShareUnit): void => {
    setChosen(next);
    setTyping(undefined);
    if (next !== unit) onChange(undefined);
  };
  return (
    <div className={classes.share} onBlur={() => setTyping(undefined)}>
      <NumberInput
        {...props}
        field={{ ...field, knob: { ...field.knob, ...STEPPED_AS[unit] } }}
        value={shown.amount}
        onChange={write}
      />
      <SegmentedControl
        aria-label={fieldText.stepsOrPercent(field.knob.label)}
        value={unit}
        data={[
          { value: 'steps', label: fieldText.steps },
          { value: 'percent', label: fieldText.percent },
        ]}
        onChange={(next) => switchTo(next)}
      />
    </div>
  );
}
