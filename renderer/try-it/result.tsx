/** The picture and the same seed without the LoRA; larger, over each other, or side by side. */
import { Button, Modal, SegmentedControl } from '@mantine/core';
import { useState, type JSX } from 'react';
import { useStore } from 'zustand';
import type { DrawingOrder, DrawnPicture } from '../../trainer/api/rpc/index.ts';
import { lineOf, printPromptLine } from '../../trainer/api/prompts/prompt-file.ts';
import { Icon } from '../icons/icon.tsx';
import { isEditable } from '../prompts/sample-prompts.tsx';
import { withLineAfter } from '../prompts/rows.ts';
import { Curtain } from '../run/curtain.tsx';
import { useApp } from '../state/app.ts';
import { drawingText } from '../text/drawing.ts';
import { EmptyTry } from './empty-try.tsx';
import { lineOfSettings } from './first-settings.ts';
import { nameOfLora } from './lora-names.ts';
import { pictureOf, withoutLoras } from './pairs.ts';
import classes from './try-it.module.css';

type View = 'side' | 'slider';

export function Result(): JSX.Element {
  const { drawing } = useApp();
  const shown = useStore(drawing, (state) => state.shown);
  const pictures = useStore(drawing, (state) => state.pictures);
  const [view, setView] = useState<View>('side');
  const canSlide = shown !== undefined && shown.order.loras.length > 0;
  return (
    <section className={classes.result} aria-labelledby="try-title">
      <div className={classes.head}>
        <h1 className={classes.title} id="try-title">
          {drawingText.title}
        </h1>
        <span className={classes.quiet}>{drawingText.lead}</span>
        {canSlide && (
          <SegmentedControl
            className={classes.views ?? ''}
            aria-label={drawingText.view}
            value={view}
            data={[
              { value: 'side', label: drawingText.sideBySide },
              { value: 'slider', label: drawingText.slider },
            ]}
            onChange={(next) => setView(next)}
          />
        )}
      </div>
      <Messages />
      {shown === undefined ? (
        <EmptyTry />
      ) : (
        <Shown
          order={shown.order}
          seed={shown.seed}
          picture={pictureOf(pictures, shown.order, shown.seed)}
          without={withoutLoras(pictures, shown.order, shown.seed)}
          view={canSlide ? view : 'side'}
        />
      )}
    </section>
  );
}

/** What went wrong, and what should be known. */
function Messages(): JSX.Element {
  const { drawing } = useApp();
  const status = useStore(drawing, (state) => state.status);
  const warnings = useStore(drawing, (state) => state.warnings);
  return (
    <>
      {status.kind === 'failed' && (
        <div className={classes.failure} role="alert">
          <p>
            <strong>{status.error.what}.</strong> {status.error.fix}
          </p>
          {status.error.where !== undefined && <code>{status.error.where}</code>}
        </div>
      )}
      {warnings.map(({ what, fix }) => (
        <p key={what} className={classes.warning} role="status">
          <Icon name="warning" size={15} /> {what}. {fix}
        </p>
      ))}
    </>
  );
}

interface ShownProps {
  readonly order: DrawingOrder;
  readonly seed: number;
  readonly picture: DrawnPicture | undefined;
  readonly without: DrawnPicture | undefined;
  readonly view: View;
}

function Shown({ order, seed, picture, without, view }: ShownProps): JSX.Element {
  const { pictureUrl } = useApp();
  const [large, setLarge] = useState(false);
  const names = order.loras.map(({ file }) => nameOfLora(file));
  const weights = order.loras.map(({ weight }) => weight);
  const name = drawingText.with(names);
  const altOf = (which: string): string => `${order.prompt}, ${which}`;
  const both = picture !== undefined && without !== undefined && names.length > 0;
  const curtain = (isLarge: boolean): JSX.Element | null =>
    both ? (
      <Curtain
        large={isLarge}
        a={{ src: pictureUrl(without.file), alt: altOf(drawingText.without), name: drawingText.without }}
        b={{ src: pictureUrl(picture.file), alt: altOf(name), name }}
      />
    ) : null;
  return (
    <>
      {view === 'slider' && both ? (
        <div className={classes.sliderStage}>{curtain(true)}</div>
      ) : (
        <div className={classes.pair} data-single={names.length === 0 || undefined}>
          {names.length > 0 && (
            <Frame
              title={drawingText.without}
              facts={drawingText.seedIs(seed)}
              picture={without}
              alt={altOf(drawingText.without)}
              onOpen={() => setLarge(true)}
            />
          )}
          <Frame
            title={name}
            isMain
            facts={[drawingText.weights(weights), drawingText.seedIs(seed)].filter((part) => part !== '').join(', ')}
            picture={picture}
            alt={altOf(name)}
            onOpen={() => setLarge(true)}
          />
        </div>
      )}
      <ResultButtons order={order} seed={seed} picture={picture} />
      <Modal
        opened={large}
        onClose={() => setLarge(false)}
        size="auto"
        centered
        title={<strong>{order.prompt}</strong>}
        closeButtonProps={{ 'aria-label': drawingText.close }}
      >
        {both ? (
          curtain(true)
        ) : (
          <img
            className={classes.large}
            src={pictureUrl((picture ?? without)?.file ?? '')}
            alt={altOf(picture === undefined ? drawingText.without : name)}
          />
        )}
      </Modal>
    </>
  );
}

interface FrameProps {
  readonly title: string;
  readonly facts: string;
  readonly picture: DrawnPicture | undefined;
  readonly alt: string;
  readonly isMain?: boolean;
  readonly onOpen: () => void;
}

function Frame({ title, facts, picture, alt, isMain = false, onOpen }: FrameProps): JSX.Element {
  const { drawing, pictureUrl } = useApp();
  const isOn = useStore(drawing, ({ status }) => status.kind === 'on');
  return (
    <figure className={classes.frame}>
      <figcaption className={classes.caption}>
        <strong data-main={isMain || undefined}>{title}</strong>
        <span className={classes.quiet}>{facts}</span>
      </figcaption>
      {picture === undefined ? (
        <div className={classes.comes} data-on={isOn || undefined}>
          <Icon name="sample" size={28} />
          <span>{isOn ? drawingText.comes : drawingText.notDrawn}</span>
        </div>
      ) : (
        <button type="button" className={classes.picture} aria-label={drawingText.fullSize(title)} onClick={onOpen}>
          <img src={pictureUrl(picture.file)} alt={alt} />
        </button>
      )}
    </figure>
  );
}

function ResultButtons({ order, seed, picture }: Pick<ShownProps, 'order' | 'seed' | 'picture'>): JSX.Element | null {
  const { prompts, shell, view } = useApp();
  const canAdd = useStore(prompts, ({ open }) => open.kind === 'known' && isEditable(open.path));
  if (picture === undefined) return null;
  const addPrompt = (): void => {
    const line = lineOf(printPromptLine(lineOfSettings({ ...order, seed })));
    prompts.getState().change((rows) => withLineAfter(rows, undefined, line)[0]);
    view.getState().jumpTo('sample_prompts');
  };
  const folder = picture.file.replace(/[\\/][^\\/]*$/u, '');
  return (
    <div className={classes.resultButtons}>
      {canAdd && (
        <Button variant="subtle" leftSection={<Icon name="sample" size={15} />} onClick={addPrompt}>
          {drawingText.asSample}
        </Button>
      )}
      {shell !== undefined && (
        <Button
          variant="subtle"
          leftSection={<Icon name="folder" size={15} />}
          onClick={() => void shell.openFolder(folder)}
        >
          {drawingText.openFolder}
        </Button>
      )}
      <span className={classes.quiet}>{drawingText.kept(folder)}</span>
    </div>
  );
}
