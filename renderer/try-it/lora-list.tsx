/** The LoRAs that draw along, each with its strength; saves of past runs to choose from, or the path of any file. */
import { Button, NumberInput, Select, Slider } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { RunSummary } from '../../trainer/api/rpc/index.ts';
import { PathInput } from '../form/path-input.tsx';
import { Icon } from '../icons/icon.tsx';
import { RunPicture } from '../run/run-picture.tsx';
import { useApp } from '../state/app.ts';
import { fileSize, lastPart } from '../text/amounts.ts';
import { drawingText } from '../text/drawing.ts';
import { when } from '../text/runs.ts';
import { FIRST_WEIGHT, modelOf, type DrawingSettings, type LoraChoice } from './first-settings.ts';
import { nameOfLora } from './lora-names.ts';
import classes from './order.module.css';

export function LoraList({ settings }: { readonly settings: DrawingSettings }): JSX.Element {
  const { drawing } = useApp();
  const runs = useStore(drawing, (state) => state.runs);
  const { loras } = settings;
  const setLoras = (next: readonly LoraChoice[]): void => drawing.getState().change({ loras: next });
  const add = (file: string): void => setLoras([...loras, { file, weight: FIRST_WEIGHT }]);
  return (
    <section className={classes.block} aria-labelledby="loras-title">
      <h2 className={classes.blockTitle} id="loras-title">
        {drawingText.loras}
      </h2>
      {loras.length === 0 && <p className={classes.quiet}>{drawingText.noLora}</p>}
      {loras.map((lora, place) => (
        <LoraCard
          key={`${place} ${lora.file}`}
          lora={lora}
          run={runs.find(({ files }) => files.some(({ path }) => path === lora.file))}
          settings={settings}
          onWeight={(weight) => setLoras(loras.with(place, { ...lora, weight }))}
          onRemove={() => setLoras(loras.toSpliced(place, 1))}
        />
      ))}
      <AddLora runs={runs} onAdd={add} />
    </section>
  );
}

interface LoraCardProps {
  readonly lora: LoraChoice;
  readonly run: RunSummary | undefined;
  readonly settings: DrawingSettings;
  readonly onWeight: (weight: number) => void;
  readonly onRemove: () => void;
}

const SLIDER = { from: 0, to: 2, step: 0.05 };

function LoraCard({ lora: { file, weight }, run, settings, onWeight, onRemove }: LoraCardProps): JSX.Element {
  const { drawing } = useApp();
  const name = nameOfLora(file);
  const base = run === undefined ? undefined : modelOf(run.table);
  const differs = base !== undefined && base.model !== settings.model;
  return (
    <div className={classes.lora}>
      <div className={classes.loraHead}>
        <RunPicture picture={run?.picture} icon="tryIt" />
        <span className={classes.loraName} title={file}>
          <strong>{name}</strong>
          <span className={classes.quiet}>
            {run === undefined ? drawingText.ofFile : drawingText.ofRun(run.name, when(run.startedAt, Date.now()))}
          </span>
        </span>
        <button
          type="button"
          className={classes.iconButton}
          aria-label={drawingText.removeLora(name)}
          title={drawingText.removeLora(name)}
          onClick={onRemove}
        >
          <Icon name="close" size={15} />
        </button>
      </div>
      <div className={classes.strength}>
        <span className={classes.quiet} aria-hidden>
          {drawingText.strength}
        </span>
        <Slider
          size="xs"
          thumbSize={14}
          min={SLIDER.from}
          max={SLIDER.to}
          step={SLIDER.step}
          label={null}
          marks={[{ value: 1 }]}
          value={weight}
          thumbLabel={drawingText.strengthSlider(name)}
          onChange={(next) => onWeight(Number(next.toFixed(2)))}
        />
        <NumberInput
          aria-label={drawingText.strengthOf(name)}
          value={weight}
          min={-10}
          max={10}
          step={SLIDER.step}
          decimalScale={3}
          clampBehavior="blur"
          onChange={(next) => {
            if (typeof next === 'number' && Math.abs(next) <= 10) onWeight(next);
          }}
        />
      </div>
      {differs && (
        <p className={classes.hint}>
          {drawingText.otherBase(name, base.model)}{' '}
          <Button variant="subtle" onClick={() => drawing.getState().replace(onModel(settings, base))}>
            {drawingText.useBase}
          </Button>
        </p>
      )}
    </div>
  );
}

function onModel(settings: DrawingSettings, base: ReturnType<typeof modelOf>): DrawingSettings {
  const { vae: _vae, clipSkip: _clipSkip, vPrediction: _vPrediction, ...rest } = settings;
  return { ...rest, ...base };
}

interface AddLoraProps {
  readonly runs: readonly RunSummary[];
  readonly onAdd: (file: string) => void;
}

function AddLora({ runs, onAdd }: AddLoraProps): JSX.Element {
  const [path, setPath] = useState('');
  const saved = runs.filter(({ files }) => files.length > 0);
  const data = saved.map(({ name, startedAt, files }) => ({
    group: drawingText.ofRun(name, when(startedAt, Date.now())),
    items: files.map((file) => ({ value: file.path, label: `${nameOfLora(file.path)}, ${fileSize(file.bytes)}` })),
  }));
  return (
    <>
      <Select
        aria-label={drawingText.addLora}
        data={unique(data)}
        value={null}
        placeholder={saved.length === 0 ? drawingText.noSaves : drawingText.addLora}
        disabled={saved.length === 0}
        searchable
        comboboxProps={{ shadow: 'md' }}
        leftSection={<Icon name="plus" size={14} />}
        onChange={(file) => file !== null && onAdd(file)}
      />
      <div className={classes.addPath}>
        <PathInput
          ariaLabel={drawingText.loraPath}
          name={lastPart(drawingText.loraPath)}
          picks="file"
          placeholder={drawingText.loraPathHint}
          value={path}
          onChange={setPath}
        />
        <Button
          disabled={path.trim() === ''}
          onClick={() => {
            onAdd(path.trim());
            setPath('');
          }}
        >
          {drawingText.addPath}
        </Button>
      </div>
    </>
  );
}

interface SaveGroup {
  readonly group: string;
  readonly items: readonly { readonly value: string; readonly label: string }[];
}

/** Mantine 9.5.2 takes groups of one name for one: two runs of a name in a minute are told apart by a number. */
function unique(groups: readonly SaveGroup[]): { group: string; items: { value: string; label: string }[] }[] {
  return groups.map(({ group, items }, index) => {
    const before = groups.slice(0, index).filter((other) => other.group === group).length;
    return { group: before === 0 ? group : `${group} (${before + 1})`, items: [...items] };
  });
}
