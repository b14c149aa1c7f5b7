/** What is to be drawn: words, LoRAs, seed and numbers; and the button that draws it. */
import { Button, Checkbox, NumberInput, Select, Textarea } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { KNOBS } from '../../trainer/api/job/index.ts';
import { useEngineOptions } from '../form/engine-options.tsx';
import { PathInput } from '../form/path-input.tsx';
import { Icon } from '../icons/icon.tsx';
import { isPrompt } from '../prompts/rows.ts';
import { useApp } from '../state/app.ts';
import { isOn } from '../state/run.ts';
import { drawingText } from '../text/drawing.ts';
import { withLine, type DrawingSettings } from './first-settings.ts';
import { LoraList } from './lora-list.tsx';
import { DrawingProgress } from './drawing-progress.tsx';
import { Numeric } from './numeric.tsx';
import classes from './order.module.css';

interface FormProps {
  readonly settings: DrawingSettings;
}

export function OrderForm({ settings }: FormProps): JSX.Element {
  const { drawing } = useApp();
  const { change } = drawing.getState();
  return (
    <form
      className={classes.form}
      aria-label={drawingText.title}
      data-own-undo
      onSubmit={(event) => {
        event.preventDefault();
        void drawing.getState().draw();
      }}
    >
      <div className={classes.fields}>
        <section className={classes.block}>
          <Textarea
            label={drawingText.prompt}
            placeholder={drawingText.promptHint}
            autosize
            minRows={3}
            maxRows={8}
            maxLength={4000}
            value={settings.prompt}
            onChange={({ currentTarget }) => change({ prompt: currentTarget.value })}
          />
          <JobPrompts settings={settings} />
          <Textarea
            label={drawingText.negative}
            placeholder={drawingText.negativeHint}
            autosize
            minRows={1}
            maxRows={4}
            maxLength={4000}
            value={settings.negative}
            onChange={({ currentTarget }) => change({ negative: currentTarget.value })}
          />
        </section>
        <LoraList settings={settings} />
        <Numbers settings={settings} />
        <CheckpointFields settings={settings} />
      </div>
      <Foot settings={settings} />
    </form>
  );
}

const MOST_PROMPTS = 4;

/** The job's sample prompts: a click takes one with all its flags. */
function JobPrompts({ settings }: FormProps): JSX.Element | null {
  const { drawing, prompts } = useApp();
  const open = useStore(prompts, (state) => state.open);
  const rows = open.kind === 'known' ? open.rows.filter(isPrompt).slice(0, MOST_PROMPTS) : [];
  if (rows.length === 0) return null;
  return (
    <div className={classes.chips}>
      <span className={classes.quiet}>{drawingText.fromJob}</span>
      {rows.map(({ id, line }) => (
        <button
          key={id}
          type="button"
          className={classes.chip}
          title={line.prompt}
          onClick={() => drawing.getState().replace(withLine(settings, line))}
        >
          {line.prompt}
        </button>
      ))}
    </div>
  );
}

function Numbers({ settings }: FormProps): JSX.Element {
  const { drawing } = useApp();
  const { change, newSeed, replace } = drawing.getState();
  return (
    <section className={classes.block}>
      <Numeric
        label={drawingText.seed}
        value={settings.seed}
        min={0}
        max={2 ** 32 - 1}
        onChange={(seed) => change({ seed })}
        beside={
          <button
            type="button"
            className={classes.dice}
            aria-label={drawingText.newSeed}
            title={drawingText.newSeed}
            onClick={newSeed}
          >
            <Icon name="dice" size={17} />
          </button>
        }
      />
      <div className={classes.line}>
        <span aria-hidden>{drawingText.sampler}</span>
        <Select
          aria-label={drawingText.sampler}
          data={[...(KNOBS.sample_sampler.choices ?? [])]}
          value={settings.sampler}
          allowDeselect={false}
          comboboxProps={{ shadow: 'md' }}
          onChange={(sampler) => sampler !== null && change({ sampler })}
        />
      </div>
      <Numeric
        label={drawingText.steps}
        value={settings.steps}
        min={1}
        max={1000}
        onChange={(steps) => change({ steps })}
      />
      <Numeric
        label={drawingText.guidance}
        value={settings.cfg}
        min={0}
        max={1000}
        step={0.5}
        decimals
        onChange={(cfg) => change({ cfg })}
      />
      {(['width', 'height'] as const).map((side) => (
        <div key={side} className={classes.line}>
          <span aria-hidden>{drawingText[side]}</span>
          <NumberInput
            aria-label={drawingText[side]}
            value={settings[side] ?? ''}
            placeholder={drawingText.asModel}
            min={64}
            max={2048}
            step={64}
            clampBehavior="blur"
            allowDecimal={false}
            onChange={(value) => replace(withSide(settings, side, typeof value === 'number' ? value : undefined))}
          />
        </div>
      ))}
      <Numeric
        label={drawingText.pictures}
        value={settings.count}
        min={1}
        max={100}
        onChange={(count) => change({ count })}
      />
    </section>
  );
}

function withSide(settings: DrawingSettings, side: 'width' | 'height', value: number | undefined): DrawingSettings {
  const { width, height, ...rest } = settings;
  const sides = Object.entries({ width, height, [side]: value }).filter(([, pixels]) => pixels !== undefined);
  return { ...rest, ...Object.fromEntries(sides) };
}

function CheckpointFields({ settings }: FormProps): JSX.Element {
  const engines = useEngineOptions(KNOBS.engine.choices ?? []);
  const { drawing } = useApp();
  const { change, replace } = drawing.getState();
  const { vae: _vae, ...withoutVae } = settings;
  const { vPrediction: _vPrediction, ...withoutVelocity } = settings;
  return (
    <section className={classes.block}>
      <h2 className={classes.blockTitle}>{drawingText.checkpoint}</h2>
      <PathInput
        ariaLabel={drawingText.checkpoint}
        name={drawingText.checkpoint}
        picks="file or folder"
        value={settings.model}
        onChange={(model) => change({ model })}
      />
      <details className={classes.details}>
        <summary>{drawingText.more}</summary>
        <div className={classes.line}>
          <span aria-hidden>{drawingText.vae}</span>
          <PathInput
            ariaLabel={drawingText.vae}
            name={drawingText.vae}
            picks="file or folder"
            placeholder={drawingText.vaeHint}
            value={settings.vae ?? ''}
            onChange={(vae) => replace(vae === '' ? withoutVae : { ...settings, vae })}
          />
        </div>
        <Numeric
          label={drawingText.clipSkip}
          value={settings.clipSkip ?? 1}
          min={1}
          max={32}
          onChange={(clipSkip) => change({ clipSkip })}
        />
        <div className={classes.line}>
          <span aria-hidden>{drawingText.engine}</span>
          <Select
            aria-label={drawingText.engine}
            {...engines}
            value={settings.engine}
            allowDeselect={false}
            onChange={(engine) => engine !== null && change({ engine })}
          />
        </div>
        <Checkbox
          size="xs"
          label={drawingText.vPrediction}
          checked={settings.vPrediction === true}
          onChange={({ currentTarget }) =>
            replace(currentTarget.checked ? { ...settings, vPrediction: true } : withoutVelocity)
          }
        />
      </details>
    </section>
  );
}

function Foot({ settings }: FormProps): JSX.Element {
  const { drawing, run } = useApp();
  const status = useStore(drawing, (state) => state.status);
  const busy = useStore(run, (state) => isOn(state.status));
  if (status.kind === 'on') return <DrawingProgress status={status} />;
  return (
    <div className={classes.foot}>
      <Button
        type="submit"
        variant="filled"
        fullWidth
        className={classes.generate ?? ''}
        leftSection={<Icon name="tryIt" size={16} />}
        rightSection={<kbd className={classes.keys}>{drawingText.keys}</kbd>}
        disabled={busy || settings.model === ''}
      >
        {settings.loras.length > 0 ? drawingText.generateBoth : drawingText.generate}
      </Button>
    </div>
  );
}
