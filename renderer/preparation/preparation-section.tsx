/** Kohya's folder preparation, as a section of the form: inputs, prepare, status, copy to the job's fields. */
import { Button, Checkbox, TextInput } from '@mantine/core';
import { useId, useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { PreparationOrderShape } from '../../trainer/api/rpc/index.ts';
import { PathInput } from '../form/path-input.tsx';
import { SectionFrame } from '../form/section-frame.tsx';
import { useApp, useJob } from '../state/app.ts';
import { wantsClassImages, type PreparationProgress } from '../state/preparation.ts';
import { preparationLines, preparationText } from '../text/preparation.ts';
import controlClasses from '../form/controls.module.css';
import fieldClasses from '../form/field.module.css';
import formClasses from '../form/form.module.css';
import classes from './preparation.module.css';

export function PreparationSection(): JSX.Element {
  const { preparation } = useApp();
  const { isOpen, toggle, progress, prepare, stop, copyToFields } = useStore(preparation);
  const isCopying = progress.kind === 'copying';
  return (
    <SectionFrame
      id="preparation"
      title={preparationText.title}
      detail={preparationText.detail}
      isOpen={isOpen}
      onToggle={toggle}
    >
      <div className={formClasses.grid}>
        <WordsRow name="instancePrompt" placeholder={preparationText.instanceExample} />
        <WordsRow name="classPrompt" placeholder={preparationText.classExample} />
        <PathRow name="trainingImages" placeholder={preparationText.trainingExample} />
        <NumberRow name="repeats" />
        <PathRow name="regularisationImages" placeholder={preparationText.regularisationExample} />
        <NumberRow name="regularisationRepeats" />
        <ClassImagesRow />
        <PathRow name="destination" placeholder={preparationText.destinationExample} />
        <div className={classes.actions}>
          <Button onClick={() => (isCopying ? stop() : void prepare())}>
            {isCopying ? preparationText.stop : preparationText.prepare}
          </Button>
          <Button disabled={progress.kind !== 'prepared'} onClick={copyToFields}>
            {preparationText.copyInfo}
          </Button>
        </div>
        <Status progress={progress} />
      </div>
    </SectionFrame>
  );
}

type Words = 'instancePrompt' | 'classPrompt';
type Paths = 'trainingImages' | 'regularisationImages' | 'destination';
type Numbers = 'repeats' | 'regularisationRepeats';

interface RowProps<Name> {
  readonly name: Name;
  readonly placeholder: string;
}

function useEntry<Name extends keyof PreparationOrderShape>(name: Name) {
  const { preparation } = useApp();
  const value = useStore(preparation, ({ order }) => order[name]);
  const change = (next: PreparationOrderShape[Name]): void => preparation.getState().change({ [name]: next });
  return { value, change, id: useId(), label: preparationText[name] };
}

function Row(props: {
  readonly id: string;
  readonly label: string;
  readonly wide?: boolean;
  readonly children: JSX.Element;
}) {
  return (
    <div className={fieldClasses.field} data-wide={props.wide === true || undefined}>
      <label className={fieldClasses.label} htmlFor={props.id}>
        {props.label}
      </label>
      <div className={fieldClasses.control}>{props.children}</div>
    </div>
  );
}

function WordsRow({ name, placeholder }: RowProps<Words>): JSX.Element {
  const { value, change, id, label } = useEntry(name);
  return (
    <Row id={id} label={label}>
      <TextInput
        id={id}
        value={value}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
    </Row>
  );
}

function PathRow({ name, placeholder }: RowProps<Paths>): JSX.Element {
  const { value, change, id, label } = useEntry(name);
  return (
    <Row id={id} label={label} wide>
      <PathInput id={id} name={label} value={value} picks="folder" placeholder={placeholder} onChange={change} />
    </Row>
  );
}

/** What is typed stays as it is until the field is left; what is no number is not taken. */
function NumberRow({ name }: Pick<RowProps<Numbers>, 'name'>): JSX.Element {
  const { value, change, id, label } = useEntry(name);
  const [typed, setTyped] = useState<string>();
  return (
    <Row id={id} label={label}>
      <TextInput
        id={id}
        inputMode="numeric"
        autoComplete="off"
        value={typed ?? String(value)}
        onBlur={() => setTyped(undefined)}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value);
          const number = Number(currentTarget.value);
          if (currentTarget.value.trim() !== '' && Number.isFinite(number)) change(number);
        }}
      />
    </Row>
  );
}

/** More of them stands in the section below, once the info is copied there. */
function ClassImagesRow(): JSX.Element {
  const { preparation } = useApp();
  const { drawsClassImages, drawClassImages } = useStore(preparation);
  const ofJob = useJob(({ table }) => wantsClassImages(table));
  const id = useId();
  return (
    <Row id={id} label={preparationText.classImages}>
      <div className={controlClasses.flag}>
        <Checkbox
          id={id}
          size="xs"
          label={preparationText.drawClassImages}
          checked={drawsClassImages ?? ofJob}
          onChange={({ currentTarget }) => drawClassImages(currentTarget.checked)}
          classNames={{ input: controlClasses.checkbox ?? '' }}
        />
      </div>
    </Row>
  );
}

function Status({ progress }: { readonly progress: PreparationProgress }): JSX.Element {
  return (
    <div className={classes.status} role="status" aria-label={preparationText.status}>
      {progress.kind === 'copying' && <p>{preparationText.copying}</p>}
      {progress.kind === 'prepared' && preparationLines(progress.preparation).map((line) => <p key={line}>{line}</p>)}
      {progress.kind === 'failed' && (
        <p className={classes.failed}>
          <strong>{progress.error.what}.</strong> {progress.error.where} {progress.error.fix}
        </p>
      )}
    </div>
  );
}
