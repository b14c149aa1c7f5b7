/** Before the first run: what Start will do, and one button that does it. */
import { Button } from '@mantine/core';
import type { JSX } from 'react';
import { useStore } from 'zustand';
import { Icon, type IconName } from '../icons/icon.tsx';
import { startRun, hasErrors } from '../run/actions.ts';
import { useApp, useJob, type App } from '../state/app.ts';
import { firstStart, trainText } from '../text/train.ts';
import classes from './first-start.module.css';

const PICTURES = 9;

const OTHER_WAYS: readonly {
  readonly icon: IconName;
  readonly title: string;
  readonly detail: string;
  readonly go: (app: App) => void;
}[] = [
  { icon: 'sample', ...firstStart.pictures, go: ({ view }) => view.getState().go('dataset') },
  {
    icon: 'file',
    ...firstStart.model,
    go: ({ documents, view }) => {
      documents.leaveFirstStart();
      view.getState().jumpTo('pretrained_model_name_or_path');
    },
  },
  { icon: 'upload', ...firstStart.kohya, go: ({ documents }) => documents.importJob() },
];

export function FirstStart(): JSX.Element {
  const app = useApp();
  const plan = useStore(app.check, (state) => state.plan);
  const images = useStore(app.dataset, ({ scan }) => scan?.images);
  const given = useJob(({ table }) => table['max_train_steps']);
  const steps = plan?.steps.totalSteps ?? (typeof given === 'number' ? given : 0);
  const count = plan?.steps.images ?? images?.length;
  const caption = images?.[0]?.caption;
  useStore(app.check, (state) => state.problems);
  return (
    <div className={classes.page}>
      <div className={classes.middle}>
        <h1 className={classes.title}>{firstStart.title}</h1>
        <p className={classes.body}>{firstStart.body(steps, count)}</p>
        <div className={classes.story}>
          <figure className={classes.figure}>
            <div className={classes.nine}>
              {images === undefined
                ? Array.from({ length: PICTURES }, (_, index) => <span key={index} />)
                : images
                    .slice(0, PICTURES)
                    .map(({ path, name }) => <img key={path} src={app.pictureUrl(path, 160)} alt={name} />)}
            </div>
            <figcaption>
              <strong>{firstStart.sample}</strong>
              <span>{firstStart.facts(count, caption)}</span>
            </figcaption>
          </figure>
          <Icon name="arrowRight" size={22} />
          <figure className={classes.figure}>
            <div className={classes.promise}>
              <Icon name="sample" size={32} />
              <span>{firstStart.promise}</span>
            </div>
            <figcaption>
              <strong>{firstStart.after(steps)}</strong>
              <span>{firstStart.appears}</span>
            </figcaption>
          </figure>
        </div>
        <Button
          variant="filled"
          className={classes.start ?? ''}
          leftSection={<Icon name="play" size={17} filled />}
          rightSection={<kbd className={classes.keys}>{trainText.startKeys}</kbd>}
          disabled={hasErrors(app)}
          onClick={() => void startRun(app)}
        >
          {trainText.start}
        </Button>
        <p className={classes.sum}>
          {plan !== undefined && firstStart.sum(plan.steps)}{' '}
          <Button variant="subtle" onClick={() => app.documents.leaveFirstStart()}>
            {firstStart.seeSettings}
          </Button>
        </p>
      </div>
      <div className={classes.own}>
        <span>{firstStart.own}</span>
        {OTHER_WAYS.map(({ icon, title, detail, go }) => (
          <button key={title} type="button" className={classes.way} onClick={() => go(app)}>
            <Icon name={icon} size={19} />
            <span>
              <strong>{title}</strong>
              <span>{detail}</span>
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}
